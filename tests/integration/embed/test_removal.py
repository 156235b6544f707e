"""A site that is removed while somebody changes it, on both databases."""

from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from app import embed
from app.embed import ClientDetails, ClientNotFound

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "write",
    [
        lambda session, client: embed.change(session, client, ClientDetails("Desk"), now=NOON),
        lambda session, client: embed.renew_key(session, client, now=NOON),
    ],
    ids=["change", "renew_key"],
)
def test_a_site_that_another_administrator_has_removed_meanwhile_is_not_found(engine, write):
    with Session(engine) as session, Session(engine) as other:
        client, _key = embed.register(session, ClientDetails("Helpdesk"), now=NOON)
        session.commit()
        client = embed.get(session, client.id)
        embed.remove(other, embed.get(other, client.id))
        other.commit()
        with pytest.raises(ClientNotFound):
            write(session, client)
        session.rollback()
        assert embed.list_all(session) == []
