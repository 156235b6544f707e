"""Handing messages to an SMTP server: several over one session, each with its own time, and with a sure answer.

What counts is whether the server may have taken the message. Until the final dot has been sent it has not, whatever
happens; afterwards only its reply tells, and where that is missing the answer is ``uncertain``.
"""

import contextlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from app.mail.connection import Connection
from app.mail.deadline import Deadline
from app.mail.dial import NetworkRules
from app.mail.failures import Cancelled, Refused, StepFailed
from app.mail.opening import opened, shown
from app.mail.outcomes import Outcome
from app.mail.replies import Phase, judge
from app.mail.settings import ServerSettings, Side
from app.mail.smtp import NOT_BETWEEN_BRACKETS, SmtpSession, spoken

# A message has this long, the opening of the session included.
SEND_SECONDS = 300.0
# RFC 5321, 4.5.3.2: a command's reply; between two pieces of the content.
IDLE_SECONDS = 30.0
# Recipients whose commands travel together; their replies wait in the buffers of both sides meanwhile.
GROUP = 50
_LINE_ENDS = re.compile(rb"\r\n\.")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said to one recipient or to the whole content, and what that means."""

    outcome: Outcome
    text: str | None = None

    @property
    def accepted(self) -> bool:
        """Whether it said yes."""
        return self.outcome is Outcome.OK


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who is told to the server. ``size`` is the message's, in bytes as they travel, before dots are doubled."""

    recipients: Sequence[str]
    size: int
    utf8: bool = False


