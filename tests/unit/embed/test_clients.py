"""The register of clients: names, keys, and what goes with a client."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import embed, form_layouts
from app.embed import ClientChangedMeanwhile, ClientDetails, ClientNotFound, LayoutGone, NameTaken
from app.models import EmbedClient, EmbedLink


def test_a_client_is_what_the_administrator_said(session, client, noon):
    found = embed.get(session, client.id)
    assert (found.name, found.origins, found.return_addresses) == (
        "Helpdesk",
        ["https://helpdesk.firma.pl"],
        ["https://helpdesk.firma.pl/back"],
    )
    assert (found.layout_id, found.locale, found.link_minutes, found.starts_active) == (None, None, 30, True)
    assert (found.created_at, found.changed_at) == (noon, noon)
    with pytest.raises(ClientNotFound):
        embed.get(session, client.id + 1)


def test_a_key_is_long_random_and_kept_only_as_its_hash(session, noon):
    client, key = embed.register(session, ClientDetails("A"), now=noon)
    assert key.startswith("skz_")
    assert len(key) == 4 + 43  # 256 bits
    assert len(client.key_hash) == 64
    assert key not in str([getattr(client, column.key) for column in EmbedClient.__mapper__.column_attrs])


def test_a_client_is_found_by_its_key_and_by_nothing_like_it(session, client, noon):
    other, key = embed.register(session, ClientDetails("A"), now=noon)
    assert embed.find_by_key(session, key) is other
    for wrong in ("", key[:-1], key + " ", key.upper(), other.key_hash, "skz_", "ż"):
        assert embed.find_by_key(session, wrong) is None


def test_a_new_key_ends_the_old_one_and_leaves_links_alone(session, noon):
    client, old = embed.register(session, ClientDetails("A"), now=noon)
    _token, link = embed.issue(
        session, client, email=None, name=None, return_address=None, state=None, keys=[b"k"], now=noon
    )
    new = embed.renew_key(session, client, now=noon + timedelta(days=1))
    assert embed.find_by_key(session, old) is None
    assert embed.find_by_key(session, new) is client
    assert client.changed_at == noon + timedelta(days=1)
    assert session.get(EmbedLink, link.id) is link


def test_two_clients_cannot_have_one_name(session, client, noon):
    session.commit()
    with pytest.raises(NameTaken):
        embed.register(session, ClientDetails("Helpdesk"), now=noon)
    session.rollback()
    other, _key = embed.register(session, ClientDetails("A"), now=noon)
    session.commit()
    with pytest.raises(NameTaken):
        embed.change(session, other, ClientDetails("Helpdesk"), expected_version=1, now=noon)
    session.rollback()
    assert [it.name for it in embed.list_all(session)] == ["A", "Helpdesk"]


def test_a_layout_that_was_deleted_meanwhile_cannot_be_chosen(session, client, noon):
    session.commit()
    with pytest.raises(LayoutGone):
        embed.register(session, ClientDetails("A", layout_id=99), now=noon)
    session.rollback()
    with pytest.raises(LayoutGone):
        embed.change(session, client, ClientDetails("Helpdesk", layout_id=99), expected_version=1, now=noon)
    session.rollback()
    assert embed.get(session, client.id).layout_id is None


def test_of_two_changes_the_later_is_refused(session, client, noon):
    session.commit()
    assert client.version == 1
    with Session(session.get_bind()) as other:
        embed.change(other, embed.get(other, client.id), ClientDetails("Desk"), expected_version=1, now=noon)
        other.commit()
    # One has read what it changes before the other one wrote, one after it.
    for _ in range(2):
        with pytest.raises(ClientChangedMeanwhile) as refused:
            embed.change(session, client, ClientDetails("Mine"), expected_version=1, now=noon)
        assert refused.value.version == 2
        session.rollback()
    assert embed.get(session, client.id).name == "Desk"


def test_a_change_replaces_everything_but_the_key(session, client, noon):
    before = client.key_hash
    changed = ClientDetails("Desk", ("https://a.pl",), (), None, "pl", 5, False)
    embed.change(session, client, changed, expected_version=1, now=noon + timedelta(hours=1))
    session.refresh(client)
    assert (client.name, client.origins, client.return_addresses) == ("Desk", ["https://a.pl"], [])
    assert (client.locale, client.link_minutes, client.starts_active) == ("pl", 5, False)
    assert (client.created_at, client.changed_at) == (noon, noon + timedelta(hours=1))
    assert client.key_hash == before


def test_clients_are_listed_by_name_whatever_their_letters(session, client, noon):
    for name in ("zebra", "Alfa", "beta"):
        embed.register(session, ClientDetails(name), now=noon)
    assert [it.name for it in embed.list_all(session)] == ["Alfa", "beta", "Helpdesk", "zebra"]


def test_a_client_goes_with_its_links(session, client, noon):
    embed.issue(session, client, email=None, name=None, return_address=None, state=None, keys=[b"k"], now=noon)
    embed.remove(session, client)
    session.commit()
    assert session.scalars(select(EmbedLink)).all() == []
    assert embed.list_all(session) == []


def test_a_layout_that_is_deleted_is_not_chosen_any_more(session, client, noon):
    layout = form_layouts.create(session, name="Sites", role=None, author=None, now=noon, for_clients=True)
    embed.change(session, client, ClientDetails("Helpdesk", layout_id=layout.id), expected_version=1, now=noon)
    session.commit()
    form_layouts.remove(session, layout)
    session.commit()
    session.expire_all()
    assert embed.get(session, client.id).layout_id is None
