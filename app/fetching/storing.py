"""Batches of messages into the database, together with how far the folder has been read: both, or neither."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from app.fetching.claims import Claim, count, hold_on
from app.fetching.parsing import Projection, project
from app.fetching.reading_marks import NO_MARKS, Marks, marks_of
from app.mail.content import Content
from app.models import Folder, Message, MessageChunk, Placement, Trouble
from app.models.inserting import insert_many

# Contents up to this size go to the database together.
_TOGETHER = 1024 * 1024


@dataclass(frozen=True)
class Fetched:
    """One message as it came: where it lies, and whether it is all there."""

    uid: int
    size: int
    complete: bool
    content: Content
    received_at: datetime
    seen: bool

    @cached_property
    def digest(self) -> str:
        """What stands for the content. Headers alone are not the same as a message that consists of nothing else."""
        digest = self.content.digest
        if self.complete:
            return digest
        return hashlib.sha256(f"headers of {self.size} bytes {digest}".encode()).hexdigest()

    @cached_property
    def projection(self) -> Projection:
        """What the message says about itself."""
        return project(self.content, complete=self.complete)

    def make_ready(self) -> None:
        """Do beforehand what of the storing needs no database."""
        _ = self.digest, self.projection


@dataclass(frozen=True, slots=True)
class Failed:
    """A message that could not be had this time."""

    uid: int
    outcome: str
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """What is stored in one transaction. ``cursor``: the folder is read up to there as soon as the batch is stored."""

    folder_id: int
    uidvalidity: int
    cursor: int
    messages: Sequence[Fetched] = ()
    failed: Sequence[Failed] = ()
    # Troubles that are over: fetched after all, or gone from the server.
    ended: Sequence[int] = ()
    resyncing: bool = False
    mark: bool = False
    # Messages that were passed over, because nobody asked for mail of their senders.
    passed_over: int = 0
    # Its messages were told as expected to whoever watches.
    expected: bool = False


@dataclass(slots=True)
class Stored:
    """What a batch came to: messages that the account has not had before, each once, and their bytes."""

    new: int = 0
    size: int = 0


def store(session: Session, claim: Claim, batch: Batch, *, now: datetime) -> Stored:
    """Store a batch and move the cursor. The caller commits. Raises Superseded."""
    hold_on(session, claim, now=now)
    stored = Stored()
    fresh = _not_placed(session, batch)
    if fresh:
        known = _store_contents(session, fresh, now)
        unplaced = _match(session, batch, fresh) if batch.resyncing else fresh
        marks = marks_of(session, claim.account_id, known)
        _place(session, claim, batch, unplaced, marks)
        # A person has seen what lies in another folder already, or has only got another number.
        unheard_of = {each.digest: each.size for each in unplaced if each.digest not in marks}
        stored = Stored(len(unheard_of), sum(unheard_of.values()))
    less = stored.new - len(batch.messages) if batch.expected else 0
    count(session, claim, stored=stored.new, passed_over=batch.passed_over, expected=less)
    for failed in batch.failed:
        _note(session, batch, failed, now)
    _end_troubles(session, batch)
    read = update(Folder).where(Folder.id == batch.folder_id, Folder.uidvalidity == batch.uidvalidity)
    session.execute(_plain(read.where(Folder.cursor < batch.cursor).values(cursor=batch.cursor)))
    return stored


def _not_placed(session: Session, batch: Batch) -> list[Fetched]:
    """Return the messages that have no place here yet, each UID once."""
    by_uid = {each.uid: each for each in batch.messages}
    here = (Placement.folder_id == batch.folder_id, Placement.uidvalidity == batch.uidvalidity)
    placed = set(session.scalars(select(Placement.uid).where(*here, Placement.uid.in_(by_uid))))
    return [each for each in by_uid.values() if each.uid not in placed]


def _store_contents(session: Session, fresh: Sequence[Fetched], now: datetime) -> set[str]:
    """Store the contents that are new; return the digests of the others."""
    by_digest = {each.digest: each for each in fresh}
    # Kept from being forgotten until they have their places.
    held = select(Message.digest).where(Message.digest.in_(by_digest)).with_for_update(read=True, key_share=True)
    known = set(session.scalars(held))
    # In order, so that two workers that store the same mail wait for each other instead of crosswise.
    new = [by_digest[digest] for digest in sorted(by_digest) if digest not in known]
    if not new:
        return known
    insert_many(session, Message, [_row(each, now) for each in new])
    together: list[dict[str, Any]] = []
    for each in new:
        if each.content.size <= _TOGETHER:
            together.append({"digest": each.digest, "number": 0, "data": each.content.part(0, each.content.size)})
            continue
        for number, data in enumerate(each.content.chunks()):
            insert_many(session, MessageChunk, [{"digest": each.digest, "number": number, "data": data}])
    insert_many(session, MessageChunk, together)
    return known


def _row(each: Fetched, now: datetime) -> dict[str, Any]:
    said = each.projection
    return {
        "digest": each.digest,
        "size": each.size,
        "complete": each.complete,
        "flawed": said.flawed,
        "message_id": said.message_id,
        "in_reply_to": said.in_reply_to,
        "references": said.references,
        "from_name": said.from_name,
        "from_address": said.from_address,
        "to_text": said.to_text,
        "subject": said.subject,
        "dated_at": said.dated_at,
        "snippet": said.snippet,
        "attachments": [dict(one) for one in said.attachments],
        "search_text": said.search_text,
        "stored_at": now,
    }


def _match(session: Session, batch: Batch, fresh: Sequence[Fetched]) -> list[Fetched]:
    """Give places from before the folder was numbered anew their new numbers; return what had no place then."""
    old = select(Placement.id, Placement.digest).where(
        Placement.folder_id == batch.folder_id,
        Placement.uidvalidity != batch.uidvalidity,
        Placement.gone_at.is_(None),
        Placement.digest.in_({each.digest for each in fresh}),
    )
    places: dict[str, list[int]] = {}
    for place, digest in session.execute(old.order_by(Placement.id.desc())):
        places.setdefault(digest, []).append(place)
    unplaced = []
    for each in fresh:
        if not places.get(each.digest):
            unplaced.append(each)
            continue
        here = update(Placement).where(Placement.id == places[each.digest].pop())
        session.execute(_plain(here.values(uidvalidity=batch.uidvalidity, uid=each.uid, seen=_seen_by_others(each))))
    return unplaced


def _seen_by_others(each: Fetched) -> Any:
    # Where we have marked it ourselves, nobody has read it by that.
    return ~Placement.marked if each.seen else False


def _place(session: Session, claim: Claim, batch: Batch, fresh: Sequence[Fetched], marks: Mapping[str, Marks]) -> None:
    rows = [
        {
            "account_id": claim.account_id,
            "folder_id": batch.folder_id,
            "uidvalidity": batch.uidvalidity,
            "uid": each.uid,
            "digest": each.digest,
            "received_at": each.received_at,
            **marks.get(each.digest, NO_MARKS).columns(seen=each.seen, mark=batch.mark),
        }
        for each in fresh
    ]
    insert_many(session, Placement, rows)


def _note(session: Session, batch: Batch, failed: Failed, now: datetime) -> None:
    here = _trouble(batch, [failed.uid])
    again = {"attempts": Trouble.attempts + 1, "retry": False, "last_at": now}
    said = {"outcome": failed.outcome, "server_text": failed.text}
    known = session.execute(_plain(update(Trouble).where(*here).values(**again, **said)))
    if known.rowcount == 0:  # type: ignore[attr-defined]  # SQLAlchemy types the result of any statement alike
        where = {"folder_id": batch.folder_id, "uidvalidity": batch.uidvalidity, "uid": failed.uid}
        first = {"attempts": 1, "retry": False, "first_at": now, "last_at": now}
        session.execute(insert(Trouble).values(**where, **first, **said))


def _end_troubles(session: Session, batch: Batch) -> None:
    if batch.ended:
        session.execute(_plain(delete(Trouble).where(*_trouble(batch, batch.ended))))


def _trouble(batch: Batch, uids: Sequence[int]) -> tuple[Any, ...]:
    return Trouble.folder_id == batch.folder_id, Trouble.uidvalidity == batch.uidvalidity, Trouble.uid.in_(uids)


def _plain(statement: Any) -> Any:
    return statement.execution_options(synchronize_session=False)
