"""What is read out of documents in the shapes that providers write."""

from pathlib import Path

import pytest

from app.autodiscovery.autoconfig_xml import NotAutoconfig, Parsed, parse
from app.autodiscovery.offers import Way
from app.mail.settings import ConnectionSecurity, Side

CORPUS = Path(__file__).parent / "corpus"
ADDRESS = "Anna.Nowak@firma.example"
TLS, STARTTLS, NONE = ConnectionSecurity.TLS, ConnectionSecurity.STARTTLS, ConnectionSecurity.NONE

IMAP = """<incomingServer type="imap"><hostname>imap.firma.example</hostname><port>993</port>
<socketType>SSL</socketType><username>%EMAILADDRESS%</username>
<authentication>password-cleartext</authentication></incomingServer>"""
SMTP = """<outgoingServer type="smtp"><hostname>smtp.firma.example</hostname><port>465</port>
<socketType>SSL</socketType><username>%EMAILADDRESS%</username>
<authentication>password-cleartext</authentication></outgoingServer>"""
THE_IMAP = Way("imap.firma.example", 993, TLS, ADDRESS)
THE_SMTP = Way("smtp.firma.example", 465, TLS, ADDRESS)


def document(*sections: str, root: str = "") -> bytes:
    """Return a document whose provider has ``sections``, with ``root`` beside it."""
    provider = f"<emailProvider id='firma.example'>{''.join(sections)}</emailProvider>"
    return f"<clientConfig version='1.1'>{provider}{root}</clientConfig>".encode()


def read(*sections: str, root: str = "", address: str = ADDRESS) -> Parsed:
    return parse(document(*sections, root=root), address)


def example(name: str, address: str = ADDRESS) -> Parsed:
    return parse((CORPUS / f"{name}.xml").read_bytes(), address)


def test_a_plain_document_names_one_way_for_each_side():
    parsed = read("<displayName>Firma</displayName>", IMAP, SMTP)
    assert parsed.ways == {Side.IMAP: (THE_IMAP,), Side.SMTP: (THE_SMTP,)}
    assert parsed.note is not None
    assert (parsed.note.name, parsed.oauth_only) == ("Firma", frozenset())


def test_servers_stay_in_their_order_and_pop3_is_no_way():
    parsed = example("portal")
    assert parsed.ways[Side.IMAP] == (
        Way("poczta.portal.example", 993, TLS, "Anna.Nowak"),
        Way("poczta.portal.example", 143, STARTTLS, "Anna.Nowak"),
    )
    assert [way.port for way in parsed.ways[Side.SMTP]] == [465, 587]
    assert parsed.note is not None
    assert parsed.note.imap_switch
    assert parsed.note.help_url == "https://pomoc.portal.example/wlacz-imap"
    assert parsed.note.instructions == {"": "Switch IMAP on first.", "pl": "Najpierw włącz dostęp przez IMAP."}


@pytest.mark.parametrize(
    ("text", "username"),
    [
        ("%EMAILADDRESS%", "Anna.Nowak@firma.example"),
        ("%EMAILLOCALPART%", "Anna.Nowak"),
        ("%EMAILLOCALPART%.%EMAILDOMAIN%", "Anna.Nowak.firma.example"),
        ("%emailDomain%\\%EmailLocalPart%", "firma.example\\Anna.Nowak"),
        ("  %EMAILADDRESS%\n", "Anna.Nowak@firma.example"),
        ("biuro", "biuro"),
        ("100%", "100%"),
        ("", "Anna.Nowak@firma.example"),
    ],
)
def test_placeholders_are_filled_in(text, username):
    (way,) = read(IMAP.replace("%EMAILADDRESS%", text)).ways[Side.IMAP]
    assert way.username == username


def test_what_is_filled_in_is_not_filled_in_again():
    (way,) = read(IMAP, address="%EMAILDOMAIN%@firma.example").ways[Side.IMAP]
    assert way.username == "%EMAILDOMAIN%@firma.example"


def test_a_host_may_hold_the_domain_and_be_written_in_any_way():
    (way,) = read(IMAP.replace("imap.firma.example", " MAIL.%EMAILDOMAIN%. ")).ways[Side.IMAP]
    assert way.host == "mail.firma.example"
    (way,) = read(IMAP.replace("imap.firma.example", "poczta.żółw.example")).ways[Side.IMAP]
    assert way.host == "poczta.xn--w-uga1v8h.example"


