"""What people paste is understood, or refused with one sentence that says what to do."""

import pytest
from flask import Flask
from flask_babel import Babel
from werkzeug.datastructures import MultiDict
from wtforms import Field
from wtforms.form import BaseForm

from app.mail.settings import Side
from app.web.fields import (
    AddressField,
    ColourField,
    HostField,
    NameField,
    PortField,
    SecretField,
    SwitchField,
    UsernameField,
    trimmed,
)
from tests import cast


@pytest.fixture(autouse=True)
def _english():
    app = Flask("fields")
    Babel(app)
    with app.test_request_context(headers={"Accept-Language": "en"}):
        yield


def posted(unbound: object, *values: str, stored: object = None) -> Field:
    """Return the field after ``values`` were posted to it and judged."""
    form = BaseForm({"field": unbound})
    form.process(MultiDict([("field", value) for value in values]), data={"field": stored})
    form.validate()
    return form["field"]


def host(text: str, side: Side = Side.IMAP) -> Field:
    return posted(HostField("Server", side=side, missing="Type a server."), text)


@pytest.mark.parametrize(
    ("text", "name", "port"),
    [
        ("imap.x.pl", "imap.x.pl", None),
        ("\u00a0 imap.x.pl\u200b\t", "imap.x.pl", None),
        ("IMAP.X.PL.", "imap.x.pl", None),
        ("imap.x.pl:993", "imap.x.pl", 993),
        ("imap.x.pl\uff1a\uff19\uff19\uff13", "imap.x.pl", 993),
        ("imaps://imap.x.pl:993/", "imap.x.pl", 993),
        ("SSL://imap.x.pl", "imap.x.pl", None),
        ("\uff11\uff19\uff12.0.2.10", "192.0.2.10", None),
        ("imap\u3002x\u3002pl", "imap.x.pl", None),
        ("2001:DB8::1", "2001:db8::1", None),
        ("[2001:db8::1]:993", "2001:db8::1", 993),
        ("mail", "mail", None),
        ("POCZTA.ŻÓŁW.pl", "poczta.xn--w-uga1v8h.pl", None),
    ],
)
def test_a_server_is_understood(text, name, port):
    field = host(text)
    assert (field.errors, field.data, field.given.port) == ([], name, port)


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("127.1", "IP address in full"),
        ("0x7f.1", "IP address in full"),
        ("2130706433", "IP address in full"),
        ("127.0.0.1.", "IP address in full"),
        ("256.1.1.1", "IP address in full"),
        ("https://poczta.x.pl/", "not a web address"),
        ("imap.x.pl/INBOX", "letters, digits"),
        ("imaps://imap.x.pl/INBOX", "not a web address"),
        ("smtp://imap.x.pl", "not a web address"),
        ("biuro@x.pl", "what follows the @"),
        ("imap://biuro@x.pl", "what follows the @"),
        ("imap x.pl", "without spaces"),
        ("imap.x.pl:imap", "Type the port in its own field"),
        ("imap.x.pl:0", "Type the port in its own field"),
        ("imap.x.pl:65536", "Type the port in its own field"),
        ("[imap.x.pl]", "letters, digits"),
        ("fe80::1%eth0", "letters, digits"),
        ("imap..x.pl", "letters, digits"),
        ("-imap.x.pl", "letters, digits"),
        (f"{'a' * 64}.pl", "letters, digits"),
        (f"{'a.' * 130}pl", "letters, digits"),
        ("imap.x.pl\0.wp.pl", "one line"),
        ("imap.x.pl\r\nimap.y.pl", "one line"),
        ("", "Type a server."),
        (" \u200b ", "Type a server."),
    ],
)
def test_a_server_that_makes_no_sense_is_refused(text, advice):
    field = host(text)
    assert len(field.errors) == 1
    assert advice in field.errors[0]
    assert field._value() == text


def test_each_side_understands_its_own_kind_of_address():
    assert host("smtps://smtp.x.pl", Side.SMTP).data == "smtp.x.pl"
    assert host("submission://smtp.x.pl:587", Side.SMTP).given.port == 587
    assert "not a web address" in host("imaps://smtp.x.pl", Side.SMTP).errors[0]


def test_a_stored_server_is_shown_in_its_own_script():
    form = BaseForm({"field": HostField("Server", side=Side.IMAP)})
    form.process(None, data={"field": "xn--w-uga1v8h.pl"})
    assert form["field"]._value() == "żółw.pl"


@pytest.mark.parametrize(("text", "number"), [("993", 993), (" 0993 ", 993), ("\uff19\uff19\uff13", 993), ("٩٩٣", 993)])
def test_a_port_is_understood(text, number):
    assert posted(PortField("Port", side=Side.IMAP), text).data == number


