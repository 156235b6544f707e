"""Commands and answers of IMAP, several commands at a time: what imaplib cannot do, on the same connection.

Only what is announced and fits is ever held: a line is bounded by the connection, a literal by who asked for it, and
the number of answers by what was asked.
"""

import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from app.mail.connection import LONGEST_LINE, Connection
from app.mail.content import Content
from app.mail.failures import Refused, StepFailed
from app.mail.outcomes import Outcome

# faults.md: any operation may be idle for so long.
IDLE_SECONDS = 30.0
# Answers that nobody asked for ("* 5 EXISTS", "* OK still here") in a row.
MOST_UNASKED = 10_000
MOST_LITERAL = 64 * 1024
_BLOCK = 64 * 1024

_LITERAL = re.compile(rb"~?\{([0-9]{1,19})\+?\}\r\n\Z")
_STATUS_LINE = re.compile(rb"\* (?:OK|NO|BAD|BYE|PREAUTH)(?= |\r)", re.IGNORECASE)
_BYE = re.compile(rb"\* BYE(?= |\r)", re.IGNORECASE)
# RFC 3501, 7.1: what comes before the end of a command is a remark of its own ("* OK [CLOSED] Previous mailbox ...");
# only an alert is meant for whoever reads why a command was refused.
_TELLING = re.compile(rb"\* (?:BYE(?= |\r)|(?:NO|BAD) \[ALERT\])", re.IGNORECASE)
_VANISHED = re.compile(rb"\* VANISHED ", re.IGNORECASE)
# What stands for a literal in a line.
MARK = b"\0"


@dataclass(slots=True)
class Answer:
    """One untagged answer: its line, in which ``MARK`` stands for each literal."""

    line: bytes
    literals: list[Content] = field(default_factory=list)


class Dialogue:
    """Sends commands and reads answers.

    A server may work at several commands at a time (RFC 3501, 5.5; Dovecot does when its client is slow): answers to
    one come between those to another, and the one sent later may end first.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._number = 0
        self._pending: set[bytes] = set()
        # What was said last that bears on a refusal.
        self._said: deque[bytes] = deque(maxlen=20)
        self._unasked = 0
        self.ended = b""
        # How long it waits for each line; nothing where all of an answer is there already.
        self.patience = IDLE_SECONDS
        # How long an answer may be that tells which messages have vanished; no other one has a reason to be longer.
        self.longest_vanished = LONGEST_LINE

    @property
    def pending(self) -> int:
        """How many commands wait for their answer."""
        return len(self._pending)

    def send(self, *commands: bytes) -> list[bytes]:
        """Send commands without waiting for what comes of them; return their tags. Raises StepFailed."""
        lines, tags = [], []
        for command in commands:
            self._number += 1
            tag = b"F%d" % self._number
            self._pending.add(tag)
            tags.append(tag)
            lines.append(b"%s %s\r\n" % (tag, command))
        self._connection.allow(IDLE_SECONDS, Outcome.TIMEOUT_OP)
        self._connection.sendall(b"".join(lines))
        return tags

    def ask(self, command: bytes, *, most: int = MOST_UNASKED) -> Iterator[Answer]:
        """Send a command and yield its answers, ``most`` of them at most. Raises Refused, StepFailed."""
        self.send(command)
        for number, answer in enumerate(self.answers()):
            if number >= most:
                raise StepFailed(Outcome.TOO_MUCH_DATA)
            yield answer

    def answers(
        self, most_literal: int = MOST_LITERAL, starting: Callable[[bytes], None] = lambda _line: None
    ) -> Iterator[Answer]:
        """Yield the answers up to the end of a command, whose tag is ``ended`` then. Raises Refused, StepFailed.

        ``starting`` is told each line at whose end a literal of up to ``most_literal`` bytes begins.
        """
        self._said.clear()
        self._unasked = 0
        while True:
            line = self._line()
            if line.startswith(b"* "):
                if not _STATUS_LINE.match(line):
                    yield self._complete(line, most_literal, starting)
                    continue
                self._note(line)
                if _BYE.match(line):
                    raise Refused("BYE", self._all_said())
                yield Answer(line)
                continue
            self._end(line)
            return

    def _note(self, line: bytes) -> None:
        self._unasked += 1
        if self._unasked > MOST_UNASKED:
            raise StepFailed(Outcome.TOO_MUCH_DATA)
        if _TELLING.match(line):
            self._said.append(line[2:].strip())

    def _end(self, line: bytes) -> None:
        words = line.split(None, 2)
        if len(words) < 2 or words[0] not in self._pending:
            # A continuation nobody asked for, or no IMAP at all.
            raise StepFailed(Outcome.PROTOCOL_ERROR, detail="unexpected answer")
        self.ended = words[0]
        self._pending.discard(self.ended)
        status = words[1].upper().decode("ascii", "replace")
        if status != "OK":
            self._said.append(words[2].strip() if len(words) > 2 else b"")
            raise Refused(status if status in ("NO", "BAD") else "BAD", self._all_said())

    def _line(self) -> bytes:
        self._connection.renew()
        self._connection.allow(self.patience, Outcome.TIMEOUT_OP)
        try:
            line = self._connection.readline(self.longest_vanished)
        except StepFailed as failure:
            if failure.outcome is Outcome.SERVER_CLOSED and any(text[:3].upper() == b"BYE" for text in self._said):
                raise Refused("BYE", self._all_said()) from failure
            raise
        if len(line) > LONGEST_LINE and not _VANISHED.match(line):
            raise StepFailed(Outcome.PROTOCOL_ERROR, detail="endless line")
        return line

    def _complete(self, line: bytes, most: int, starting: Callable[[bytes], None]) -> Answer:
        found = _LITERAL.search(line)
        # The server's own NUL must not pass for a literal.
        if found is None:
            return Answer(line.replace(MARK, b"?"))
        parts, literals = [], []
        while found is not None:
            starting(line)
            parts.append(line[: found.start()].replace(MARK, b"?"))
            literals.append(self._literal(int(found[1]), most))
            line = self._line()
            if not line.startswith((b" ", b")", b"\r\n")):
                raise StepFailed(Outcome.PROTOCOL_ERROR, detail="literal longer than announced")
            if len(literals) > 64:
                raise StepFailed(Outcome.TOO_MUCH_DATA)
            found = _LITERAL.search(line)
        parts.append(line.replace(MARK, b"?"))
        return Answer(MARK.join(parts), literals)

    def _literal(self, size: int, most: int) -> Content:
        if size > most:
            raise StepFailed(Outcome.PROTOCOL_ERROR, detail="giant literal")
        self._connection.renew(2 * size)
        content = Content()
        try:
            while content.size < size:
                self._connection.allow(self.patience, Outcome.TIMEOUT_OP)
                content.write(self._connection.read_some(min(_BLOCK, size - content.size)))
        except BaseException:
            content.close()
            raise
        return content

    def _all_said(self) -> str:
        return "\n".join(text.decode("utf-8", "replace") for text in self._said)
