"""Lists of senders, and messages of which nobody can say who they are from: they hold up nothing and nobody."""

from collections import Counter
from contextlib import ExitStack

import pytest

from app import fetching
from tests.fakes.mail_server import Peer
from tests.fakes.shelf import tag_of
from tests.integration.fetching.conftest import Collector
from tests.integration.fetching.mailbox import letter
from tests.integration.fetching.test_faults import Stage


def ask_by_sender(stage: Stage, refusing: int | None) -> None:
    """Serve, and have only mail from one organisation wanted."""

    def uid(peer: Peer) -> None:
        if b"HEADER.FIELDS" in peer.line:
            from_line(stage, peer, refusing=refusing)
        else:
            stage.shelf._uid(peer)

    stage.serve(UID=uid)
    collector = stage.collector
    fetching.set_senders(collector.session, stage.account, ["@firma.test"], only=True, now=collector.now)
    collector.session.commit()


def from_line(stage: Stage, peer: Peer, *, refusing: int | None) -> None:
    """Answer who the messages are from, unless one of them is refused, and as much of it as was asked for."""
    uids = stage.shelf._uids(peer.line.split(b" ", 4)[3])
    most = int(peer.line.rpartition(b"<0.")[2].partition(b">")[0])
    for uid in uids:
        if uid == refusing:
            peer.send(tag_of(peer) + b" NO [SERVERBUG] this one is corrupt\r\n")
            return
        line = (stage.shelf.messages[uid].partition(b"From: ")[2].partition(b"\r\n")[0] + b"\r\n\r\n")[:most]
        line = (b"From: " + line)[:most]
        said = b"BODY[HEADER.FIELDS (FROM)]<0> {%d}\r\n%s" % (len(line), line)
        peer.send(b"* %d FETCH (UID %d %s)\r\n" % (uid, uid, said))
    peer.send(tag_of(peer) + b" OK done\r\n")


@pytest.mark.parametrize(
    ("sender", "refusing"),
    [("a:" * 4000, None), ("x" * 70_000 + "@obca.test", None), ("(" * 60_000, None), ("obcy@obca.test", 2)],
)
def test_one_whose_sender_cannot_be_told_does_not_block_the_account(collector: Collector, sender: str, refusing):
    with ExitStack() as stack:
        stage = Stage(collector, False, stack)
        stage.shelf.add(letter("good", From="a@firma.test"), letter("odd", From=sender))
        stage.shelf.add(letter("stranger", From="c@obca.test"), letter("too", From="b@firma.test"))

        ask_by_sender(stage, refusing)
        assert stage.fetch() == "ok"
        assert stage.subjects == Counter(["good", "too", *(["odd"] if refusing else [])])
        assert stage.troubles == []


def test_one_whose_sender_is_refused_lets_nobody_elses_mail_in(collector: Collector):
    with ExitStack() as stack:
        stage = Stage(collector, False, stack)
        stage.shelf.add(letter("broken", From="obcy@obca.test"))
        stage.shelf.add(*(letter(f"stranger {number}", From="c@obca.test") for number in range(150)))
        stage.shelf.add(letter("good", From="a@firma.test"))
        ask_by_sender(stage, refusing=1)
        assert stage.fetch() == "ok"
        assert stage.subjects == Counter(["broken", "good"])
