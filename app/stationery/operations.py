"""Writes. The caller commits; what is refused has changed nothing, so that it may commit then as well."""

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.models import Stationery, StationeryImage, StationerySketch
from app.stationery.faults import LONGEST_NAME, Fault, faults
from app.stationery.images import MOST, ImageRefused, NotUsable, kind_of, name_for
from app.stationery.queries import StationeryNotFound, images_of
from app.stationery.render import images_named
from app.stationery.sanitise import sanitised

# What an editor left behind that nobody saved.
SKETCH_LIFE = timedelta(days=1)


class NameTaken(Exception):
    """Another stationery has this name."""


class StationeryRefused(Exception):
    """The design cannot be used. ``faults`` say why."""

    def __init__(self, found: tuple[Fault, ...]) -> None:
        super().__init__(", ".join(f"{fault.problem} {fault.name}".rstrip() for fault in found))
        self.faults = found


class StationeryChangedMeanwhile(Exception):
    """Somebody else has saved the stationery since it was opened. ``version`` is the one that there is now."""

    def __init__(self, version: int) -> None:
        super().__init__(version)
        self.version = version


class AnotherDefault(Exception):
    """Somebody else has chosen the default at the same time."""


def create(session: Session, *, name: str, source: str, submission: str, now: datetime) -> Stationery:
    """Add a stationery with the images of its editor; the same editor sent twice gets the one that it made before.

    Raises StationeryRefused, NameTaken.
    """
    made_before = _find_by_submission(session, submission)
    if made_before is not None:
        return made_before
    images = images_of(session, stationery_id=None, submission=submission)
    added = Stationery(
        name=name, html=_usable(source, images), submission=submission, created_at=now, changed_at=now, is_default=False
    )
    try:
        with session.begin_nested():
            session.add(added)
            session.flush()
    except IntegrityError as error:
        # Between the question above and here another process was faster; it may have been for this very editor.
        made_before = _find_by_submission(session, submission)
        if made_before is None:
            raise NameTaken(name) from error
        return made_before
    for image in images:
        image.stationery_id, image.submission = added.id, None
    _forget_sketch(session, submission)
    session.flush()
    return added


def save(
    session: Session, stationery: Stationery, *, name: str, source: str, expected_version: int, now: datetime
) -> None:
    """Write a changed design. Raises StationeryRefused, NameTaken, StationeryChangedMeanwhile."""
    stationery_id = stationery.id
    html = _usable(source, images_of(session, stationery_id=stationery_id, submission=""))
    changed = update(Stationery).where(Stationery.id == stationery_id, Stationery.version == expected_version)
    with _unless_taken(session, name):
        claimed = session.execute(
            changed.values(name=name, html=html, version=expected_version + 1, changed_at=now),
            execution_options={"synchronize_session": False},
        )
    if claimed.rowcount != 1:  # type: ignore[attr-defined]  # what UPDATE returns is a CursorResult
        session.expire(stationery)
        version = session.scalar(select(Stationery.version).where(Stationery.id == stationery_id))
        if version is None:
            raise StationeryNotFound(stationery_id)
        raise StationeryChangedMeanwhile(version)
    session.expire(stationery)


def duplicate(session: Session, stationery: Stationery, *, name: str, now: datetime) -> Stationery:
    """Add a copy with copies of the images, under ``name`` or, if that is taken, that name and a number."""
    taken = set(session.scalars(select(Stationery.name)))
    free, number = name[:LONGEST_NAME], 2
    while free in taken:
        free, number = f"{name[: LONGEST_NAME - 4]} {number}", number + 1
    added = Stationery(name=free, html=stationery.html, is_default=False, created_at=now, changed_at=now)
    with _unless_taken(session, free):
        session.add(added)
        session.flush()
    for image in stationery.images:
        session.add(_image(image.name, image.data, stationery_id=added.id, submission=None, now=now))
    session.flush()
    return added


def remove(session: Session, stationery: Stationery) -> None:
    """Delete a stationery with its images; accounts that were linked with it have the default from now on."""
    # The database does the rest (ON DELETE): what is linked meanwhile is let go as well.
    session.execute(delete(Stationery).where(Stationery.id == stationery.id))


