"""From what the editor has posted to a layout. The order of the hidden inputs ``place`` is the order of the form."""

from werkzeug.datastructures import MultiDict

from app.form_layouts import (
    CATALOG,
    Layout,
    LayoutInvalid,
    Part,
    Placement,
    Section,
    Visibility,
    Words,
    move_field,
    move_into,
    move_section,
)

_SPECS = {spec.name: spec for spec in CATALOG}


def read_layout(posted: MultiDict[str, str]) -> Layout:
    """Return the layout as it stands in the editor, right or wrong. Raises LayoutInvalid for what no editor sends."""
    order = posted.getlist("place")
    if sorted(order) != sorted([*Section, *_SPECS]) or order[0] not in list(Section):
        raise LayoutInvalid("place", "must name every section and every field once, a section first")
    parts: list[tuple[Section, list[Placement]]] = []
    for name in order:
        if name in _SPECS:
            parts[-1][1].append(_placement(name, posted))
        else:
            parts.append((Section(name), []))
    layout = Layout(
        tuple(Part(section, tuple(places), _words(f"{section}-title", posted)) for section, places in parts)
    )
    for name in _SPECS:
        if posted.get(f"{name}-section", "") in list(Section):
            layout = move_into(layout, name, Section(posted[f"{name}-section"]))
    return layout


def moved(layout: Layout, move: str) -> Layout:
    """Return ``layout`` after the button ``move`` (``imap-host up``) was pressed."""
    name, _space, direction = move.partition(" ")
    by = {"up": -1, "down": 1}.get(direction, 0)
    if name in _SPECS:
        return move_field(layout, name, by)
    return move_section(layout, Section(name), by) if name in list(Section) else layout


def _placement(name: str, posted: MultiDict[str, str]) -> Placement:
    show = posted.get(f"{name}-show", "")
    return Placement(
        _SPECS[name],
        Visibility(show) if show in list(Visibility) else Visibility.SHOWN,
        label=_words(f"{name}-label", posted),
        hint=_words(f"{name}-hint", posted),
        default=posted.get(f"{name}-default", "").strip() or None,
        required=bool(posted.get(f"{name}-required")),
        read_only=bool(posted.get(f"{name}-read-only")),
    )


def _words(name: str, posted: MultiDict[str, str]) -> Words:
    return Words(en=posted.get(f"{name}-en", "").strip(), pl=posted.get(f"{name}-pl", "").strip())
