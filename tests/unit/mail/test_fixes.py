"""Which host names may be offered in place of the typed one."""

import pytest

from app.mail.fixes import siblings


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
        ("10.0.0.1", "10.0.0.2"),
        ("imap.infirma.pl", "not a name"),
    ],
)
def test_a_strangers_name_is_not(host: str, name: str) -> None:
    assert siblings(host, (name,)) == []