@pytest.mark.parametrize(
    ("value", "other"),
    [
        ("SSL", "TLS"),  # TLS once meant STARTTLS
        ("SSL", "SSL/TLS"),
        ("SSL", ""),
        ("993", "0"),
        ("993", "65536"),
        ("993", "-993"),
        ("993", "993.0"),
        ("993", "٩٩٣"),
        ("993", "9" * 5000),
        ("993", ""),
        ("imap.firma.example", ""),
        ("imap.firma.example", "imap firma"),
        ("imap.firma.example", "imap.firma.example:993"),
        ("imap.firma.example", "https://imap.firma.example/"),
        ("imap.firma.example", "0x7f.1"),
        ("imap.firma.example", "%REALNAME%.example"),
        ("%EMAILADDRESS%", "%REALNAME%"),
        ("%EMAILADDRESS%", "anna\nnowak"),
        ("%EMAILADDRESS%", "anna&#x202e;"),
        ("%EMAILADDRESS%", "a" * 321),
        ("password-cleartext", "GSSAPI"),
        ("password-cleartext", "NTLM"),
        ("password-cleartext", "TLS-client-cert"),
        ("password-cleartext", "none"),
        ("password-cleartext", "carrier-pigeon"),
        ('type="imap"', 'type="pop3"'),
        ('type="imap"', 'type="jmap"'),
        ('type="imap"', ""),
    ],
)
def test_what_is_not_understood_ends_only_its_section(value, other):
    second = IMAP.replace("imap.", "imap2.")
    parsed = read(IMAP.replace(value, other, 1), second, SMTP)
    assert [way.host for way in parsed.ways[Side.IMAP]] == ["imap2.firma.example"]
    assert parsed.ways[Side.SMTP] == (THE_SMTP,)


@pytest.mark.parametrize(
    "authentication", ["password-cleartext", "plain", "password-encrypted", "secure", "SASL PLAIN"]
)
def test_a_password_has_several_names(authentication):
    assert read(IMAP.replace("password-cleartext", authentication)).ways[Side.IMAP] == (THE_IMAP,)


def test_capitals_and_small_letters_do_not_matter():
    shouting = IMAP.upper().replace("TYPE=", "type=").replace("%EMAILADDRESS%", "%EmailAddress%")
    assert read(shouting).ways[Side.IMAP] == (THE_IMAP,)


def test_of_several_securities_the_first_known_one_counts():
    several = IMAP.replace("<socketType>SSL", "<socketType>QUIC</socketType><socketType>STARTTLS")
    (way,) = read(several).ways[Side.IMAP]
    assert way.security is STARTTLS


@pytest.mark.parametrize("name", ["none", "client-IP-address"])
def test_an_outgoing_server_may_ask_for_no_password(name):
    (way,) = read(SMTP.replace("password-cleartext", name)).ways[Side.SMTP]
    assert not way.auth


@pytest.mark.parametrize("name", ["OAuth2", "OAuth", "SASL XOAUTH2"])
def test_a_password_beside_oauth_is_a_way(name):
    both = f"<authentication>{name}</authentication><authentication>password-cleartext</authentication>"
    parsed = read(IMAP.replace("<authentication>password-cleartext</authentication>", both))
    assert (parsed.ways[Side.IMAP], parsed.oauth_only) == ((THE_IMAP,), frozenset())


def test_a_side_that_only_oauth_opens_is_reported():
    parsed = example("oauth")
    assert parsed.oauth_only == {Side.IMAP, Side.SMTP}
    assert parsed.ways[Side.IMAP] == (Way("mail.wielka.example", 993, TLS, ADDRESS),)
    assert parsed.note is not None
    assert parsed.note.oauth_only


def test_a_way_with_a_password_outdoes_one_without():
    oauth = IMAP.replace("password-cleartext", "OAuth2").replace("imap.", "oauth.")
    parsed = read(oauth, IMAP)
    assert (parsed.ways[Side.IMAP], parsed.oauth_only) == ((THE_IMAP,), frozenset())


def test_the_same_way_counts_once():
    assert read(IMAP, IMAP).ways[Side.IMAP] == (THE_IMAP,)


