"""Whatever is typed into whichever field: servers get exactly the commands of one check, or none at all."""

from collections.abc import Iterator

import pytest
from flask import Flask, g
from flask_babel import Babel
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from app.form_layouts import BUILT_IN, FIELD_NAMES
from app.mail.dial import AllowRule, NetworkRules
from app.mail.probe import collect, probe
from app.mail.usual_ports import PORT_SECURITY
from app.web.accounts.form_fields import DEFAULTS
from app.web.accounts.forms import AccountForm
from app.web.accounts.opened import Opened
from tests.fakes.mail_server import ScriptedServer, imap, serving, smtp

IMAP_COMMANDS = [b"AUTHENTICATE", b"EXAMINE", b"LOGOUT"]
# All of a check; the same where the form says that nobody has to sign in; and where the sender cannot be sent there.
SMTP_COMMANDS = [
    [b"EHLO", b"AUTH", b"MAIL", b"RSET", b"QUIT"],
    [b"EHLO", b"MAIL", b"RSET", b"QUIT"],
    [b"EHLO", b"AUTH"],
]
# Bytes that end a command, close a bracket or begin a literal, among everything else.
TYPED = st.one_of(
    st.text(max_size=60),
    st.text(alphabet='\r\n\0\t <>{}()[]"\\%*@.:;=+-~ażA1', max_size=30),
    st.sampled_from(["x\r\nA1 DELETE INBOX", "a> SIZE=1", "{5}\r\nhello", "a\0b", "a@b\r\nRCPT TO:<c@d>"]),
)


def commands(server: ScriptedServer, place: int) -> list[bytes]:
    """Return the word at ``place`` of each line that ``server`` was sent: the second of IMAP's, the first of SMTP's."""
    lines = b"".join(bytes(received) for received in server.received).splitlines()
    return [line.split(b" ")[place].upper() for line in lines]


@pytest.fixture(scope="module", autouse=True)
def _request() -> Iterator[None]:
    app = Flask("fuzz")
    Babel(app)
    with app.test_request_context():
        # There is no database here that could be asked which stationery there is.
        g.stationery_choices = [(7, "Firmowa", False)]
        yield


@pytest.mark.parametrize("name", [name for name in FIELD_NAMES if not name.endswith(("-host", "-port"))])
@settings(max_examples=25, deadline=None)
@given(typed=TYPED)
def test_the_wire_holds_one_check_or_nothing(name: str, typed: str) -> None:
    with serving(imap()) as incoming, serving(smtp()) as outgoing:
        form = posted_form(incoming.port, outgoing.port, **{name: typed})
        valid = form.validate()
        if valid:
            rules = NetworkRules(
                allow=(AllowRule.parse("127.0.0.0/8:*"),), ports=frozenset({incoming.port, outgoing.port})
            )
            collect(probe(form.details().probe_request, rules))
        # The farewell comes after the verdict; the servers end with whoever talks to them.
        for thread in [*incoming._threads, *outgoing._threads]:
            thread.join(5)
    assert commands(incoming, 1) == (IMAP_COMMANDS if valid else [])
    assert commands(outgoing, 0) in (SMTP_COMMANDS if valid else [[]])


def posted_form(imap_port: int, smtp_port: int, **changes: str) -> AccountForm:
    """Return the form as somebody has sent it."""
    posted = MultiDict(
        {
            "name": "Biuro",
            "email": "biuro@infirma.pl",
            "colour": "#2f74d0",
            "imap-host": "127.0.0.1",
            "imap-port": str(imap_port),
            "imap-security": "none",
            "imap-username": "anna",
            "imap-password": "secret",
            "smtp-host": "127.0.0.1",
            "smtp-port": str(smtp_port),
            "smtp-security": "none",
            "smtp-auth": "y",
            "smtp-username": "anna",
            "smtp-password": "secret",
            "active": "y",
        }
        | changes
    )
    form = AccountForm(BUILT_IN, DEFAULTS, Opened.fresh(additional=True))
    form.take(posted, PORT_SECURITY)
    return form
