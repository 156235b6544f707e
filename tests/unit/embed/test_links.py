"""Links: what a token proves, and what its row allows."""

import string
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from app import embed
from app.embed import LinkUnusable, LinkUsed, Reason, ReturnAddressUnknown, StateInvalid
from app.models import EmbedLink
from app.vault import Vault, generate_key

KEYS = [b"k" * 32]


def issue(session, client, noon, *, keys=KEYS, **wanted):
    asked = {"email": None, "name": None, "return_address": None, "state": None} | wanted
    return embed.issue(session, client, **asked, keys=keys, now=noon)


def reason_for(session, token, now, keys=KEYS) -> Reason:
    with pytest.raises(LinkUnusable) as refused:
        embed.refuse_ended(embed.find(session, token, keys=keys), now=now)
    return refused.value.reason


def test_a_link_leads_to_what_was_asked_for(session, client, noon):
    wanted = {
        "email": "biuro@infirma.pl",
        "name": "Biuro",
        "return_address": "https://helpdesk.firma.pl/back",
        "state": "Ticket 7 / ż",
    }
    token, issued = issue(session, client, noon, **wanted)
    session.expire_all()
    found = embed.find(session, token, keys=KEYS)
    assert found is issued
    assert {name: getattr(found, name) for name in wanted} == wanted
    assert (found.probes, found.used_at, found.account_id) == (0, None, None)
    assert found.expires_at == noon + timedelta(minutes=30)
    assert embed.read(token, KEYS) == found.id
    assert len(found.id) == 24


def test_two_links_are_never_the_same(session, client, noon):
    assert issue(session, client, noon)[0] != issue(session, client, noon)[0]


def test_no_token_that_differs_in_a_single_character_is_taken(session, client, noon):
    token, _link = issue(session, client, noon)
    alphabet = string.ascii_letters + string.digits + "-_.=! /"
    changed = {token[:at] + other + token[at + 1 :] for at in range(len(token)) for other in alphabet} - {token}
    changed |= {token + other for other in (*alphabet, token)} | {token[:-1], token[1:]}
    taken = []
    for other in changed:
        try:
            taken.append(embed.read(other, KEYS))
        except LinkUnusable as refused:
            assert refused.reason is Reason.TAMPERED  # noqa: PT017  (thousands of tokens, too many for a test each)
    assert taken == []


@pytest.mark.parametrize(
    "made_up",
    ["", ".", "a", "a.b", "x" * 5000, "ż" * 24 + "." + "a" * 43, "\ud800", "a\0b", "a" * 24 + "." + "a" * 43],
    ids=ascii,
)
def test_what_was_made_up_never_reaches_the_database(session, made_up, noon):
    statements = []
    event.listen(session.connection(), "before_cursor_execute", lambda *args: statements.append(args[2]))
    assert reason_for(session, made_up, noon) is Reason.TAMPERED
    assert statements == []


def test_a_signature_without_an_id_is_no_link(session, client, noon):
    token, _link = issue(session, client, noon)
    assert reason_for(session, token[24:], noon) is Reason.TAMPERED
    assert reason_for(session, token[25:], noon) is Reason.TAMPERED
    assert reason_for(session, token[:24], noon) is Reason.TAMPERED


def test_the_signature_of_one_link_is_no_good_for_another(session, client, noon):
    (first, _), (second, _) = issue(session, client, noon), issue(session, client, noon)
    assert reason_for(session, first[:24] + second[24:], noon) is Reason.TAMPERED


def test_another_key_signs_nothing_here(session, client, noon):
    token, _link = issue(session, client, noon, keys=[b"o" * 32])
    assert reason_for(session, token, noon) is Reason.TAMPERED