@pytest.mark.parametrize("text", ["0", "65536", "-993", "9 93", "993.0", "1e3", "²", "993/tcp", "9" * 5000])
def test_a_port_that_is_none_is_refused(text):
    assert "from 1 to 65535, for example 465" in posted(PortField("Port", side=Side.SMTP), text).errors[0]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (" biuro@infirma.pl ", "biuro@infirma.pl"),
        ("Biuro@INFIRMA.PL", "Biuro@infirma.pl"),
        ("mailto:biuro@infirma.pl", "biuro@infirma.pl"),
        ("biuro@infirma.pl.", "biuro@infirma.pl"),
        ("biuro@żółw.pl", "biuro@żółw.pl"),
        ("biuro@xn--w-uga1v8h.pl", "biuro@żółw.pl"),
        ("żółw@infirma.test", "żółw@infirma.test"),
    ],
)
def test_an_address_is_understood(text, address):
    assert posted(AddressField("Address"), text).data == address


@pytest.mark.parametrize(
    "text",
    ["biuro", "@infirma.pl", "biuro@", "a@localhost", "a@x.localhost", "a b@x.pl", "a@b@x.pl", "a@[192.0.2.1]",
     "a..b@x.pl", f"a@{'b.' * 160}pl", "a@x.pl\r\nBcc: b@x.pl", "Anna <anna@x.pl", "<>"],
)  # fmt: skip
def test_an_address_that_is_none_is_refused_with_one_sentence(text):
    assert len(posted(AddressField("Address"), text).errors) == 1


def test_a_name_is_tidied_and_bounded():
    assert posted(NameField("Name"), "  Biuro \u00a0 obsługi ").data == "Biuro obsługi"
    assert posted(NameField("Name"), "ż" * 200).errors == []
    assert "at most 200" in posted(NameField("Name"), "ż" * 201).errors[0]


def test_a_user_name_keeps_everything_but_outer_spaces():
    assert posted(UsernameField("User name"), " INFIRMA\\anna nowak ").data == "INFIRMA\\anna nowak"
    assert "at most 320" in posted(UsernameField("User name"), "a" * 321).errors[0]


@pytest.mark.parametrize("character", ["\r", "\n", "\0", "\x1b", "\x85"])
def test_control_characters_are_no_part_of_a_user_name(character):
    assert "one line" in posted(UsernameField("User name"), f"an{character}na").errors[0]


@pytest.mark.parametrize("secret", [" spaced ", "zażółć", "a\tb", "\u200bzero", "  ", "a" * 1000])
def test_a_password_is_taken_exactly_as_typed(secret):
    assert posted(SecretField("Password", missing="Type it."), secret).data == secret


@pytest.mark.parametrize(("secret", "slip"), [(" a", True), ("a ", True), ("  ", True), ("a b", False), ("a", False)])
def test_outer_spaces_of_a_password_are_a_slip_and_no_error(secret, slip):
    field = posted(SecretField("Password", missing="Type it."), secret)
    assert field.errors == []
    assert field.data == secret
    details = cast.details(imap_password=field.data)
    assert details.spaced_passwords == ({"imap-password"} if slip else set())


@pytest.mark.parametrize("secret", ["a\rb", "a\nb", "a\0b", "a" * 1001])
def test_a_password_that_no_server_can_take_is_refused_and_not_repeated(secret):
    field = posted(SecretField("Password", missing="Type it."), secret)
    assert len(field.errors) == 1
    assert secret not in field.errors[0]
    assert field.data is None


def test_a_blank_password_is_refused_unless_one_is_kept():
    form = BaseForm({"field": SecretField("Password", missing="Type it.")})
    form.process(MultiDict({"field": ""}))
    assert not form.validate()
    assert form["field"].errors == ["Type it."]
    form["field"].kept = "Unchanged"
    assert form.validate()
    assert form["field"].data is None


def colour(*values: str) -> Field:
    return posted(ColourField("Colour", choices=[("#2f74d0", "Blue")]), *values, stored="#1f8a5b")


@pytest.mark.parametrize(
    ("values", "chosen"),
    [
        (["#2F74D0", "#000000"], "#2f74d0"),
        (["", "#ABCDEF"], "#abcdef"),
        (["#abc"], "#aabbcc"),
        (["abcdef"], "#abcdef"),
        (["", ""], "#1f8a5b"),
        ([], "#1f8a5b"),
    ],
)
def test_a_colour_comes_from_the_palette_else_from_the_picker_else_stays(values, chosen):
    assert colour(*values).data == chosen


@pytest.mark.parametrize("value", ["red", "#12", "#gggggg", "#12345678", "url(x)"])
def test_a_colour_that_is_none_is_refused(value):
    assert "palette" in colour(value).errors[0]


@pytest.mark.parametrize(("values", "on"), [(["y"], True), (["on"], True), ([""], False), (["0"], False), ([], False)])
def test_a_switch_that_is_not_sent_is_off(values, on):
    assert posted(SwitchField("Active"), *values, stored=True).data is on


def test_trimming_goes_through_mixed_visible_and_invisible_spaces():
    assert trimmed("\ufeff \u200b a b \u2060\u3000") == "a b"
