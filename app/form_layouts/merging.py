"""A layout that was stored by an older or newer release, made whole: every field of the catalog, each once."""

from collections.abc import Iterable, Sequence

from app.form_layouts.catalog import CATALOG, FieldSpec, Section
from app.form_layouts.layout import Layout, Part, Placement, built_in_place


def merged(parts: Iterable[Part], catalog: Sequence[FieldSpec] = CATALOG) -> Layout:
    """Return the layout of ``parts``. What they lack appears at its default place: behind what stands before it."""
    known = {spec.name for spec in catalog}
    sections = _with_all_sections(list(parts))
    places = {part.section: [place for place in part.places if place.field.name in known] for part in sections}
    present = {place.field.name for held in places.values() for place in held}
    before: dict[Section, list[str]] = {section: [] for section in Section}
    for spec in catalog:
        if spec.name not in present:
            held = places[spec.section]
            held.insert(_place_after(held, before[spec.section]), built_in_place(spec))
        before[spec.section].append(spec.name)
    return Layout(tuple(Part(part.section, tuple(places[part.section]), part.title) for part in sections))


def _with_all_sections(parts: list[Part]) -> list[Part]:
    order = list(Section)
    for number, section in enumerate(order):
        present = [part.section for part in parts]
        if section not in present:
            behind = [present.index(earlier) + 1 for earlier in order[:number] if earlier in present]
            parts.insert(behind[-1] if behind else 0, Part(section, ()))
    return parts


def _place_after(places: Sequence[Placement], earlier: Sequence[str]) -> int:
    """Return the place behind the nearest of the ``earlier`` fields; the first where none of them is."""
    names = [place.field.name for place in places]
    return next((names.index(name) + 1 for name in reversed(earlier) if name in names), 0)
