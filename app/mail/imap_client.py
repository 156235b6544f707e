"""imaplib and imapclient on a connection of ours, with their weak places walled in."""

import imaplib
import re
from collections.abc import Iterable
from typing import Any

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from app.mail.connection import Connection
from app.mail.failures import Refused, StepFailed
from app.mail.outcomes import Outcome

_STATUS = re.compile(rb"([^ +]+ (?:[0-9]+ )?)([A-Z-]+)(?=[ \r])( ?)", re.IGNORECASE)
# A server that says BYE may take this long, in seconds, to finish its sentence and close.
_BYE_SECONDS = 1.0
# What imaplib and imapclient raise when an answer makes no sense to them.
NONSENSE = (
    imaplib.IMAP4.error,
    IMAPClientError,
    ValueError,
    LookupError,
    ArithmeticError,
    AttributeError,
    TypeError,
    AssertionError,
    RecursionError,
)


class BoundedImap4(imaplib.IMAP4):
    """imaplib that reads and writes through a Connection, and says exactly how a command was refused.

    The greeting has been read already; after STARTTLS, where a server does not greet again, one is made up.
    """

    # imaplib draws four letters for each connection, and compiling what it recognises answers by takes 0.3 ms.
    tagpre = property(lambda _self: b"AAAA", lambda _self, _drawn: None)

    def __init__(self, connection: Connection, greeting: bytes) -> None:
        self._connection = connection
        self._greeting: bytes | None = greeting
        self._after_literal = False
        self.capabilities: tuple[str, ...] = ()
        super().__init__()

    def open(self, host: str = "", port: int = 0, timeout: float | None = None) -> None:
        """Do nothing: the connection is open."""

    def read(self, size: int) -> bytes:
        """Return ``size`` bytes of a literal. Raises StepFailed."""
        self._after_literal = True
        return self._connection.read(size)

    def readline(self) -> bytes:
        """Return a line with its status word in capitals (RFC 9051, 9: case does not matter). Raises StepFailed."""
        line, self._greeting = self._greeting or self._connection.readline(), None
        after_literal, self._after_literal = self._after_literal, False
        if after_literal and not line.startswith((b" ", b")", b"\r\n")):
            raise StepFailed(Outcome.PROTOCOL_ERROR, detail="literal longer than announced")
        # Some servers end after the status word; imaplib wants a blank behind it.
        return _STATUS.sub(lambda found: found[1] + found[2].upper() + b" ", line, count=1)

    def send(self, data: bytes | Iterable[bytes]) -> None:  # type: ignore[override]  # typeshed allows any buffer
        """Send ``data``, or the pieces of a literal one by one. Raises StepFailed."""
        if isinstance(data, bytes):
            self._connection.sendall(data)
            return
        for piece in data:
            self._connection.next_operation()
            self._connection.sendall(piece)
        # Much of it may still be on its way, and giving up on it would only mean to send it all again.
        self._connection.allow(None, Outcome.TIMEOUT_TOTAL)

    def shutdown(self) -> None:
        """Close without a word."""
        self._connection.close()

    def run(self, name: str, *args: str, literals: tuple[bytes | Iterable[bytes], ...] = ()) -> None:
        """Run a command; ``literals`` follow one by one, as the server asks for them. Raises Refused, StepFailed."""
        self.literal = _Literals(*literals).next_part if literals else None  # type: ignore[assignment]  # see _Literals
        self._simple_command(name, *args)

    def keep_capabilities(self) -> bool:
        """Take over the capabilities if the server has just said them, and return whether it has."""
        told = self.untagged_responses.pop("CAPABILITY", None)
        if told is None or not isinstance(told[-1], bytes):
            return False
        # imaplib takes everything up to the last bracket of the line: "[CAPABILITY IMAP4rev1] [host] ready".
        self.capabilities = tuple(told[-1].partition(b"]")[0].decode("ascii", "replace").upper().split())
        return bool(self.capabilities)

    def _log(self, line: object) -> None:
        """Keep nothing: imaplib remembers the last ten lines, the password among them."""

    def _get_capabilities(self) -> None:
        # The greeting often says them, which saves a round trip.
        if not self.keep_capabilities():
            self.run("CAPABILITY")
            self.keep_capabilities()
        if "IMAP4REV2" in self.capabilities:  # imaplib knows revision 1 only
            self.capabilities += ("IMAP4REV1",)

    def _simple_command(self, name: str, *args: str) -> tuple[str, list[Any]]:
        try:
            tag = self._command(name, *args)
            while self.tagged_commands[tag] is None:
                if self._get_response() is None:
                    raise StepFailed(Outcome.PROTOCOL_ERROR, detail="unexpected continuation")
        except StepFailed as failure:
            if failure.outcome is not Outcome.SERVER_CLOSED or "BYE" not in self.untagged_responses:
                raise
            raise Refused("BYE", self._said([])) from failure
        answer: tuple[str, list[Any]] = self.tagged_commands.pop(tag)  # type: ignore[assignment]  # typeshed: no tuple
        if answer[0] != "OK":
            raise Refused(answer[0], self._said(answer[1]))
        return answer

    def _get_response(self) -> bytes | None:
        response: bytes | None = super()._get_response()  # type: ignore[misc]  # private, and missing in typeshed
        if "BYE" in self.untagged_responses:
            self._connection.allow(_BYE_SECONDS, Outcome.SERVER_CLOSED)
        return response

    def _said(self, tagged: list[Any]) -> str:
        # Gmail says why in an untagged NO before the tagged one; Courier in a BYE.
        said = [*self.untagged_responses.get("NO", ()), *tagged, *self.untagged_responses.get("BYE", ())]
        return "\n".join(line.decode("utf-8", "replace") for line in said if isinstance(line, bytes))


class _Literals:
    """What follows a command, part by part, as the server asks for it. imaplib takes only a bound method."""

    def __init__(self, *parts: bytes | Iterable[bytes]) -> None:
        self._parts = list(parts)

    def next_part(self, _continuation: bytes) -> bytes | Iterable[bytes]:
        """Return what to send now. Raises StepFailed if the server asks for more than there is."""
        if not self._parts:
            raise StepFailed(Outcome.PROTOCOL_ERROR, detail="unexpected continuation")
        return self._parts.pop(0)


class Imap(IMAPClient):  # type: ignore[misc]  # imapclient ships no type information
    """imapclient on a Connection of ours."""

    def __init__(self, connection: Connection, greeting: bytes) -> None:
        self._connection = connection
        self._greeting = greeting
        super().__init__("", ssl=False)
        # imapclient has imaplib format and log every line, passwords and whole messages included.
        self._imap.debug = 0

    def _create_IMAP4(self) -> BoundedImap4:  # noqa: N802 -- imapclient's name
        return BoundedImap4(self._connection, self._greeting)

    def _set_read_timeout(self) -> None:
        """Leave time to the Connection."""

    @property
    def lines(self) -> BoundedImap4:
        """The imaplib object below."""
        imap: BoundedImap4 = self._imap
        return imap
