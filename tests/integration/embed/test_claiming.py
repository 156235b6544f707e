"""A link is used once, whoever comes first, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from sqlalchemy.orm import Session

from app import embed
from app.embed import ClientDetails, LinkUsed
from app.models import EmbedLink

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def link_id(engine):
    with Session(engine) as session:
        client, _key = embed.register(session, ClientDetails("Helpdesk"), now=NOON)
        asked = dict.fromkeys(("email", "name", "return_address", "state"))
        _token, link = embed.issue(session, client, **asked, keys=[b"k" * 32], now=NOON)
        session.commit()
        return link.id


def at_once(work, times: int) -> list[object]:
    """Return what ``work`` gave to callers who set out together, each in a thread of its own."""
    together = Barrier(times)

    def run(number: int) -> object:
        together.wait()
        return work(number)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))


def test_of_many_claims_at_the_same_time_one_wins(engine, link_id):
    def claim(number: int) -> bool:
        with Session(engine) as session:
            session.get(EmbedLink, link_id)
            try:
                embed.claim(session, link_id, now=NOON)
                embed.record_account(session, link_id, number)
            except LinkUsed:
                session.rollback()
                return False
            session.commit()
            return True

    won = at_once(claim, 8)
    assert won.count(True) == 1
    with Session(engine) as session:
        assert session.get_one(EmbedLink, link_id).account_id == won.index(True)


def test_a_claim_that_is_rolled_back_gives_the_link_to_whoever_waits(engine, link_id):
    with ThreadPoolExecutor(1) as pool, Session(engine) as first:
        embed.claim(first, link_id, now=NOON)

        def claim() -> None:
            with Session(engine) as second:
                embed.claim(second, link_id, now=NOON)
                second.commit()

        waiting = pool.submit(claim)
        first.rollback()
        waiting.result(timeout=20)
    with Session(engine) as third, pytest.raises(LinkUsed):
        embed.claim(third, link_id, now=NOON)


def test_a_claim_that_waits_for_a_commit_is_told(engine, link_id):
    with ThreadPoolExecutor(1) as pool, Session(engine) as first:
        embed.claim(first, link_id, now=NOON)

        def claim() -> None:
            with Session(engine) as second:
                embed.claim(second, link_id, now=NOON)

        waiting = pool.submit(claim)
        first.commit()
        with pytest.raises(LinkUsed):
            waiting.result(timeout=20)


def test_the_cap_of_tests_holds_for_many_at_the_same_time(engine, link_id):
    def count(_number: int) -> bool:
        with Session(engine) as session:
            counted = embed.count_probe(session, link_id, most=5)
            session.commit()
            return counted

    assert at_once(count, 12).count(True) == 5
    with Session(engine) as session:
        assert session.get_one(EmbedLink, link_id).probes == 5
