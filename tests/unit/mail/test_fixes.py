"""Which host names may be offered in place of the typed one."""

import pytest

from app.mail.fixes import another_port_may_help, siblings, use_username
from app.mail.outcomes import Outcome
from app.mail.settings import Side


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("imap.infirma.pl", "mail.infirma.pl"),
        ("infirma.pl", "mail.infirma.pl"),
        ("mail.infirma.pl", "infirma.pl"),
        ("imap.infirma.com.pl", "poczta.infirma.com.pl"),
    ],
)
def test_a_name_of_the_same_owner_is_offered(host: str, name: str) -> None:
    assert siblings(host, (name,)) == [name]


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("infirma.pl", "mail.hoster.pl"),
        ("infirma.pl", "evil.pl"),
        ("infirma.com.pl", "evil.com.pl"),
        ("infirma.com.pl", "com.pl"),
        ("imap.infirma.pl", "*.infirma.pl"),
        ("imap.infirma.pl", "imap.infirma.pl"),
        ("infirma.home.pl", "evil.home.pl"),
        ("infirma.gda.pl", "evil.gda.pl"),
        ("infirma.lodz.pl", "evil.lodz.pl"),
        ("infirma.duckdns.org", "evil.duckdns.org"),
        ("10.0.0.1", "10.0.0.2"),
        ("imap.infirma.pl", "not a name"),
    ],
)
def test_a_strangers_name_is_not(host: str, name: str) -> None:
    assert siblings(host, (name,)) == []


@pytest.mark.parametrize(
    ("username", "address", "other"),
    [
        ("anna@infirma.pl", "anna@infirma.pl", "anna"),
        ("ANNA@infirma.pl", "anna@Infirma.pl", "anna"),
        ("anna", "anna@infirma.pl", "anna@infirma.pl"),
        ("", "anna@infirma.pl", "anna@infirma.pl"),
        ("biuro@infirma.pl", "anna@infirma.pl", "anna@infirma.pl"),
        ("anna@infirma.pl", "", "anna"),
        ("anna", "", None),
        ("anna", "@infirma.pl", None),
        ("anna", "an\r\nna@infirma.pl", None),
    ],
)
@pytest.mark.parametrize("side", Side)
def test_the_other_form_of_a_user_name_is_suggested(side: Side, username: str, address: str, other: str | None) -> None:
    found = [dict(fix.set) for fix in use_username(side, Outcome.AUTH_FAILED, username, address)]
    assert found == ([] if other is None else [{f"{side}-username": other}])


@pytest.mark.parametrize("outcome", sorted(set(Outcome) - {Outcome.AUTH_FAILED, Outcome.AUTH_OR_DISABLED}))
def test_a_user_name_is_suggested_after_a_refused_login_only(outcome: Outcome) -> None:
    assert use_username(Side.IMAP, outcome, "anna", "anna@infirma.pl") == ()


@pytest.mark.parametrize("outcome", Outcome)
def test_another_port_never_helps_inside_tls(outcome: Outcome) -> None:
    assert not another_port_may_help(outcome, greeted=True, encrypted=True)


def test_who_hangs_up_later_is_not_helped_by_another_port() -> None:
    assert another_port_may_help(Outcome.SERVER_CLOSED, greeted=False, encrypted=False)
    assert not another_port_may_help(Outcome.SERVER_CLOSED, greeted=True, encrypted=False)
