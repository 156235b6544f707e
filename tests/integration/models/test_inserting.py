"""Many rows at once: the same rows come out as through SQLAlchemy's own way, on either database."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from app.models import Message, MessageChunk
from app.models.database import pooled_engine_for
from app.models.inserting import insert_many

NOW = datetime(2026, 11, 2, 10, 30, tzinfo=UTC)


@pytest.fixture
def session(database_url: str) -> Iterator[Session]:
    engine = pooled_engine_for(database_url.replace("postgresql://", "postgresql+psycopg://"), 1)
    with Session(engine) as session:
        yield session
    engine.dispose()


def _message(digest: str, **said: Any) -> dict[str, Any]:
    nothing = {"message_id": None, "in_reply_to": None, "references": None, "dated_at": None}
    texts = {"from_name": "", "from_address": "", "to_text": "", "subject": "", "snippet": "", "search_text": ""}
    facts = {"size": 3, "complete": True, "flawed": False, "attachments": [], "stored_at": NOW}
    return {"digest": digest, **nothing, **texts, **facts, **said}


ROWS = [
    _message("a"),
    _message("b", subject="Zażółć, 'a' {1,\"2\"} \\ %s \U0001f4ee", size=2**40, complete=False, flawed=True),
    _message("c", dated_at=datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=-5))), message_id="<1@firma.test>"),
    _message("d", attachments=[{"name": 'a"b,{}\\.pdf', "type": "application/pdf", "size": 7}]),
]


def test_rows_come_out_as_if_sqlalchemy_had_put_them_in(session: Session) -> None:
    insert_many(session, Message, ROWS)
    session.flush()
    ours = session.execute(select(Message.__table__).order_by(Message.digest)).all()
    session.rollback()
    session.execute(insert(Message.__table__), ROWS)

    assert ours == session.execute(select(Message.__table__).order_by(Message.digest)).all()
    assert [row.size for row in ours] == [3, 2**40, 3, 3]


def test_content_is_kept_byte_by_byte(session: Session) -> None:
    contents = [b"", b"\0\xff\\x00{},NULL", bytes(range(256)) * 4000]
    insert_many(session, Message, [_message(str(number)) for number in range(3)])
    rows = [{"digest": str(number), "number": 0, "data": data} for number, data in enumerate(contents)]
    insert_many(session, MessageChunk, rows)

    assert list(session.scalars(select(MessageChunk.data).order_by(MessageChunk.digest))) == contents


def test_what_is_there_is_left_alone(session: Session) -> None:
    insert_many(session, Message, [_message("a", subject="first")])
    insert_many(session, Message, [_message("a", subject="second"), _message("b", subject="third")])

    assert list(session.scalars(select(Message.subject).order_by(Message.digest))) == ["first", "third"]


def test_nothing_is_inserted_of_nothing(session: Session) -> None:
    insert_many(session, Message, [])

    assert session.scalars(select(Message.digest)).all() == []


# SQLite knows no lengths.
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_text_that_is_too_long_is_refused_and_not_cut(session: Session) -> None:
    with pytest.raises(DataError):
        insert_many(session, Message, [_message("a" * 65)])


def test_a_moment_without_a_zone_is_refused(session: Session) -> None:
    with pytest.raises(ValueError, match="time zone"):
        insert_many(session, Message, [_message("a", stored_at=datetime(2026, 1, 1))])  # noqa: DTZ001 -- that is what is tested


def test_what_belongs_to_nothing_is_refused(session: Session) -> None:
    with pytest.raises(IntegrityError):
        insert_many(session, MessageChunk, [{"digest": "nobody", "number": 0, "data": b"x"}])