def test_links_outlive_a_rotation_of_keys_but_not_the_end_of_the_old_one(session, client, noon):
    old, new = generate_key(), generate_key()
    before, rotated, after = Vault({"k1": old}), Vault({"k2": new, "k1": old}), Vault({"k2": new})
    token, link = issue(session, client, noon, keys=embed.link_keys(before))
    assert embed.find(session, token, keys=embed.link_keys(rotated)) is link
    assert reason_for(session, token, noon, embed.link_keys(after)) is Reason.TAMPERED
    token, link = issue(session, client, noon, keys=embed.link_keys(rotated))
    assert embed.find(session, token, keys=embed.link_keys(after)) is link


def test_what_signs_sessions_signs_no_links(session, client, noon):
    vault = Vault({"k1": generate_key()})
    token, _link = issue(session, client, noon, keys=embed.link_keys(vault))
    assert reason_for(session, token, noon, [vault.derive("session")]) is Reason.TAMPERED


def test_a_link_has_its_time(session, client, noon):
    token, link = issue(session, client, noon)
    embed.refuse_ended(link, now=noon + timedelta(minutes=29, seconds=59))
    assert reason_for(session, token, noon + timedelta(minutes=30)) is Reason.EXPIRED


def test_a_used_link_says_so_also_when_its_time_is_over(session, client, noon):
    token, link = issue(session, client, noon)
    embed.claim(session, link.id, now=noon)
    for minutes in (1, 99):
        assert reason_for(session, token, noon + timedelta(minutes=minutes)) is Reason.USED


def test_a_link_that_is_not_there_any_more_has_ended(session, client, noon):
    token, link = issue(session, client, noon)
    session.delete(link)
    session.flush()
    assert reason_for(session, token, noon) is Reason.EXPIRED


def test_a_link_is_claimed_once_even_after_its_time(session, client, noon):
    _token, link = issue(session, client, noon)
    embed.claim(session, link.id, now=noon + timedelta(minutes=31))
    with pytest.raises(LinkUsed):
        embed.claim(session, link.id, now=noon + timedelta(minutes=31))
    embed.record_account(session, link.id, 7)
    session.refresh(link)
    assert (link.used_at, link.account_id) == (noon + timedelta(minutes=31), 7)
    assert embed.accounts_added(session) == {client.id: 1}


def test_a_link_that_there_is_not_cannot_be_claimed(session, noon):
    with pytest.raises(LinkUsed):
        embed.claim(session, "x" * 24, now=noon)


def test_tests_are_counted_up_to_the_cap(session, client, noon):
    _token, link = issue(session, client, noon)
    assert [embed.count_probe(session, link.id, most=3) for _ in range(5)] == [True] * 3 + [False] * 2
    session.refresh(link)
    assert link.probes == 3
    assert not embed.count_probe(session, "x" * 24)


@pytest.mark.parametrize(
    "wanted", ["", "https://helpdesk.firma.pl/back/", "https://HELPDESK.firma.pl/back", "//helpdesk.firma.pl/back"]
)
def test_only_a_registered_return_address_is_taken(session, client, noon, wanted):
    with pytest.raises(ReturnAddressUnknown):
        issue(session, client, noon, return_address=wanted)
    assert session.scalars(select(EmbedLink)).all() == []


def test_without_a_return_address_there_is_none(session, client, noon):
    assert issue(session, client, noon)[1].return_address is None


@pytest.mark.parametrize("state", ["x" * 2001, "a\nb", "a\0b", "\ud800", "\u202e"], ids=lambda it: ascii(it[:9]))
def test_a_state_that_could_not_travel_is_refused(session, client, noon, state):
    with pytest.raises(StateInvalid):
        issue(session, client, noon, state=state)


def test_links_are_forgotten_a_week_after_their_end(session, client, noon):
    _token, old = issue(session, client, noon)
    _token, kept = issue(session, client, noon + timedelta(minutes=1))
    embed.forget_expired(session, now=noon + timedelta(days=7, minutes=30))
    assert session.scalars(select(EmbedLink.id)).all() == [kept.id]
    assert old.id != kept.id
