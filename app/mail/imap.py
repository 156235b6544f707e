"""What a check says to an IMAP server."""

import base64
import re

from app.mail.connection import Connection
from app.mail.failures import Refused, StepFailed
from app.mail.greetings import Protocol, protocol_of
from app.mail.imap_client import NONSENSE, Imap
from app.mail.outcomes import Outcome
from app.mail.replies import Phase, judge
from app.mail.result import StepName
from app.mail.settings import ConnectionSecurity, ServerSettings

_TLS_GREETING = b"* OK\r\n"
# Mechanisms that prove a password: where one of them is offered, LOGIN is too (unless LOGINDISABLED).
_PASSWORD_MECHANISMS = re.compile(r"(LOGIN|CRAM-MD5|DIGEST-MD5|SCRAM-.*)\Z")


class ImapSession:
    """One conversation, step by step; every method raises StepFailed."""

    last_step = StepName.INBOX

    def __init__(self, connection: Connection, settings: ServerSettings) -> None:
        self._connection = connection
        self._settings = settings
        self._opened: Imap | None = None
        self.needs_login = True

    @property
    def client(self) -> Imap:
        """The client. Raises StepFailed as long as nothing was greeted."""
        if self._opened is None:
            raise StepFailed(Outcome.PROTOCOL_ERROR)
        return self._opened

    @property
    def capabilities(self) -> tuple[str, ...]:
        """What the server said it can do, in this state of the connection."""
        return () if self._opened is None else self._opened.lines.capabilities

    @property
    def offers_starttls(self) -> bool:
        """Whether the server offers STARTTLS."""
        return self.needs_login and "STARTTLS" in self.capabilities

    def greet(self) -> None:
        """Read the greeting and learn the capabilities."""
        line = self._connection.readline()
        protocol = protocol_of(line)
        if protocol is not Protocol.IMAP:
            known = protocol is not Protocol.UNKNOWN
            raise StepFailed(
                Outcome.WRONG_PROTOCOL if known else Outcome.PROTOCOL_ERROR, detail=protocol.value if known else None
            )
        status, _, text = line.partition(b" ")[2].partition(b" ")
        if status.strip().upper() == b"BYE":
            refused = Refused("BYE", text.decode("utf-8", "replace"))
            raise StepFailed(judge(Phase.GREETING, refused), refused.text)
        self.needs_login = status.strip().upper() != b"PREAUTH"
        if not self.needs_login and self._settings.security is ConnectionSecurity.STARTTLS:
            raise StepFailed(Outcome.TLS_UNSAFE, detail="logged in before TLS")
        self._connection.next_operation()
        self._open(line)

    def ask_starttls(self) -> None:
        """Ask for TLS; returns if the handshake may begin."""
        try:
            self.client.lines.run("STARTTLS")
        except Refused as refused:
            closed = refused.status == "BYE"
            raise StepFailed(Outcome.TLS_FAILED if closed else Outcome.TLS_REQUIRED, refused.text) from refused
        except NONSENSE as error:
            raise StepFailed(Outcome.TLS_UNSAFE) from error
        except StepFailed as failure:
            # "+ go ahead" is neither yes nor no.
            if failure.outcome is Outcome.PROTOCOL_ERROR:
                raise StepFailed(Outcome.TLS_UNSAFE) from failure
            raise

    def resume(self) -> None:
        """Begin anew inside TLS: nothing that was said before it is believed."""
        self._open(_TLS_GREETING)

    def login(self) -> None:
        """Log in, once."""
        mechanisms = {word.removeprefix("AUTH=") for word in self.capabilities if word.startswith("AUTH=")}
        try:
            if "PLAIN" in mechanisms:
                self._login_plain()
            else:
                self._check_login_allowed(mechanisms)
                self._login_plainly()
        except Refused as refused:
            raise StepFailed(judge(Phase.LOGIN, refused), refused.text) from refused
        except NONSENSE as error:
            raise StepFailed(Outcome.PROTOCOL_ERROR) from error
        self.client.lines.state = "AUTH"
        self.client.lines.keep_capabilities()

    def finish(self) -> None:
        """Open the inbox, read-only."""
        try:
            self.client.select_folder("INBOX", readonly=True)
        except Refused as refused:
            raise StepFailed(judge(Phase.INBOX, refused), refused.text) from refused
        except NONSENSE as error:
            raise StepFailed(Outcome.PROTOCOL_ERROR) from error

    def farewell(self) -> None:
        """Say goodbye without waiting for the answer."""
        self.client.lines.send(b"Z LOGOUT\r\n")

    def _open(self, greeting: bytes) -> None:
        try:
            self._opened = Imap(self._connection, greeting)
        except Refused as refused:
            raise StepFailed(judge(Phase.COMMAND, refused), refused.text) from refused
        except NONSENSE as error:
            raise StepFailed(Outcome.PROTOCOL_ERROR) from error

    def _check_login_allowed(self, mechanisms: set[str]) -> None:
        oauth = not mechanisms.isdisjoint({"XOAUTH2", "OAUTHBEARER"})
        password = any(_PASSWORD_MECHANISMS.match(mechanism) for mechanism in mechanisms)
        if oauth and not password:
            raise StepFailed(Outcome.OAUTH_REQUIRED)
        if "LOGINDISABLED" in self.capabilities:
            raise StepFailed(Outcome.LOGIN_DISABLED)
        if mechanisms and not password:
            raise StepFailed(Outcome.AUTH_METHOD_MISSING)

    def _login_plain(self) -> None:
        response = base64.b64encode(f"\0{self._settings.username}\0{self._settings.password}".encode())
        if "SASL-IR" in self.capabilities:
            # RFC 4959: the response travels with the command.
            self.client.lines.run("AUTHENTICATE", "PLAIN", response.decode("ascii"))
        else:
            self.client.lines.run("AUTHENTICATE", "PLAIN", literals=(response,))

    def _login_plainly(self) -> None:
        username, password = self._settings.username.encode(), self._settings.password.encode()
        if username.isascii() and password.isascii():
            # imaplib quotes the password only.
            self.client.login(self.client.lines._quote(self._settings.username), self._settings.password)
            return
        # Only a literal may hold other characters (RFC 3501, 4.3).
        literals = (username + b" {%d}" % len(password), password)
        self.client.lines.run("LOGIN", f"{{{len(username)}}}", literals=literals)
