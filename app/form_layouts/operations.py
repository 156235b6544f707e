"""Writes. The caller commits; after NameTaken or ChangedMeanwhile it rolls back first."""

import secrets
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.form_layouts.guards import Objection, objections
from app.form_layouts.layout import BUILT_IN, Layout
from app.form_layouts.queries import get_version, list_all
from app.form_layouts.schema import from_stored, to_json
from app.models import FormLayout, FormLayoutVersion, Role


class LayoutRefused(Exception):
    """The layout would make a form that cannot be filled in. ``objections`` says where."""

    def __init__(self, found: tuple[Objection, ...]) -> None:
        super().__init__(", ".join(f"{it.field} {it.setting}: {it.refusal}" for it in found))
        self.objections = found


class NameTaken(Exception):
    """Another layout has this name."""


class ChangedMeanwhile(Exception):
    """Somebody else has saved the layout since it was opened. ``number`` is the version that there is now."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def create(
    session: Session,
    *,
    name: str,
    role: Role | None,
    author: str | None,
    now: datetime,
    layout: Layout = BUILT_IN,
    for_clients: bool = False,
) -> FormLayout:
    """Add a layout behind all others; its first version is ``layout``. Raises LayoutRefused, NameTaken."""
    last = session.scalar(select(func.max(FormLayout.position)))
    added = FormLayout(
        name=name, role=role, for_clients=for_clients, position=(last or 0) + 1, version=0, created_at=now
    )
    session.add(added)
    try:
        session.flush()
    except IntegrityError as error:
        raise NameTaken(name) from error
    save(session, added, layout, expected_number=0, author=author, now=now)
    return added


def save(
    session: Session, layout: FormLayout, content: Layout, *, expected_number: int, author: str | None, now: datetime
) -> int:
    """Save ``content`` as the next version and return its number. Raises LayoutRefused, ChangedMeanwhile."""
    if found := objections(content):
        raise LayoutRefused(found)
    claimed = session.execute(
        update(FormLayout)
        .where(FormLayout.id == layout.id, FormLayout.version == expected_number)
        .values(version=expected_number + 1)
    )
    if claimed.rowcount != 1:  # type: ignore[attr-defined]  # what UPDATE returns is a CursorResult
        raise ChangedMeanwhile(session.scalar(select(FormLayout.version).where(FormLayout.id == layout.id)) or 0)
    session.add(
        FormLayoutVersion(
            id=secrets.token_urlsafe(18),
            layout_id=layout.id,
            number=expected_number + 1,
            author=author,
            created_at=now,
            sections=to_json(content),
        )
    )
    session.flush()
    return expected_number + 1


def restore(session: Session, layout: FormLayout, number: int, *, author: str | None, now: datetime) -> int:
    """Make version ``number`` the newest. Raises LayoutNotFound, LayoutRefused, ChangedMeanwhile."""
    earlier = from_stored(get_version(session, layout, number).sections)
    return save(session, layout, earlier, expected_number=layout.version, author=author, now=now)


def reset(session: Session, layout: FormLayout, *, author: str | None, now: datetime) -> int:
    """Make the built-in layout the newest version. Raises ChangedMeanwhile."""
    return save(session, layout, BUILT_IN, expected_number=layout.version, author=author, now=now)


def move(session: Session, layout: FormLayout, by: int) -> None:
    """Have ``layout`` tried one place earlier (-1) or later (1)."""
    order = list(list_all(session))
    at = order.index(layout)
    if 0 <= at + by < len(order):
        order.insert(at + by, order.pop(at))
    arrange(order)


def arrange(order: list[FormLayout]) -> None:
    """Have the layouts tried in this order."""
    for position, layout in enumerate(order, 1):
        layout.position = position


def remove(session: Session, layout: FormLayout) -> None:
    """Delete a layout with all its versions."""
    session.execute(delete(FormLayoutVersion).where(FormLayoutVersion.layout_id == layout.id))
    session.delete(layout)
    session.flush()
