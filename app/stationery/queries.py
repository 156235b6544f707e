"""Reads."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Account, Stationery, StationeryImage, StationerySketch


class StationeryNotFound(Exception):
    """There is no such stationery, or no longer."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """A design as it stands in an editor, with the images that it may show."""

    html: str
    images: tuple[StationeryImage, ...] = ()


def get(session: Session, stationery_id: int) -> Stationery:
    """Return a stationery. Raises StationeryNotFound."""
    found = session.get(Stationery, stationery_id)
    if found is None:
        raise StationeryNotFound(stationery_id)
    return found


def find(session: Session, stationery_id: int) -> Stationery | None:
    """Return a stationery, or None if it is gone."""
    return session.get(Stationery, stationery_id)


def hold(session: Session, stationery_id: int) -> Stationery | None:
    """Return a stationery that nobody changes or deletes until the transaction ends, or None if it is gone.

    To be asked for before anything else is written: whoever deletes it goes on to the drafts that name it.
    """
    # SQLite has one writer at a time, and no such locks.
    return session.get(Stationery, stationery_id, with_for_update={"read": True}, populate_existing=True)


def list_all(session: Session) -> Sequence[Stationery]:
    """Return all of them by name."""
    return session.scalars(select(Stationery).order_by(Stationery.name, Stationery.id)).all()


def find_default(session: Session) -> Stationery | None:
    """Return the one for accounts without one of their own, if there is one."""
    return session.scalar(select(Stationery).where(Stationery.is_default))


def choices(session: Session) -> Sequence[tuple[int, str, bool]]:
    """Return id, name and whether it is the default of each, by name, without reading a design."""
    columns = select(Stationery.id, Stationery.name, Stationery.is_default)
    return [(row[0], row[1], row[2]) for row in session.execute(columns.order_by(Stationery.name, Stationery.id))]


def accounts_using(session: Session, stationery: Stationery) -> Sequence[Account]:
    """Return the accounts that are linked with ``stationery``, by name."""
    linked = Account.stationery_id == stationery.id
    return session.scalars(select(Account).where(linked).order_by(Account.name, Account.id)).all()


def uses(session: Session) -> dict[int, list[str]]:
    """Return the names of the linked accounts by stationery."""
    rows = session.execute(
        select(Account.stationery_id, Account.name)
        .where(Account.stationery_id.is_not(None))
        .order_by(Account.name, Account.id)
    )
    found: dict[int, list[str]] = {}
    for stationery_id, name in rows:
        found.setdefault(stationery_id or 0, []).append(name)
    return found


def find_image(session: Session, content_id: str) -> StationeryImage | None:
    """Return an image by its content id."""
    if not content_id.isprintable():
        return None  # no database keeps such a text
    return session.scalar(select(StationeryImage).where(StationeryImage.content_id == content_id))


def images_of(session: Session, *, stationery_id: int | None, submission: str) -> tuple[StationeryImage, ...]:
    """Return the images of an editor: those of the stored design, or those that were added to the one being made."""
    if stationery_id is not None:
        theirs = StationeryImage.stationery_id == stationery_id
    else:
        theirs = (StationeryImage.submission == submission) & StationeryImage.stationery_id.is_(None)
    return tuple(session.scalars(select(StationeryImage).where(theirs).order_by(StationeryImage.name)))


def find_sketch(session: Session, submission: str, *, user_id: int) -> Sketch | None:
    """Return what stands in the editor ``submission``, if it is this person's."""
    found = session.get(StationerySketch, submission) if submission.isprintable() else None
    if found is None or found.user_id != user_id:
        return None
    return Sketch(found.html, images_of(session, stationery_id=found.stationery_id, submission=submission))
