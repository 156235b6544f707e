"""Moving fields and sections. Each move returns a new layout; one that leads nowhere returns the same."""

from dataclasses import replace

from app.form_layouts.catalog import Section
from app.form_layouts.layout import Layout, Placement


def move_field(layout: Layout, name: str, by: int) -> Layout:
    """Move a field one place up (-1) or down (1); past the edge of its section it enters the neighbouring one."""
    at, place = _find(layout, name)
    places = layout.sections[at].places
    there = places.index(place) + by
    if 0 <= there < len(places):
        rest = [other for other in places if other is not place]
        rest.insert(there, place)
        return _with_places(layout, {at: tuple(rest)})
    if not 0 <= at + by < len(layout.sections):
        return layout
    neighbours = layout.sections[at + by].places
    left = tuple(other for other in places if other is not place)
    return _with_places(layout, {at: left, at + by: (*neighbours, place) if by < 0 else (place, *neighbours)})


def move_into(layout: Layout, name: str, section: Section) -> Layout:
    """Move a field to the end of ``section``, unless it is there already."""
    at, place = _find(layout, name)
    if layout.sections[at].section is section:
        return layout
    target = [part.section for part in layout.sections].index(section)
    left = tuple(other for other in layout.sections[at].places if other is not place)
    return _with_places(layout, {at: left, target: (*layout.sections[target].places, place)})


def move_section(layout: Layout, section: Section, by: int) -> Layout:
    """Move a section one place up (-1) or down (1)."""
    parts = list(layout.sections)
    at = [part.section for part in parts].index(section)
    if 0 <= at + by < len(parts):
        parts.insert(at + by, parts.pop(at))
    return Layout(tuple(parts))


def _find(layout: Layout, name: str) -> tuple[int, Placement]:
    return next(
        (number, place)
        for number, part in enumerate(layout.sections)
        for place in part.places
        if place.field.name == name
    )


def _with_places(layout: Layout, changed: dict[int, tuple[Placement, ...]]) -> Layout:
    return Layout(
        tuple(
            replace(part, places=changed[number]) if number in changed else part
            for number, part in enumerate(layout.sections)
        )
    )
