"""A layout as the form shows it: sections beside or below each other, and the lines of each."""

from functools import lru_cache

from app.form_layouts import Kind, Layout, Placement, Section

Lines = tuple[tuple[str, ...], ...]
# A section, its lines, and the id that it has on the page: some of its fields may stand in the additional data.
Group = list[tuple[Section, Lines, str]]


def whole_section(layout: Layout, section: Section) -> Group:
    """Return one section with all that it shows; where it is asked for by name, nothing of it waits behind a button."""
    part = next(part for part in layout.sections if part.section is section)
    return [(section, _lines(tuple(place for place in part.places if not place.hidden)), section)]


@lru_cache(maxsize=64)
def groups(layout: Layout, *, additional: bool) -> list[Group]:
    """Return the sections, the two servers side by side where they are neighbours."""
    found: list[Group] = []
    for part in layout.sections:
        section, shown = part.section, [place for place in part.places if not place.hidden]
        lines = _lines(tuple(place for place in shown if place.additional is additional))
        if not lines:
            continue
        in_two = additional and any(not place.additional for place in shown)
        beside = {Section.IMAP, Section.SMTP}
        if section in beside and found and found[-1][-1][0] in beside:
            found[-1].append((section, lines, f"{section}-additional" if in_two else section))
        else:
            found.append([(section, lines, f"{section}-additional" if in_two else section)])
    return found


def _lines(places: tuple[Placement, ...]) -> Lines:
    """Return the fields line by line; a port and the security after it share one."""
    lines: list[tuple[str, ...]] = []
    for before, place in zip((None, *places), places, strict=False):
        if before is not None and (before.field.kind, place.field.kind) == (Kind.PORT, Kind.SECURITY):
            lines[-1] = (*lines[-1], place.field.name)
        else:
            lines.append((place.field.name,))
    return tuple(lines)
