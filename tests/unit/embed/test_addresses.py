"""Origins and return addresses: one spelling each, and nothing that two readers could understand in two ways."""

import pytest

from app.embed import AddressRefused, Flaw, matches, parse_origin, parse_return_address


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("https://helpdesk.firma.pl", "https://helpdesk.firma.pl"),
        ("https://helpdesk.firma.pl:8443", "https://helpdesk.firma.pl:8443"),
        ("HTTPS://HelpDesk.Firma.PL", "https://helpdesk.firma.pl"),
        ("https://żółw.pl", "https://xn--w-uga1v8h.pl"),
        ("https://XN--W-UGA1V8H.pl", "https://xn--w-uga1v8h.pl"),
        ("https://203.0.113.7", "https://203.0.113.7"),
        ("https://[2001:DB8::0:1]:444", "https://[2001:db8::1]:444"),
        ("https://intranet", "https://intranet"),
        ("https://firma.pl:80", "https://firma.pl:80"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://[::1]", "http://[::1]"),
    ],
)
def test_an_origin_is_kept_as_browsers_write_it(typed, origin):
    assert parse_origin(typed) == origin
    assert parse_origin(origin) == origin


@pytest.mark.parametrize(
    ("typed", "flaw"),
    [
        ("", Flaw.SCHEME),
        ("null", Flaw.SCHEME),
        ("firma.pl", Flaw.SCHEME),
        ("//firma.pl", Flaw.SCHEME),
        ("https:firma.pl", Flaw.SCHEME),
        ("https:/firma.pl", Flaw.SCHEME),
        ("ftp://firma.pl", Flaw.SCHEME),
        ("javascript://firma.pl", Flaw.SCHEME),
        (" https://firma.pl", Flaw.SCHEME),
        ("http://firma.pl", Flaw.NOT_ENCRYPTED),
        ("http://localhost.firma.pl", Flaw.NOT_ENCRYPTED),
        ("http://127.0.0.2", Flaw.NOT_ENCRYPTED),
        ("*", Flaw.WILDCARD),
        ("https://*", Flaw.WILDCARD),
        ("https://*.firma.pl", Flaw.WILDCARD),
        ("https://firma.pl:*", Flaw.WILDCARD),
        ("https://firma.pl/", Flaw.PATH),
        ("https://firma.pl/a", Flaw.PATH),
        ("https://firma.pl?a", Flaw.PATH),
        ("https://firma.pl#a", Flaw.PATH),
        ("https://a@firma.pl", Flaw.USER_INFO),
        ("https://a:b@firma.pl", Flaw.USER_INFO),
        ("https://firma.pl:443", Flaw.DEFAULT_PORT),
        ("http://localhost:80", Flaw.DEFAULT_PORT),
        ("https://firma.pl:", Flaw.PORT),
        ("https://firma.pl:0", Flaw.PORT),
        ("https://firma.pl:0443", Flaw.PORT),
        ("https://firma.pl:65536", Flaw.PORT),
        ("https://firma.pl:٤٤", Flaw.PORT),
        ("https://firma.pl:44\n", Flaw.PORT),
        ("https://", Flaw.HOST),
        ("https://:8443", Flaw.HOST),
        ("https://firma.pl.", Flaw.HOST),
        ("https://-firma.pl", Flaw.HOST),
        ("https://firma..pl", Flaw.HOST),
        ("https://a%2eb.pl", Flaw.HOST),
        ("https://127.1", Flaw.HOST),
        ("https://2130706433", Flaw.HOST),
        ("https://[::1", Flaw.HOST),
        ("https://[firma.pl]", Flaw.HOST),
        ("https://::1", Flaw.PORT),
        ("https://firma.pl ", Flaw.CHARACTER),
        ("https://firma.pl\n", Flaw.CHARACTER),
        ("https://firma.pl\\a", Flaw.CHARACTER),
        ("https://firma.pl;frame-src", Flaw.HOST),
        ("https://firma.pl https://obca.pl", Flaw.PATH),
        ("https://" + "a" * 2000 + ".pl", Flaw.HOST),
    ],
)
def test_what_is_no_origin_is_refused_with_the_reason(typed, flaw):
    with pytest.raises(AddressRefused) as refused:
        parse_origin(typed)
    assert refused.value.flaw is flaw