def choose_default(session: Session, stationery: Stationery | None) -> None:
    """Make ``stationery`` the one for accounts without one of their own; None: there is none. Raises AnotherDefault."""
    try:
        with session.begin_nested():
            session.execute(update(Stationery).where(Stationery.is_default).values(is_default=False))
            if stationery is not None:
                session.execute(update(Stationery).where(Stationery.id == stationery.id).values(is_default=True))
    except IntegrityError as error:
        raise AnotherDefault from error


def add_image(
    session: Session, *, filename: str, data: bytes, stationery_id: int | None, submission: str, now: datetime
) -> StationeryImage:
    """Add an image to a stored stationery, or to the one that an editor is just making. Raises ImageRefused."""
    kind_of(data)
    there = images_of(session, stationery_id=stationery_id, submission=submission)
    same = hashlib.sha256(data).hexdigest()
    for image in there:
        if image.sha256 == same:
            return image  # sent twice
    if len(there) >= MOST:
        raise ImageRefused(NotUsable.TOO_MANY)
    name = name_for(filename, {image.name for image in there})
    of_sketch = submission if stationery_id is None else None
    added = _image(name, data, stationery_id=stationery_id, submission=of_sketch, now=now)
    session.add(added)
    session.flush()
    return added


def remove_image(session: Session, image: StationeryImage) -> None:
    """Delete an image. Raises ImageRefused while the stored design shows it."""
    if image.stationery_id is not None:
        stationery = session.get(Stationery, image.stationery_id)
        if stationery is not None and image.name in images_named(sanitised(stationery.html)):
            raise ImageRefused(NotUsable.IN_USE)
    session.execute(delete(StationeryImage).where(StationeryImage.id == image.id))


def note_sketch(
    session: Session, submission: str, *, user_id: int, stationery_id: int | None, source: str, now: datetime
) -> None:
    """Remember what stands in an editor, for its preview."""
    sketch = StationerySketch(
        submission=submission, user_id=user_id, stationery_id=stationery_id, html=source, changed_at=now
    )
    known = session.get(StationerySketch, submission)
    if known is not None and known.user_id != user_id:
        return
    try:
        with session.begin_nested():
            session.merge(sketch)
            session.flush()
    except IntegrityError:
        # Two previews of one editor began at once, or its stationery is just being deleted: the next one counts.
        return


def forget_expired(session: Session, *, now: datetime) -> None:
    """Delete what stood in editors a day ago, and the images of what was never saved."""
    session.execute(delete(StationerySketch).where(StationerySketch.changed_at < now - SKETCH_LIFE))
    orphans = StationeryImage.stationery_id.is_(None), StationeryImage.created_at < now - SKETCH_LIFE
    session.execute(delete(StationeryImage).where(*orphans))


def _usable(source: str, images: tuple[StationeryImage, ...]) -> str:
    found = faults(source, {image.name for image in images})
    if found:
        raise StationeryRefused(found)
    return sanitised(source)


def _image(
    name: str, data: bytes, *, stationery_id: int | None, submission: str | None, now: datetime
) -> StationeryImage:
    kind = kind_of(data)
    return StationeryImage(
        stationery_id=stationery_id,
        submission=submission,
        name=name,
        content_id=f"{secrets.token_hex(16)}@stationery",
        media_type=kind.media_type,
        data=data,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        width=kind.width,
        height=kind.height,
        created_at=now,
    )


def _find_by_submission(session: Session, submission: str) -> Stationery | None:
    return session.scalar(select(Stationery).where(Stationery.submission == submission))


def _forget_sketch(session: Session, submission: str) -> None:
    session.execute(delete(StationerySketch).where(StationerySketch.submission == submission))


@contextmanager
def _unless_taken(session: Session, name: str) -> Iterator[None]:
    # The savepoint keeps what else the caller has done.
    try:
        with session.begin_nested():
            yield
    except IntegrityError as error:
        raise NameTaken(name) from error
