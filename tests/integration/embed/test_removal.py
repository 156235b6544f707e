"""A site that is removed while somebody changes it, or while a test of one of its links runs, on both databases."""

from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from app import connection_tests, embed
from app.clock import now
from app.connection_tests import Draft, Owner, Started
from app.embed import ClientDetails, ClientNotFound
from app.models import Account, ConnectionTest, EmbedClient
from app.vault import Vault, generate_key
from tests import cast
from tests.servers.waiting import somebody_waits, wait_until

VAULT = Vault({"k1": generate_key()})


@pytest.fixture
def test_id(engine: Engine) -> str:
    """A test that saves when it passes, of the only link of the only site."""
    with Session(engine) as session:
        link = cast.embed_link(session, VAULT, cast.embed_client(session)[0])[1]
        draft = Draft(details=cast.details(), submission=f"link-{link.id}", owner=Owner(link_id=link.id))
        started = connection_tests.save(session, draft, vault=VAULT, now=now())
        assert isinstance(started, Started)
        session.commit()
        return started.test.id


def remove(engine: Engine) -> None:
    """Remove the site as another process does."""
    with Session(engine) as session:
        client = session.scalars(select(EmbedClient)).one()
        embed.remove(session, client)
        session.commit()


@pytest.mark.parametrize(
    "write",
    [
        lambda session, client: embed.change(session, client, ClientDetails("Desk"), expected_version=1, now=now()),
        lambda session, client: embed.renew_key(session, client, now=now()),
    ],
    ids=["change", "renew_key"],
)
def test_a_site_that_another_administrator_has_removed_meanwhile_is_not_found(engine, write):
    with Session(engine) as session:
        client, _key = cast.embed_client(session)
        client = embed.get(session, client.id)
        remove(engine)
        with pytest.raises(ClientNotFound):
            write(session, client)
        session.rollback()
        assert embed.list_all(session) == []


# The test says that it runs, then it publishes three steps; the fourth is published with the verdict.
@pytest.mark.parametrize("commits", range(1, 5))
def test_a_test_whose_site_is_removed_while_it_runs_ends_and_saves_nothing(engine, test_id, commits):
    left = iter([False] * (commits - 1) + [True])
    with Session(engine) as session:
        test = session.get_one(ConnectionTest, test_id)
        event.listen(session, "after_commit", lambda _session: remove(engine) if next(left, False) else None)
        cast.work(session, VAULT, test)
        assert session.scalars(select(Account)).all() == []
        assert session.scalars(select(ConnectionTest)).all() == []
    assert next(left, None) is None, "the site was not removed in time"


def test_a_test_whose_site_is_removed_before_it_begins_asks_no_server(engine, test_id):
    with Session(engine) as session:
        test = session.get_one(ConnectionTest, test_id)
        remove(engine)
        cast.work(session, VAULT, test, begun=lambda: pytest.fail("a server was asked"))
        assert session.scalars(select(Account)).all() == []


def test_a_site_that_is_removed_while_a_test_saves_waits_for_the_account(engine, test_id, monkeypatch):
    claim = embed.claim
    with ThreadPoolExecutor(1) as pool, Session(engine) as session:
        removing: list[Future[None]] = []

        def claim_while_it_is_removed(*arguments: object, **named: object) -> None:
            removing.append(pool.submit(remove, engine))
            if engine.dialect.name == "postgresql":
                wait_until(lambda: somebody_waits(engine), "the removal to wait for the test")
            claim(*arguments, **named)

        monkeypatch.setattr(embed, "claim", claim_while_it_is_removed)
        cast.work(session, VAULT, session.get_one(ConnectionTest, test_id))
        removing[0].result(timeout=20)
        assert len(session.scalars(select(Account)).all()) == 1
        assert embed.list_all(session) == []
