"""One account comes of one link, whoever saves at the same time, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from sqlalchemy import Engine, inspect, select
from sqlalchemy.orm import Session

from app import connection_tests, embed
from app.accounts import AddressTaken, AlreadyCreated
from app.clock import now
from app.connection_tests import Draft, Owner, Saved, Started
from app.connection_tests.creating import create
from app.embed import LinkUsed
from app.models import Account, ConnectionTest, EmbedLink, Problem
from app.vault import Vault, generate_key
from tests import cast

VAULT = Vault({"k1": generate_key()})


@pytest.fixture
def link_id(engine: Engine) -> str:
    with Session(engine) as session:
        return cast.embed_link(session, VAULT, cast.embed_client(session)[0])[1].id


def draft(link_id: str, **changes: object) -> Draft:
    # As the edge names it: each link opens one form.
    return Draft(details=cast.details(**changes), submission=f"link-{link_id}", owner=Owner(link_id=link_id))


def started(session: Session, link_id: str, **changes: object) -> ConnectionTest:
    """Start a test that saves when it passes. Others of the same form do not end it: they came at the same moment."""
    done = connection_tests.save(session, draft(link_id, **changes), vault=VAULT, now=now())
    assert isinstance(done, Started)
    session.commit()
    return done.test


def at_once(*works) -> list[object]:
    together = Barrier(len(works))

    def run(work) -> object:
        together.wait()
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def rows(engine: Engine, table) -> list:
    with Session(engine) as session:
        return list(session.scalars(select(table).order_by(inspect(table).primary_key[0])))


def test_two_tests_of_one_link_that_pass_at_the_same_moment_make_one_account(engine, link_id):
    with Session(engine) as session:
        first = started(session, link_id)
        second = started(session, link_id)
        # The second ends the first where it sees it; two that started together do not see each other.
        first.state = second.state
        session.commit()
        ids = (first.id, second.id)
    # One that begins after the other has saved finds no password any more, and asks nobody.
    both_begun = Barrier(2, timeout=20)

    def work(test_id: str):
        def run() -> Problem | None:
            with Session(engine) as session:
                test = session.get_one(ConnectionTest, test_id)
                cast.work(session, VAULT, test, begun=both_begun.wait)
                return test.problem

        return run

    problems = at_once(*map(work, ids))  # neither waits for the other for ever
    assert sorted(problems, key=str) in ([Problem.LINK_USED, None], [None, Problem.LINK_USED])
    (account,) = rows(engine, Account)
    (link,) = rows(engine, EmbedLink)
    assert link.account_id == account.id
    saved = [test.saved_account_id for test in rows(engine, ConnectionTest)]
    assert sorted(saved, key=str) == [account.id, None]


def test_a_worker_and_a_save_at_once_at_the_same_moment_make_one_account(engine, link_id):
    with Session(engine) as session:
        test_id = started(session, link_id).id

    def work() -> None:
        with Session(engine) as session:
            cast.work(session, VAULT, session.get_one(ConnectionTest, test_id))

    def save() -> None:
        with Session(engine) as session:
            try:
                connection_tests.save(session, draft(link_id, active=False), vault=VAULT, now=now())
            except (LinkUsed, AlreadyCreated):
                session.rollback()
            session.commit()

    at_once(work, save)
    (account,) = rows(engine, Account)
    assert rows(engine, EmbedLink)[0].account_id == account.id
    assert rows(engine, ConnectionTest)[0].imap_password is None


def test_two_processes_that_save_at_once_at_the_same_moment_make_one_account(engine, link_id):
    def save(number: int):
        def run() -> object:
            with Session(engine) as session:
                details = cast.details(active=False, name=f"Konto {number}")
                try:
                    owner = Owner(link_id=link_id)
                    account = create(
                        session, details, submission=f"form-{number}", owner=owner, tested=None, vault=VAULT, now=now()
                    )
                except LinkUsed:
                    session.rollback()
                    return None
                session.commit()
                return account.id

        return run

    made = at_once(*map(save, range(5)))
    (account,) = rows(engine, Account)
    assert [it for it in made if it is not None] == [account.id]
    assert rows(engine, EmbedLink)[0].account_id == account.id


def test_a_save_that_is_rolled_back_gives_the_link_back(engine, link_id):
    with Session(engine) as session:
        taken = cast.account(session, VAULT).email
        with pytest.raises(AddressTaken):
            create(
                session,
                cast.details(email=taken),
                submission="form-1",
                owner=Owner(link_id=link_id),
                tested=None,
                vault=VAULT,
                now=now(),
            )
        session.rollback()
    assert rows(engine, EmbedLink)[0].used_at is None
    with Session(engine) as session:
        done = connection_tests.save(session, draft(link_id, active=False), vault=VAULT, now=now())
        assert isinstance(done, Saved)
        session.commit()
    (link,) = rows(engine, EmbedLink)
    assert (link.used_at is not None, link.account_id) == (True, rows(engine, Account)[1].id)


def test_a_worker_that_cannot_save_gives_the_link_back_with_its_verdict(engine, link_id):
    with Session(engine) as session:
        test = started(session, link_id)
        other = cast.account(session, VAULT)
        other.email = other.email_key = test.details["email"]
        session.commit()
        cast.work(session, VAULT, test)
        assert (test.problem, test.saved_account_id) == (Problem.ADDRESS_TAKEN, None)
        assert test.imap_result["outcome"] == "ok"
    assert rows(engine, EmbedLink)[0].used_at is None


def test_a_worker_that_comes_after_the_link_was_used_says_so(engine, link_id):
    with Session(engine) as session:
        test = started(session, link_id)
        embed.claim(session, link_id, now=now())
        session.commit()
        cast.work(session, VAULT, test)
        assert (test.problem, test.saved_account_id) == (Problem.LINK_USED, None)
    assert rows(engine, Account) == []


def test_a_link_that_is_gone_saves_nothing(engine, link_id):
    with Session(engine) as session:
        client = embed.get(session, session.get_one(EmbedLink, link_id).client_id)
        started(session, link_id)
        embed.remove(session, client)
        session.commit()
    assert rows(engine, ConnectionTest) == []
    with Session(engine) as session, pytest.raises(LinkUsed):
        connection_tests.save(session, draft(link_id, active=False), vault=VAULT, now=now())


@pytest.mark.parametrize(("typed", "begins"), [(True, True), (False, False)])
def test_whether_an_account_starts_active_is_for_its_site_and_the_form(engine, link_id, typed, begins):
    with Session(engine) as session:
        for starts_active, expected in ((True, begins), (False, False)):
            client, _key = cast.embed_client(session, starts_active=starts_active)
            link = cast.embed_link(session, VAULT, client)[1].id
            details = replace(cast.details(), active=typed)
            owner = Owner(link_id=link)
            account = create(session, details, submission=link, owner=owner, tested=None, vault=VAULT, now=now())
            assert account.active is expected
            session.commit()