class Submission:
    """An open session. Per message: ``begin`` offers the envelope, ``deliver`` sends the content, else ``reset``."""

    def __init__(self, session: SmtpSession, connection: Connection, settings: ServerSettings) -> None:
        self._session = session
        self._connection = connection
        self._settings = settings
        self._client = session.client
        self._client.command_encoding = "utf-8"

    @property
    def offers_utf8(self) -> bool:
        """Whether addresses beyond ASCII may be told to this server (RFC 6531)."""
        return bool(self._client.has_extn("smtputf8"))

    @property
    def size_limit(self) -> int | None:
        """How many bytes a message may have, if the server says so (RFC 1870)."""
        limit = self._client.esmtp_features.get("size", "").strip()
        return int(limit) if limit.isascii() and limit.isdigit() and 0 < int(limit) < 2**63 else None

    def begin(self, envelope: Envelope, meanwhile: Callable[[], None] = lambda: None) -> list[Answer]:
        """Offer sender and recipients; return the answer to each recipient. No content has left by then.

        ``meanwhile`` is called while the server works on it, if it gets that far. Raises StepFailed where nothing can
        be sent at all: too large, the sender refused, the connection lost.
        """
        if self.size_limit is not None and envelope.size > self.size_limit:
            raise StepFailed(Outcome.TOO_LARGE, f"SIZE {self.size_limit}")
        if any(NOT_BETWEEN_BRACKETS.search(address) for address in envelope.recipients):
            raise StepFailed(Outcome.REJECTED_RECIPIENT)
        commands = [self._mail(envelope), *(f"RCPT TO:<{address}>" for address in envelope.recipients)]
        first, *others = self._ask_all(commands, meanwhile)
        if first[0] != 250:
            raise self._failed(Phase.ENVELOPE, *first)
        answers = [self._answer(Phase.RECIPIENT, code, text, good=(250, 251, 252)) for code, text in others]
        if any(code == 421 for code, _text in others):
            # It says goodbye: whoever was accepted before will get nothing either.
            code, text = next(other for other in others if other[0] == 421)
            raise self._failed(Phase.RECIPIENT, code, text)
        return answers

    def deliver(self, content: Iterable[bytes], meanwhile: Callable[[], None] = lambda: None) -> Answer:
        """Send the content for the recipients that were accepted, and return what became of it.

        ``meanwhile`` is called while the server works on it; it must not raise.
        """
        try:
            self._allow()
            code, text = self._client.ask("DATA")
            if code != 354:
                return self._answer(Phase.CONTENT, code, text)
            final_dot = self._stream(content)
            if final_dot is None:
                # It hung up before the end: it has no whole message, and perhaps a word about why.
                return self._answer(Phase.CONTENT, *self._last_words())
        except StepFailed as failure:
            return Answer(failure.outcome, shown(failure.text, self._settings))
        # From here on it may have the message, even where sending this fails: only its reply tells.
        with contextlib.suppress(StepFailed):
            self._connection.sendall(final_dot)
        meanwhile()
        return self._await_verdict()

    def reset(self) -> None:
        """Take back an envelope. Raises StepFailed when the session is of no use any more."""
        self._allow()
        code, text = self._client.ask("RSET")
        if code != 250:
            raise self._failed(Phase.COMMAND, code, text)

    def quit(self) -> None:
        """Say goodbye. What comes of that changes nothing."""
        with contextlib.suppress(StepFailed, Cancelled):
            self._connection.sendall(b"QUIT\r\n")

    def _mail(self, envelope: Envelope) -> str:
        sender, parameters = self._session.sender()
        if envelope.utf8 and not parameters:
            parameters = " SMTPUTF8"
        if parameters and self._client.has_extn("8bitmime"):
            parameters = f" BODY=8BITMIME{parameters}"
        if self._client.has_extn("size"):
            parameters = f" SIZE={envelope.size}{parameters}"
        return f"MAIL FROM:<{sender}>{parameters}"

    def _ask_all(self, commands: Sequence[str], meanwhile: Callable[[], None]) -> list[tuple[int, str]]:
        """Send ``commands``, together where the server can take that (RFC 2920), and return the replies."""
        size = GROUP if self._client.has_extn("pipelining") else 1
        replies: list[tuple[int, str]] = []
        for start in range(0, len(commands), size):
            group = commands[start : start + size]
            self._allow()
            self._connection.sendall("".join(f"{command}\r\n" for command in group).encode())
            meanwhile()
            for _command in group:
                self._allow()
                code, text = self._client.getreply()
                replies.append((code, text.decode("utf-8", "replace")))
                if code == 421 or (len(replies) == 1 and code != 250 and size == 1):
                    # Nothing that follows can be meant any more.
                    return replies + [replies[-1]] * (len(commands) - len(replies))
        return replies

    def _stream(self, content: Iterable[bytes]) -> bytes | None:
        """Send ``content``, and return the final dot as it has to follow; None if the server hung up meanwhile."""
        end = b"\r\n"
        for piece in _dot_stuffed(content):
            if self._connection.hung_up:
                return None
            self._allow()
            self._connection.sendall(piece)
            end = (end + piece[-2:])[-2:]
        if self._connection.hung_up:
            return None
        return b".\r\n" if end == b"\r\n" else b"\r\n.\r\n"

    def _await_verdict(self) -> Answer:
        try:
            # The server may work on it for minutes, and giving up on it would only mean not to know.
            self._connection.allow(None, Outcome.TIMEOUT_TOTAL)
            code, raw = self._client.getreply()
        except StepFailed:
            return Answer(Outcome.UNCERTAIN)
        text = raw.decode("utf-8", "replace")
        if 300 <= code < 400:
            return Answer(Outcome.UNCERTAIN, shown(f"{code} {text}", self._settings))
        return self._answer(Phase.CONTENT, code, text, good=range(200, 300))

    def _last_words(self) -> tuple[int, str]:
        try:
            self._allow()
            code, raw = self._client.getreply()
        except StepFailed as failure:
            raise StepFailed(Outcome.SERVER_CLOSED) from failure
        if code < 400:
            raise StepFailed(Outcome.SERVER_CLOSED)
        return code, raw.decode("utf-8", "replace")

    def _answer(self, phase: Phase, code: int, text: str, good: Sequence[int] = ()) -> Answer:
        refused = Refused(str(code), text)
        said = shown(spoken(refused), self._settings)
        return Answer(Outcome.OK if code in good else judge(phase, refused), said)

    def _failed(self, phase: Phase, code: int, text: str) -> StepFailed:
        answer = self._answer(phase, code, text)
        return StepFailed(answer.outcome, answer.text)

    def _allow(self) -> None:
        self._connection.allow(IDLE_SECONDS, Outcome.TIMEOUT_OP)


@contextlib.contextmanager
def submission(
    settings: ServerSettings, *, fast_mode: bool, rules: NetworkRules, deadline: Deadline
) -> Iterator[Submission]:
    """Yield a session that is logged in and ready to send. Raises StepFailed."""
    with opened(Side.SMTP, settings, fast_mode=fast_mode, rules=rules, deadline=deadline) as (session, connection):
        yield Submission(cast(SmtpSession, session), connection, settings)


def _dot_stuffed(content: Iterable[bytes]) -> Iterator[bytes]:
    """Yield ``content`` with each dot at the beginning of a line doubled (RFC 5321, 4.5.2), wherever pieces end."""
    before = b"\r\n"
    for piece in content:
        if not piece:
            continue
        joined = _LINE_ENDS.sub(rb"\r\n..", before + piece)
        yield joined[len(before) :]
        before = (before + piece)[-2:]
