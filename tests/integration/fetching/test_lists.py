"""Lists of messages take time that grows with what they hold, on either database."""

import re
from collections.abc import Callable
from datetime import timedelta
from time import perf_counter

from sqlalchemy import event, insert, text
from sqlalchemy.orm import Session

from app import mailbox
from app.mailbox import Position, count_unread, count_unread_by_account, list_messages
from app.models import Folder, Message, Placement
from tests.integration.fetching.conftest import Collector

MESSAGES = 20_000


def fill(collector: Collector, count: int) -> int:
    """Add messages to the inbox of an account, of which each second one lies in another place too."""
    account, session, now = collector.account(1), collector.session, collector.now
    folder = Folder(account_id=account.id, name="INBOX", title="INBOX", uidvalidity=7)
    session.add(folder)
    session.flush()
    said = {"size": 1, "from_name": "Jan", "search_text": "jan oferta", "stored_at": now}
    session.execute(insert(Message), [{**said, "digest": f"{each:064}"} for each in range(count)])
    where = {"account_id": account.id, "folder_id": folder.id, "seen": True}
    for again in range(2):
        rows = [
            {"uidvalidity": again + 1, "uid": each + 1, "digest": f"{each:064}"} for each in range(0, count, again + 1)
        ]
        for row in rows:
            row["received_at"] = now - timedelta(seconds=row["uid"] * 2 + again)  # type: ignore[operator]  # a number
        session.execute(insert(Placement), [{**where, **row} for row in rows])
    session.commit()
    session.execute(text("ANALYZE"))
    session.commit()
    return account.id


def test_a_search_through_much_mail_takes_no_more_than_a_look_at_each(collector: Collector):
    account_id, session = fill(collector, MESSAGES), collector.session
    below = Position(collector.now - timedelta(seconds=MESSAGES * 2 - 20), 0)
    (folder,) = mailbox.list_folders(session, account_id)
    mine = {"account_id": account_id, "folder_id": folder.id, "search": "x"}
    for asked in (
        {"search": "nobody"},
        {"unread": True},
        {"below": below},
        {"account_id": account_id, "search": "x"},
        mine,
    ):
        begun = perf_counter()
        found = mailbox.list_messages(session, **asked)  # type: ignore[arg-type]  # each of them as it is asked
        assert perf_counter() - begun < 2, f"{asked}: what grows with the square takes minutes"
        assert len(found) == (10 if "below" in asked else 0)
    assert len({each.message.digest for each in mailbox.list_messages(session, most=1000)}) == 1000


LATEST = "ix_placements_digest_account_id_received_at_id"
UNREAD = "ix_placements_unread"
ASKED: dict[str, tuple[Callable[[Session, int, int], object], set[str]]] = {
    "a search": (lambda it, _account, _folder: list_messages(it, search="nobody"), {LATEST}),
    "a folder": (
        lambda it, _account, folder: list_messages(it, folder_id=folder),
        {LATEST, "ix_placements_folder_id_received_at_id"},
    ),
    "an account's unread": (lambda it, account, _folder: count_unread(it, account_id=account), {UNREAD}),
    "a folder's unread": (
        lambda it, account, folder: count_unread(it, account_id=account, folder_id=folder),
        {UNREAD},
    ),
    "each account's unread": (lambda it, _account, _folder: count_unread_by_account(it), {UNREAD}),
}


def test_what_lists_ask_is_found_by_an_index(collector: Collector):
    account_id, session = fill(collector, MESSAGES), collector.session
    (folder,) = mailbox.list_folders(session, account_id)
    explain = "EXPLAIN QUERY PLAN " if collector.engine.dialect.name == "sqlite" else "EXPLAIN "
    asked: list[tuple[str, object]] = []
    event.listen(
        session.connection(), "before_cursor_execute", lambda _c, _cur, sql, given, *_rest: asked.append((sql, given))
    )
    for name, (ask, indexes) in ASKED.items():
        asked.clear()
        ask(session, account_id, folder.id)
        (statement, given) = next(each for each in asked if "EXISTS" in each[0])
        plan = session.connection().exec_driver_sql(explain + statement, given)  # type: ignore[arg-type]  # as it came
        rows = "\n".join(str(row[-1]) for row in plan)
        assert indexes <= set(re.findall(r"\bix_\w+", rows)), f"{name}: {rows}"
