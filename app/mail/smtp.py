"""SMTP: smtplib on a connection of ours, with its weak places walled in."""

import base64
import ipaddress
import re
import smtplib

from app.mail.address import HostInvalid, canonical_host
from app.mail.connection import Connection
from app.mail.failures import Refused, StepFailed
from app.mail.greetings import Protocol, protocol_of
from app.mail.outcomes import Outcome
from app.mail.replies import Phase, judge
from app.mail.result import StepName
from app.mail.settings import ServerSettings

_REPLY_LINE = re.compile(rb"([2-5]\d\d)(?:([ -])(.*))?\r\n\Z", re.DOTALL)
# What may not stand between the angle brackets of MAIL FROM and RCPT TO.
NOT_BETWEEN_BRACKETS = re.compile(r"[\x00-\x20\x7f<>\ud800-\udfff]")
# RFC 4954, 6 has a code for it (530), which not everybody uses.
_WANTS_LOGIN = re.compile(
    r"auth\w* (?:is )?(?:required|needed)|(?:must|please) (?:first )?(?:auth|log ?in)|not authenticated", re.IGNORECASE
)


class BoundedSmtp(smtplib.SMTP):
    """smtplib that reads and writes through a Connection."""

    def __init__(self, connection: Connection) -> None:
        # Without a name smtplib would look this machine up; the address literal is always true (RFC 5321, 4.1.3).
        super().__init__(local_hostname=_address_literal(connection.own_address))
        self._connection = connection

    def send(self, s: str | bytes) -> None:  # type: ignore[override]  # typeshed allows any buffer
        """Send ``s``. Raises StepFailed."""
        self._connection.sendall(s.encode(self.command_encoding) if isinstance(s, str) else s)

    def getreply(self) -> tuple[int, bytes]:
        """Return the code and the joined lines of a reply. Raises StepFailed."""
        lines: list[bytes] = []
        while True:
            found = _REPLY_LINE.match(self._connection.readline())
            if found is None:
                raise StepFailed(Outcome.PROTOCOL_ERROR)
            lines.append((found[3] or b"").strip())
            if found[2] != b"-":
                return int(found[1]), b"\n".join(lines)

    def close(self) -> None:
        """Close without a word."""
        self._connection.close()

    def ask(self, command: str, argument: str = "") -> tuple[int, str]:
        """Send a command and return the reply's code and text. Raises StepFailed."""
        code, text = self.docmd(command, argument)
        return code, text.decode("utf-8", "replace")


