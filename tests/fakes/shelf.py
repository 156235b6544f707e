"""An IMAP server with one folder of given messages, which misbehaves where it is told to."""

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.fakes.mail_server import Peer, Script, imap

# What to do instead of answering for a message: gets the peer and what would have been said.
Mischief = Callable[[Peer, bytes], None]


@dataclass
class Shelf:
    """Messages by UID; ``bodies`` counts how often each was handed out whole."""

    messages: dict[int, bytes] = field(default_factory=dict)
    uidvalidity: int | None = 7
    uidnext: int | None = None
    # Listed, but gone before it can be had.
    vanishing: set[int] = field(default_factory=set)
    mischief: dict[int, Mischief] = field(default_factory=dict)
    # Answered with NO as soon as one of them is asked for, after those before it.
    refused: dict[int, bytes] = field(default_factory=dict)
    sizes: dict[int, int] = field(default_factory=dict)
    internal_date: bytes = b'"01-Nov-2026 10:00:00 +0100"'
    uid_last: bool = False
    before_each: bytes = b""
    asked: list[bytes] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, *raw: bytes) -> None:
        for each in raw:
            self.messages[max(self.messages, default=0) + 1] = each

    def script(self, **replies: object) -> Script:
        given = {
            "LIST": b'* LIST () "/" INBOX\r\nTAG OK done\r\n',
            "STATUS": self._status,
            "EXAMINE": self._open,
            "SELECT": self._open,
            "UID": self._uid,
            "CLOSE": b"TAG OK done\r\n",
        }
        return imap(replies={**given, **replies})

    @property
    def further_items(self) -> bytes:
        """What else STATUS tells."""
        return b""

    def _numbers(self) -> tuple[bytes, bytes]:
        validity = b"" if self.uidvalidity is None else b"%d" % self.uidvalidity
        return validity, b"%d" % (self.uidnext or max(self.messages, default=0) + 1)

    def _status(self, peer: Peer) -> None:
        validity, uidnext = self._numbers()
        items = b"MESSAGES %d UIDNEXT %s" % (len(self.messages), uidnext)
        items += b" UIDVALIDITY " + validity if validity else b""
        items += self.further_items
        peer.send(b"* STATUS INBOX (%s)\r\n%s OK done\r\n" % (items, tag_of(peer)))

    def _open(self, peer: Peer) -> None:
        validity, uidnext = self._numbers()
        said = b"* %d EXISTS\r\n" % len(self.messages)
        said += b"* OK [UIDVALIDITY %s] ok\r\n" % validity if validity else b""
        peer.send(said + b"* OK [UIDNEXT %s] ok\r\n%s OK [READ-ONLY] done\r\n" % (uidnext, tag_of(peer)))

    def _uid(self, peer: Peer) -> None:
        self.asked.append(peer.line)
        words = peer.line.split(b" ", 4)
        uids = self._uids(words[3])
        if b"BODY.PEEK" not in peer.line:
            for uid in uids:
                size = self.sizes.get(uid, len(self.messages[uid]))
                peer.send(b"* %d FETCH (UID %d RFC822.SIZE %d)\r\n" % (self._number(uid), uid, size))
            peer.send(tag_of(peer) + b" OK done\r\n")
            return
        for uid in uids:
            if uid in self.vanishing:
                self.messages.pop(uid, None)
                continue
            if uid in self.refused:
                peer.send(tag_of(peer) + b" " + self.refused[uid] + b"\r\n")
                return
            answer = self.before_each + self.answer(uid, headers_only=b"HEADER" in peer.line)
            mischief = self.mischief.get(uid)
            if mischief is None:
                peer.send(answer)
            else:
                mischief(peer, answer)
        peer.send(tag_of(peer) + b" OK done\r\n")

    def answer(self, uid: int, *, headers_only: bool = False) -> bytes:
        raw = self.messages[uid]
        section = b"BODY[]"
        if headers_only:
            raw, section = raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n", b"BODY[HEADER]"
        body = b"%s {%d}\r\n%s" % (section, len(raw), raw)
        items = [b"UID %d" % uid, b"FLAGS ()", b"INTERNALDATE " + self.internal_date, body]
        if self.uid_last:
            items = [*items[1:], items[0]]
        return b"* %d FETCH (%s)\r\n" % (self._number(uid), b" ".join(items))

    def _number(self, uid: int) -> int:
        return sorted(self.messages).index(uid) + 1

    def _uids(self, said: bytes) -> Sequence[int]:
        """Return the messages of a set; ``n:*`` includes the last one, whatever n is."""
        found: set[int] = set()
        last = max(self.messages, default=0)
        for part in said.split(b","):
            low, _, high = part.partition(b":")
            first, end = sorted((int(low), last if high == b"*" else int(high or low)))
            found.update(uid for uid in self.messages if first <= uid <= end)
        return sorted(found)


def tag_of(peer: Peer) -> bytes:
    return re.split(rb" ", peer.line, maxsplit=1)[0]