@pytest.mark.parametrize(
    "address",
    [
        "https://firma.pl",
        "https://firma.pl/",
        "https://firma.pl:8443/konta?lang=pl&x=%20",
        "https://firma.pl/A/B(1);c,d'e@f",
        "https://xn--w-uga1v8h.pl/",
        "https://[2001:db8::1]/a",
        "http://localhost:8000/back",
        "http://127.0.0.1/back",
        "http://[::1]:8000/back",
    ],
)
def test_a_return_address_is_kept_as_it_was_written(address):
    assert parse_return_address(address) == address


@pytest.mark.parametrize(
    ("typed", "flaw"),
    [
        ("", Flaw.SCHEME),
        ("/back", Flaw.SCHEME),
        ("//obca.pl", Flaw.SCHEME),
        ("///obca.pl", Flaw.SCHEME),
        ("https:obca.pl", Flaw.SCHEME),
        ("https:/obca.pl", Flaw.SCHEME),
        ("javascript:alert(1)", Flaw.SCHEME),
        ("data://text/html", Flaw.SCHEME),
        (" https://firma.pl/", Flaw.SCHEME),
        ("\thttps://firma.pl/", Flaw.SCHEME),
        ("https://firma.pl/\\", Flaw.CHARACTER),
        ("https:\\\\firma.pl/", Flaw.SCHEME),
        ("https://firma.pl\\@obca.pl/", Flaw.CHARACTER),
        ("https://firma.pl/a b", Flaw.CHARACTER),
        ("https://firma.pl/a\tb", Flaw.CHARACTER),
        ("https://firma.pl/a\r\nSet-Cookie: a=b", Flaw.CHARACTER),
        ("https://firma.pl/\0", Flaw.CHARACTER),
        ("https://firma.pl/\u202e", Flaw.CHARACTER),
        ("https://firma.pl/żółw", Flaw.CHARACTER),
        ("https://żółw.pl/", Flaw.CHARACTER),
        ("https://firma。pl/", Flaw.CHARACTER),
        ('https://firma.pl/"', Flaw.CHARACTER),
        ("https://firma.pl/ ", Flaw.CHARACTER),
        ("https://firma.pl/\n", Flaw.CHARACTER),
        ("HTTPS://firma.pl/", Flaw.CASE),
        ("Https://firma.pl/", Flaw.CASE),
        ("https://Firma.pl/", Flaw.CASE),
        ("https://[2001:DB8::1]/", Flaw.CASE),
        ("https://firma.pl@obca.pl/", Flaw.USER_INFO),
        ("https://a:b@firma.pl/", Flaw.USER_INFO),
        ("https://@firma.pl/", Flaw.USER_INFO),
        ("https://firma.pl/#", Flaw.FRAGMENT),
        ("https://firma.pl/#a", Flaw.FRAGMENT),
        ("https://", Flaw.HOST),
        ("https:///back", Flaw.HOST),
        ("https://?a", Flaw.HOST),
        ("https://:443/", Flaw.HOST),
        ("https://firma.pl./", Flaw.HOST),
        ("https://127.1/", Flaw.HOST),
        ("https://0x7f.1/", Flaw.HOST),
        ("https://[2001:db8:0:0::1]/", Flaw.HOST),
        ("https://firma.pl:/", Flaw.PORT),
        ("https://firma.pl:00443/", Flaw.PORT),
        ("https://firma.pl:99999/", Flaw.PORT),
        ("http://firma.pl/", Flaw.NOT_ENCRYPTED),
        ("http://localhost@obca.pl/", Flaw.USER_INFO),
        ("http://localhost.obca.pl/", Flaw.NOT_ENCRYPTED),
        ("https://firma.pl/" + "a" * 2000, Flaw.TOO_LONG),
    ],
)
def test_what_is_no_return_address_is_refused_with_the_reason(typed, flaw):
    with pytest.raises(AddressRefused) as refused:
        parse_return_address(typed)
    assert refused.value.flaw is flaw


@pytest.mark.parametrize(
    "other",
    [
        "https://firma.pl",
        "https://firma.pl/back/",
        "https://firma.pl/Back",
        "https://FIRMA.pl/back",
        "https://firma.pl:443/back",
        "https://firma.pl/back?",
        "https://firma.pl/back?a=b",
        "https://firma.pl/./back",
        "https://firma.pl/%62ack",
        "https://firma.pl/back ",
    ],
)
def test_only_exactly_what_is_registered_matches(other):
    registered = ["https://firma.pl/", "https://firma.pl/back"]
    assert matches("https://firma.pl/back", registered)
    assert not matches(other, registered)
    assert not matches("https://firma.pl/back", [])