class SmtpSession:
    """What a check says to an SMTP server, step by step; every method raises StepFailed."""

    last_step = StepName.SENDER

    def __init__(self, connection: Connection, settings: ServerSettings) -> None:
        self._connection = connection
        self._settings = settings
        self.client = BoundedSmtp(connection)
        self.needs_login = settings.auth

    @property
    def capabilities(self) -> tuple[str, ...]:
        """What the server said it can do, in this state of the connection."""
        features = self.client.esmtp_features.items()
        return tuple(f"{name} {value}".strip().upper() for name, value in features)

    @property
    def offers_starttls(self) -> bool:
        """Whether the server offers STARTTLS."""
        return bool(self.client.has_extn("starttls"))

    def greet(self) -> None:
        """Read the greeting and learn the extensions."""
        line = self._connection.readline()
        protocol = protocol_of(line)
        if protocol is not Protocol.SMTP:
            known = protocol is not Protocol.UNKNOWN
            raise StepFailed(
                Outcome.WRONG_PROTOCOL if known else Outcome.PROTOCOL_ERROR, detail=protocol.value if known else None
            )
        lines = [line]
        while lines[-1][3:4] == b"-":
            lines.append(self._connection.readline())
        if not line.startswith(b"220"):
            text = b"\n".join(each[4:].strip() for each in lines).decode("utf-8", "replace")
            refused = Refused(line[:3].decode("ascii"), text)
            raise StepFailed(judge(Phase.GREETING, refused), spoken(refused))
        self._connection.next_operation()
        self._hello()

    def ask_starttls(self) -> None:
        """Ask for TLS; returns if the handshake may begin."""
        try:
            code, text = self.client.ask("STARTTLS")
        except StepFailed as failure:
            # What is not even a reply is neither yes nor no.
            if failure.outcome is Outcome.PROTOCOL_ERROR:
                raise StepFailed(Outcome.TLS_UNSAFE) from failure
            raise
        if code == 220:
            return
        if 400 <= code < 500:
            raise StepFailed(Outcome.TLS_FAILED, f"{code} {text}")
        # 354 asks for more, which is a refusal to begin now; any other "yes" is not the one that was asked for.
        refusal = code >= 500 or code == 354
        raise StepFailed(Outcome.TLS_REQUIRED if refusal else Outcome.TLS_UNSAFE, f"{code} {text}")

    def resume(self) -> None:
        """Begin anew inside TLS: nothing that was said before it is believed."""
        self.client = BoundedSmtp(self._connection)
        self._hello()

    def login(self) -> None:
        """Log in, once."""
        mechanisms = set(self.client.esmtp_features.get("auth", "").upper().split())
        if "PLAIN" in mechanisms:
            response = _base64(f"\0{self._settings.username}\0{self._settings.password}")
            code, text = self.client.ask("AUTH", f"PLAIN {response}")
            if code == 334:  # an older server that wants the command first (RFC 4954, 4)
                code, text = self.client.ask(response)
        elif "LOGIN" in mechanisms:
            code, text = self._login_in_two()
        else:
            oauth = not mechanisms.isdisjoint({"XOAUTH2", "OAUTHBEARER"})
            raise StepFailed(Outcome.OAUTH_REQUIRED if oauth else Outcome.AUTH_METHOD_MISSING)
        if 300 <= code < 400:
            # It still waits for something: whatever came next would be taken for another answer.
            raise StepFailed(Outcome.PROTOCOL_ERROR, detail="unexpected continuation")
        if code != 235:
            refused = Refused(str(code), text)
            raise StepFailed(judge(Phase.LOGIN, refused), spoken(refused))

    def finish(self) -> None:
        """Offer the sender; nothing is sent."""
        sender, parameters = self.sender()
        # smtplib would encode as ASCII; the brackets are ours, so that no argument can close them.
        self.client.command_encoding = "utf-8"
        code, text = self.client.ask("MAIL", f"FROM:<{sender}>{parameters}")
        if code != 250:
            refused = Refused(str(code), text)
            needs_login = not self._settings.auth and (code == 530 or bool(_WANTS_LOGIN.search(text)))
            detail = "authentication required" if needs_login else None
            raise StepFailed(judge(Phase.SENDER, refused), spoken(refused), detail)

    def farewell(self) -> None:
        """Take the sender back and say goodbye, without waiting for the answers."""
        # RFC 2920: both may travel together; a server that does not know pipelining has nothing to lose here.
        self._connection.sendall(b"RSET\r\nQUIT\r\n")

    def _hello(self) -> None:
        code, text = self.client.ehlo()
        if 500 <= code < 600:  # RFC 5321, 3.2: an older server knows HELO only
            code, text = self.client.helo()
        if code != 250:
            refused = Refused(str(code), text.decode("utf-8", "replace"))
            raise StepFailed(judge(Phase.COMMAND, refused), spoken(refused))

    def _login_in_two(self) -> tuple[int, str]:
        code, text = self.client.ask("AUTH", "LOGIN")
        for secret in (self._settings.username, self._settings.password):
            if code != 334:
                break
            code, text = self.client.ask(_base64(secret))
        return code, text

    def sender(self) -> tuple[str, str]:
        """Return the envelope address and the parameters that it needs. Raises StepFailed."""
        sender = self._settings.sender or (self._settings.username if "@" in self._settings.username else "")
        if NOT_BETWEEN_BRACKETS.search(sender):
            raise StepFailed(Outcome.REJECTED_SENDER, detail="not an address")
        if sender.isascii():
            return sender, ""
        local, _, domain = sender.rpartition("@")
        try:
            domain = canonical_host(domain)
        except HostInvalid as error:
            raise StepFailed(Outcome.REJECTED_SENDER, detail="not an address") from error
        if local.isascii():
            return f"{local}@{domain}", ""
        if not self.client.has_extn("smtputf8"):
            raise StepFailed(Outcome.REJECTED_SENDER, detail="no international addresses")
        return sender, " SMTPUTF8"


def spoken(refused: Refused) -> str:
    """Return what the server said, with its code."""
    return f"{refused.status} {refused.text}"


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


def _address_literal(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "[127.0.0.1]"
    return f"[IPv6:{parsed}]" if parsed.version == 6 else f"[{parsed}]"
