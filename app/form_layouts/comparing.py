"""What has changed between two layouts, as a list of small differences."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from app.form_layouts.catalog import Section
from app.form_layouts.layout import Layout, Placement


class Change(StrEnum):
    """What may change: of a section its place or title, of a field all the rest."""

    SECTION_ORDER = "section_order"
    TITLE_EN = "title_en"
    TITLE_PL = "title_pl"
    SECTION = "section"
    ORDER = "order"
    SHOW = "show"
    LABEL_EN = "label_en"
    LABEL_PL = "label_pl"
    HINT_EN = "hint_en"
    HINT_PL = "hint_pl"
    DEFAULT = "default"
    REQUIRED = "required"
    READ_ONLY = "read_only"


@dataclass(frozen=True, slots=True)
class Difference:
    """One change. ``about`` is a section or a field; orders name everything in its order."""

    change: Change
    about: str
    before: str
    after: str


def differences(older: Layout, newer: Layout) -> tuple[Difference, ...]:
    """Return what differs, the sections first, then field by field in the newer order."""
    return (*_of_sections(older, newer), *_of_fields(older, newer))


def _of_sections(older: Layout, newer: Layout) -> Iterator[Difference]:
    orders = [" ".join(part.section for part in layout.sections) for layout in (older, newer)]
    if orders[0] != orders[1]:
        yield Difference(Change.SECTION_ORDER, "", *orders)
    before = {part.section: part for part in older.sections}
    for part in newer.sections:
        old = before[part.section]
        for change, one, other in (
            (Change.TITLE_EN, old.title.en, part.title.en),
            (Change.TITLE_PL, old.title.pl, part.title.pl),
        ):
            if one != other:
                yield Difference(change, part.section, one, other)
        stayed = [_names_in(layout, part.section, _home(older), _home(newer)) for layout in (older, newer)]
        if stayed[0] != stayed[1]:
            yield Difference(Change.ORDER, part.section, *(" ".join(names) for names in stayed))


def _of_fields(older: Layout, newer: Layout) -> Iterator[Difference]:
    homes = _home(older), _home(newer)
    for place in newer.places:
        name = place.field.name
        before = {Change.SECTION: homes[0][name], **_settings(older.by_name[name])}
        after = {Change.SECTION: homes[1][name], **_settings(place)}
        for change, value in after.items():
            if before[change] != value:
                yield Difference(change, name, before[change], value)


def _settings(place: Placement) -> dict[Change, str]:
    return {
        Change.SHOW: place.visibility,
        Change.LABEL_EN: place.label.en,
        Change.LABEL_PL: place.label.pl,
        Change.HINT_EN: place.hint.en,
        Change.HINT_PL: place.hint.pl,
        Change.DEFAULT: place.default or "",
        Change.REQUIRED: "yes" if place.required else "no",
        Change.READ_ONLY: "yes" if place.read_only else "no",
    }


def _home(layout: Layout) -> dict[str, Section]:
    return {place.field.name: part.section for part in layout.sections for place in part.places}


def _names_in(layout: Layout, section: Section, before: dict[str, Section], after: dict[str, Section]) -> list[str]:
    """Return the fields of ``section``, in order, without those that have come or gone."""
    part = next(part for part in layout.sections if part.section is section)
    names = [place.field.name for place in part.places]
    return [name for name in names if before[name] is after[name] is section]
