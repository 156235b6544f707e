"""Who fetches an account, and when: whatever clocks, people and other processes do meanwhile."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event, select, text, update

from app import accounts, fetching, mailbox
from app.fetching import claims, settling, storing
from app.fetching.storing import Batch, Fetched, store
from app.mail.content import Content
from app.mail.settings import ConnectionSecurity
from app.models import Account, FetchState, Message, Placement, Trouble
from tests.integration.fetching.conftest import Collector
from tests.integration.fetching.mailbox import letter

DAY = timedelta(days=1)


def write(collector: Collector, do) -> None:
    """Have a person do something with the one account there is."""
    collector.transact(lambda session: do(session, session.scalars(select(Account)).one()))
    collector.session.rollback()


def due(collector: Collector) -> int:
    return len(collector.transact(lambda session: fetching.claim_due(session, now=collector.now, most=5)))


def begun(collector: Collector) -> Account:
    """Add an account of which a claim has been made before: it is not due for being new."""
    account = collector.account(1)
    collector.transact(lambda session: fetching.ensure(session, now=collector.now))
    known = update(FetchState).values(incoming_version=account.incoming_version)
    collector.transact(lambda session: session.execute(known))
    return account


@pytest.mark.parametrize("column", ["lease_until", "due_at"])
def test_what_a_wrong_clock_has_written_holds_nothing_up(collector: Collector, column: str):
    account = begun(collector)
    for far, free in [(timedelta(minutes=1), False), (365 * DAY, True)]:
        ahead = update(FetchState).values({column: collector.now + far})
        collector.transact(lambda session, ahead=ahead: session.execute(ahead))
        assert due(collector) == free
    assert collector.state(account).lease_until == collector.now + claims.LEASE


def test_an_interval_of_a_day_is_no_error_of_a_clock(collector: Collector):
    begun(collector)
    collector.transact(lambda session: session.execute(update(FetchState).values(due_at=collector.now + DAY)))
    collector.later(seconds=-2)
    assert due(collector) == 0


def choose(session, account) -> None:
    fetching.choose(session, account, set(), now=MOMENT[0])


def want(session, account) -> None:
    fetching.fetch_now(session, account, now=MOMENT[0])


def try_again(session, _account) -> None:
    fetching.retry(session, session.scalars(select(Trouble)).one(), now=MOMENT[0])


MOMENT: list = []


@pytest.mark.parametrize("ask", [choose, want, try_again])
@pytest.mark.parametrize("end", ["success", "unchanged", "failure"])
def test_whoever_asks_during_a_fetch_gets_another_one_at_once(collector: Collector, ask, end: str):
    account = collector.account(1)
    claim = collector.claim(account)
    said = {"uidvalidity": 1, "uid": 1, "outcome": "server_busy", "first_at": collector.now, "last_at": collector.now}
    collector.session.add(Trouble(folder_id=collector.folder(account).id, **said))
    collector.session.commit()
    MOMENT[:] = [collector.now]
    write(collector, ask)
    collector.later(seconds=3)
    now = collector.now
    ends = {
        "success": lambda session: settling.record_success(session, claim, now=now),
        "unchanged": lambda session: fetching.finish_unchanged(session, [claim], now=now),
        "failure": lambda session: settling.record_failure(session, claim, "server_busy", None, now=now, chance=0.5),
    }
    collector.transact(ends[end])
    assert due(collector) == 1
    claim = fetching.Claim(account.id, collector.state(account).epoch)
    collector.transact(ends["success"])
    assert due(collector) == 0, "once, not for ever"


def test_a_shorter_interval_holds_at_once_but_does_not_undo_a_backoff(collector: Collector):
    account = collector.account(1)

    def own(session, account, minutes=1) -> None:
        fetching.set_options(session, account, interval_minutes=minutes, mark_seen=False, now=collector.now)

    def of_all(session, _account) -> None:
        fetching.set_default_interval(session, 2, now=collector.now)

    for shorten, minutes in [(own, 1), (of_all, 2)]:
        write(collector, lambda session, account: own(session, account, None))
        late = {"due_at": collector.now + DAY, "failures": 0}
        collector.transact(lambda session, late=late: session.execute(update(FetchState).values(late)))
        write(collector, shorten)
        assert collector.state(account).due_at == collector.now + timedelta(minutes=minutes)
    collector.transact(lambda session: session.execute(update(FetchState).values({**late, "failures": 3})))
    write(collector, own)
    assert collector.state(account).due_at == collector.now + DAY


def test_what_is_due_is_found_by_an_index(collector: Collector):
    collector.account(1)
    collector.transact(lambda session: fetching.ensure(session, now=collector.now))
    asked: list[tuple[str, object]] = []
    on_postgres = collector.engine.dialect.name == "postgresql"
    with collector.engine.connect() as connection:
        event.listen(connection, "before_cursor_execute", lambda *said: asked.append((said[2], said[3])))
        connection.execute(claims.due(collector.now, 10)).all()
        ((statement, values),) = asked
        if on_postgres:
            # A table of one row is read as a whole, whatever there is.
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        explain = "EXPLAIN" if on_postgres else "EXPLAIN QUERY PLAN"
        plan = connection.exec_driver_sql(f"{explain} {statement}", values).all()
    assert "ix_fetch_states_due_at" in " ".join(str(row) for row in plan)


def test_refusals_count_on_whoever_asks(collector: Collector):
    account = collector.account(1)
    collector.transact(lambda session: fetching.ensure(session, now=collector.now))
    counted = update(FetchState).values(refusals=2, incoming_version=account.incoming_version)
    collector.transact(lambda session: session.execute(counted))

    def claim() -> object:
        return collector.transact(lambda session: fetching.claim(session, account.id, now=collector.now))

    assert claim() is not None
    assert claim() is None, "in another hand"
    collector.later(minutes=2)
    assert claim() is not None
    assert collector.state(account).refusals == 2


def test_what_failed_before_a_person_acted_says_nothing_from_the_next_claim_on(collector: Collector):
    account = begun(collector)
    failed = update(FetchState).values(failures=3, refusals=3, held_at=collector.now, outcome="auth_failed")
    collector.transact(lambda session: session.execute(failed))
    assert due(collector) == 0
    proven = accounts.Tested(collector.now + timedelta(seconds=1), "ok", "ok")
    write(collector, lambda session, account: accounts.record_test(session, account, proven))
    assert due(collector) == 1
    state = collector.state(account)
    assert (state.failures, state.refusals, state.outcome, state.held_at) == (0, 0, None, None)


def hold(collector: Collector) -> Account:
    """Add an account whose password was refused three times."""
    account = begun(collector)
    refused = update(FetchState).values(
        failures=3, refusals=3, held_at=collector.now, outcome="auth_failed", due_at=collector.now + DAY
    )
    collector.transact(lambda session: session.execute(refused))
    return account


def change(collector: Collector, **values: object) -> None:
    """Save the one account with other values than it has, untested."""

    def do(session, account) -> None:
        details = replace(accounts.details_of(account, collector.vault), **values)
        said = {"expected_version": None, "tested": accounts.Tested.of(account)}
        accounts.change(session, account, details, **said, vault=collector.vault, now=collector.now)

    write(collector, do)


@pytest.mark.parametrize(
    "values",
    [
        {"name": "Office"},
        {"colour": "#123456"},
        {"email": "inne@infirma.test"},
        {"smtp_host": "smtp.infirma.test", "smtp_port": 2525},
        {"smtp_same_credentials": False, "smtp_username": "anna", "smtp_password": "another one"},
        {},
    ],
    ids=["name", "colour", "address", "outgoing server", "outgoing login", "saved as it was"],
)
def test_what_changes_nothing_about_the_login_leaves_a_hold_and_its_count_alone(collector: Collector, values):
    account = hold(collector)
    change(collector, **values)
    collector.later(hours=1)
    assert due(collector) == 0
    assert [each.account_id for each in fetching.list_waiting(collector.session)] == [account.id]
    assert fetching.is_held(collector.session, account.id)
    state = collector.state(account)
    assert (state.refusals, state.failures) == (3, 3)
    # Also those that a try by hand goes on from.
    assert collector.claim(account)
    assert collector.state(account).refusals == 3


@pytest.mark.parametrize(
    "values",
    [
        {"imap_host": "imap.infirma.test"},
        {"imap_port": 9993},
        {"imap_security": ConnectionSecurity.TLS},
        {"imap_username": "anna"},
        {"imap_password": "another one"},
        {"imap_pin": "ab" * 32},
        {"fast_mode": True},
    ],
    ids=["server", "port", "security", "user", "password", "pin", "fast mode"],
)
def test_what_may_let_the_login_succeed_ends_a_hold_and_begins_to_count_anew(collector: Collector, values):
    account = hold(collector)
    change(collector, **values)
    assert fetching.list_waiting(collector.session) == []
    assert due(collector) == 1
    state = collector.state(account)
    assert (state.refusals, state.failures, state.held_at) == (0, 0, None)


def test_an_account_that_is_switched_on_again_is_tried_again(collector: Collector):
    hold(collector)
    write(collector, accounts.deactivate)
    assert due(collector) == 0
    write(collector, accounts.activate)
    assert due(collector) == 1


def test_another_name_is_no_reason_to_fetch_before_its_time(collector: Collector):
    account = begun(collector)
    later = {"due_at": collector.now + timedelta(minutes=5), "failures": 1, "refusals": 1}
    collector.transact(lambda session: session.execute(update(FetchState).values(later)))
    change(collector, name="Office")
    assert due(collector) == 0
    collector.later(minutes=6)
    assert due(collector) == 1
    assert collector.state(account).refusals == 1


@pytest.mark.parametrize(
    ("failures", "seconds", "outcome", "due_now"),
    [(2, 1, "ok", 1), (2, 1, "auth_failed", 0), (2, -1, "ok", 0), (0, 1, "ok", 0)],
    ids=["passed since it failed", "failed", "passed before", "nothing was wrong"],
)
def test_a_late_account_that_passes_a_test_is_tried_at_once(collector: Collector, failures, seconds, outcome, due_now):
    account = begun(collector)
    late = {"failures": failures, "tried_at": collector.now, "due_at": collector.now + timedelta(hours=1)}
    collector.transact(lambda session: session.execute(update(FetchState).values(late)))
    tested = accounts.Tested(collector.now + timedelta(seconds=seconds), outcome, "ok")
    write(collector, lambda session, account: accounts.record_test(session, account, tested))
    collector.later(seconds=2)
    assert due(collector) == due_now
    assert collector.state(account).failures == (0 if due_now else failures)
    again = {"lease_until": None, "failures": failures}
    collector.transact(lambda session: session.execute(update(FetchState).values(again)))
    assert due(collector) == 0, "once"


def remove(session, account) -> None:
    mailbox.delete_of(session, account)
    accounts.remove(session, account)


def another(session, account) -> None:
    doubt = fetching.doubt_about(session, account, fetching.find_state(session, account.id))
    assert doubt is not None
    assert fetching.say_another(session, account, question=doubt.mark, now=MOMENT[0])


def read(session, _account) -> None:
    mailbox.note_seen(session, session.scalars(select(Placement).order_by(Placement.id)).first(), seen=True)


def limit(session, account) -> None:
    fetching.set_senders(session, account, ["@firma.test"], only=True, now=MOMENT[0])


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("act", [remove, choose, another, read, limit, try_again])
def test_nobody_waits_crosswise_for_a_batch_that_is_being_stored(collector: Collector, act, monkeypatch):
    account = collector.account(1)
    claim, folder = collector.claim(account), collector.folder(account)
    inbox, now = folder.id, collector.now
    MOMENT[:] = [now]
    folder.uidvalidity = 7
    said = {"uidvalidity": 7, "uid": 9, "outcome": "server_busy", "first_at": now, "last_at": now}
    collector.session.add(Trouble(folder_id=inbox, **said))
    collector.session.commit()
    collector.ask(account)

    def batch(*uids: int) -> Batch:
        messages = tuple(Fetched(uid, 10, True, Content.of(letter("a")), now, False) for uid in uids)
        return Batch(inbox, 7, max(uids), messages, ended=(9,) if len(uids) > 1 else ())

    collector.transact(lambda session: store(session, claim, batch(1), now=now))
    stored, acted, errors = threading.Event(), threading.Event(), []
    real = storing._store_contents

    def slowly(session, fresh, moment) -> None:
        real(session, fresh, moment)
        stored.set()
        # Until the other one waits, or is through.
        acted.wait(0.5)

    monkeypatch.setattr(storing, "_store_contents", slowly)

    def fetch() -> None:
        try:
            collector.transact(lambda session: store(session, claim, batch(2, 3), now=now))
        except Exception as error:  # noqa: BLE001 -- whatever it is, the test shows it
            errors.append(error)

    thread = threading.Thread(target=fetch)
    thread.start()
    assert stored.wait(10)
    write(collector, act)
    acted.set()
    thread.join(20)
    assert errors == []


# A file has one writer.
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_an_account_that_is_deleted_while_it_begins_is_no_error(collector: Collector):
    collector.account(1)
    began = threading.Event()
    with collector.engine.connect() as connection:
        connection.execute(text("DELETE FROM accounts"))
        found: list[int] = []

        def begin() -> None:
            began.set()
            found.append(collector.transact(lambda session: fetching.ensure(session, now=collector.now)))

        thread = threading.Thread(target=begin)
        thread.start()
        began.wait(5)
        threading.Event().wait(0.3)
        connection.commit()
        thread.join(10)
    assert found == [0]


def test_what_lies_nowhere_is_forgotten_and_nothing_else(collector: Collector):
    account = collector.account(1)
    claim, folder = collector.claim(account), collector.folder(account)
    folder.uidvalidity, inbox = 7, folder.id
    collector.session.commit()
    contents = [Content.of(letter(f"m{number}")) for number in range(12)]
    messages = [Fetched(uid, 10, True, each, collector.now, False) for uid, each in enumerate(contents, 1)]
    collector.transact(lambda session: store(session, claim, Batch(inbox, 7, 12, messages), now=collector.now))
    collector.transact(lambda session: session.execute(text("DELETE FROM placements WHERE uid <= 7")))

    def forget(before, after: str):
        return collector.transact(lambda session: fetching.forget_unplaced(session, before=before, after=after, most=3))

    assert forget(collector.now, "") is None, "stored a moment ago"
    done, rounds = "", 0
    while done is not None:
        done = forget(collector.now + DAY, done)
        rounds += 1
    assert rounds == 4
    kept = {each.digest for each in contents[7:]}
    assert set(collector.transact(lambda session: list(session.scalars(select(Message.digest))))) == kept