def test_of_several_providers_the_one_of_the_domain_counts():
    parsed = example("hoster", "anna@klient.example")
    assert [way.host for way in parsed.ways[Side.IMAP]] == ["klient.hoster.example"]
    parsed = example("hoster", "anna@somebody-else.example")
    assert [way.host for way in parsed.ways[Side.IMAP]] == ["mail.hoster.example"]


@pytest.mark.parametrize("name", ["namespace", "bom", "utf16", "latin2", "empty_line_first", "newer"])
def test_the_same_is_read_however_it_is_packed(name):
    parsed = example(name)
    assert parsed.ways == {Side.IMAP: (THE_IMAP,), Side.SMTP: (THE_SMTP,)}
    assert parsed.note is not None
    assert parsed.note.name == "Żółta poczta"


@pytest.mark.parametrize(
    "url",
    [
        "http://pomoc.firma.example/",
        "https://evil.example/",
        "https://pomoc.firma.example@evil.example/",
        "https://firma.example.evil.test/",
        "javascript:alert(1)",
        'https://pomoc.firma.example/"><script>',
        "https://pomoc.firma.example/" + "a" * 600,
    ],
)
def test_a_link_is_kept_only_where_it_leads_to_whoever_runs_the_servers(url):
    link = url.replace('"', "&quot;").replace("<", "&lt;")
    note = read("<displayName>Firma</displayName>", f'<documentation url="{link}"/>', IMAP).note
    assert note is not None
    assert note.help_url is None


@pytest.mark.parametrize("place", ["provider", "root", "enable"])
def test_an_instruction_is_heard_wherever_it_stands(place):
    said = '<instruction xml:lang="PL">Ustaw  najpierw\n hasło.</instruction>'
    if place == "enable":
        said = f'<enable visiturl="https://www.firma.example/haslo">{said}</enable>'
    inside, root = (said, "") if place == "provider" else ("", said)
    note = read("<displayName>Firma</displayName>", inside, IMAP, root=root).note
    assert note is not None
    assert note.instructions == {"pl": "Ustaw najpierw hasło."}
    assert note.texts == ("set_up_first",)
    assert not note.imap_switch
    assert note.help_url == ("https://www.firma.example/haslo" if place == "enable" else None)


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("Go <b>there</b> now", "Go there now"),
        ("<p>First <i>th<b>i</b>s</i>,</p><p>then that.</p>", "First this, then that."),
        ("One<br/>two <!-- three -->four", "One two four"),
        ("Go " + "<b>" * 5000 + "far" + "</b>" * 5000 + " away", "Go far away"),
    ],
)
def test_an_instruction_with_markup_is_quoted_whole(markup, words):
    note = read("<displayName>Firma</displayName>", f"<instruction>{markup}</instruction>", IMAP).note
    assert note is not None
    assert note.instructions == {"": words}


NAMELESS = ["", "<displayName>%EMAILDOMAIN%</displayName>", "<displayName> </displayName>"]


def nameless(*sections: str) -> bytes:
    return document(*sections).replace(b" id='firma.example'", b"")


@pytest.mark.parametrize("name", NAMELESS)
def test_what_a_provider_without_a_name_says_is_told_by_its_domain(name):
    oauth = IMAP.replace("password-cleartext", "OAuth2")
    note = parse(nameless(name, oauth, SMTP, "<instruction>Read this.</instruction>"), ADDRESS).note
    assert note is not None
    assert (note.name, note.oauth_only, note.instructions) == ("firma.example", True, {"": "Read this."})


@pytest.mark.parametrize("name", NAMELESS)
def test_of_a_provider_without_a_name_that_says_nothing_there_is_no_note(name):
    assert parse(nameless(name, IMAP, SMTP), ADDRESS).note is None


def test_a_document_of_other_things_has_no_ways():
    parsed = example("pop3_only")
    assert parsed.ways == {Side.IMAP: (), Side.SMTP: ()}


@pytest.mark.parametrize("body", [b"<html><body>Not found</body></html>", b"<clientConfig/>", b"<emailProvider/>"])
def test_another_document_is_refused(body):
    with pytest.raises(NotAutoconfig):
        parse(body, ADDRESS)


def test_instructions_in_languages_without_end_are_cut_off():
    said = "".join(f"<instruction lang='x{number}'>{'Read this. ' * 40}</instruction>" for number in range(500))
    note = read("<displayName>Firma</displayName>", IMAP, SMTP, said).note
    assert note is not None
    assert len(note.instructions) == 40
    assert note.instructions["x0"].startswith("Read this.")
