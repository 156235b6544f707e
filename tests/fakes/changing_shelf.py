"""An IMAP server that numbers its changes and tells what has vanished (RFC 7162), and lies where it is told to."""

from dataclasses import dataclass, field

from tests.fakes.mail_server import Peer, Script
from tests.fakes.shelf import Shelf, tag_of


@dataclass
class ChangingShelf(Shelf):
    """``can`` is what it says that it can do."""

    can: bytes = b"ENABLE CONDSTORE QRESYNC"
    modseq: int = 1
    # When each message that is not there any more has gone.
    went: dict[int, int] = field(default_factory=dict)
    # There, but left out when somebody asks for all messages, or as if they were not there at all.
    left_out: set[int] = field(default_factory=set)
    hidden: dict[int, bytes] = field(default_factory=dict)
    # What it says instead of what has vanished.
    vanished: bytes | None = None
    # What it answers to whoever asks which messages there are.
    refusal: bytes | None = None

    def expunge(self, *uids: int) -> None:
        for uid in uids:
            self.modseq += 1
            del self.messages[uid]
            self.went[uid] = self.modseq

    def hide(self, *uids: int) -> None:
        self.hidden |= {uid: self.messages[uid] for uid in uids}
        self.expunge(*uids)

    def show(self) -> None:
        self.modseq += 1
        self.messages |= self.hidden
        self.messages = dict(sorted(self.messages.items()))
        for uid in self.hidden:
            del self.went[uid]
        self.hidden.clear()

    def add(self, *raw: bytes) -> None:
        for each in raw:
            self.modseq += 1
            self.messages[max([*self.messages, *self.went], default=0) + 1] = each

    def asked_for(self, *words: bytes) -> list[bytes]:
        return [line for line in self.asked if any(line.endswith(word) for word in words)]

    @property
    def compared(self) -> int:
        """How often somebody has asked which messages there are."""
        return len(self.asked_for(b" (UID)"))

    def script(self, **replies: object) -> Script:
        welcome = b"TAG OK [CAPABILITY IMAP4rev1 UNSELECT %s] welcome\r\n" % self.can
        enabled = b"* ENABLED QRESYNC\r\nTAG OK done\r\n"
        return super().script(**{"AUTHENTICATE": welcome, "ENABLE": enabled, "UNSELECT": b"TAG OK done\r\n", **replies})

    def _numbers(self) -> tuple[bytes, bytes]:
        validity, _uidnext = super()._numbers()
        return validity, b"%d" % (self.uidnext or max([*self.messages, *self.went], default=0) + 1)

    @property
    def further_items(self) -> bytes:
        return b" HIGHESTMODSEQ %d" % self.modseq if b"CONDSTORE" in self.can else b""

    def _open(self, peer: Peer) -> None:
        if b"CONDSTORE" in self.can:
            peer.send(b"* OK [HIGHESTMODSEQ %d] ok\r\n" % self.modseq)
        super()._open(peer)

    def _uid(self, peer: Peer) -> None:
        if b"CHANGEDSINCE" in peer.line:
            self._tell_changes(peer)
        elif peer.line.endswith(b" (UID)"):
            self._tell_uids(peer)
        else:
            super()._uid(peer)

    def _tell_changes(self, peer: Peer) -> None:
        self.asked.append(peer.line)
        since = int(peer.line.partition(b"CHANGEDSINCE ")[2].split(b" ")[0].rstrip(b")"))
        if b"VANISHED" in peer.line:
            went = sorted(uid for uid, modseq in self.went.items() if modseq > since)
            said = b"* VANISHED (EARLIER) %s\r\n" % b",".join(b"%d" % uid for uid in went) if went else b""
            peer.send(said if self.vanished is None else self.vanished)
        peer.send(tag_of(peer) + b" OK done\r\n")

    def _tell_uids(self, peer: Peer) -> None:
        self.asked.append(peer.line)
        if self.refusal is not None:
            peer.send(self.refusal.replace(b"TAG", tag_of(peer)))
            return
        for uid in self._uids(peer.line.split(b" ")[3]):
            if uid not in self.left_out:
                peer.send(b"* %d FETCH (UID %d)\r\n" % (self._number(uid), uid))
        peer.send(tag_of(peer) + b" OK done\r\n")
