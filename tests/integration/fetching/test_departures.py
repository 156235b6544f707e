"""What others delete and move away: noticed, kept here, and never taken for gone while it is there."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from imapclient import IMAPClient
from sqlalchemy import select

from app import fetching
from app.fetching import Tools, tools
from app.fetching.lines import Lines
from app.mail import changes, windows
from app.mail.deadline import Deadline
from app.models import Account, Placement
from tests.fakes.changing_shelf import ChangingShelf
from tests.fakes.mail_server import Peer, serving
from tests.fakes.shelf import tag_of
from tests.integration.fetching.conftest import EACH_STORE_AND_BYTE_BY_BYTE, Collector
from tests.integration.fetching.mailbox import letter, mailbox, put
from tests.servers.dovecot import Dovecot, dovecot
from tests.servers.fixtures import PASSWORD, USER

BASIC = "IMAP4rev1 SASL-IR UNSELECT UIDPLUS MOVE LIST-EXTENDED SPECIAL-USE"
OFFERS = {"QRESYNC": f"{BASIC} ENABLE CONDSTORE QRESYNC", "CONDSTORE": f"{BASIC} CONDSTORE", "nothing": BASIC}


@pytest.fixture(scope="module", params=OFFERS)
def offering(request: pytest.FixtureRequest, server_folder, certificate) -> Iterator[Dovecot]:
    """Dovecot that offers to tell more or less of what has changed."""
    extra = f"imap_capability = {OFFERS[request.param]}\n"
    with dovecot(server_folder / f"offers-{request.param}", certificate, {USER: PASSWORD}, extra) as server:
        yield server


@pytest.fixture
def client(offering: Dovecot, authority) -> Iterator[IMAPClient]:
    with mailbox(offering.tls_port, str(authority.ca_file)) as opened:
        yield opened


@pytest.fixture
def account(collector: Collector, offering: Dovecot) -> Account:
    return collector.account(offering.tls_port, "tls")


def once(*subjects: str) -> Counter[str]:
    return Counter(subjects)


def delete(client: IMAPClient, *subjects: str) -> None:
    client.select_folder("INBOX")
    for subject in subjects:
        client.delete_messages(client.search(["SUBJECT", subject]))
    client.expunge()


def test_what_was_deleted_elsewhere_is_gone_there_and_stays_here(collector: Collector, client, account):
    put(client, *"abcdef")
    collector.fetch(account)
    delete(client, "a", "d", "f")
    assert collector.fetch(account).new == 0
    assert collector.subjects(account, gone=False) == once(*"bce")
    assert collector.subjects(account) == once(*"abcdef")
    assert collector.fetch(account).unchanged
    put(client, "g")
    delete(client, "b")
    assert collector.fetch(account).new == 1
    assert collector.subjects(account, gone=False) == once(*"ceg")
    delete(client, *"ceg")
    collector.fetch(account)
    assert collector.subjects(account, gone=False) == once()
    assert collector.subjects(account) == once(*"abcdefg")


def test_what_is_moved_away_and_back_has_another_number(collector: Collector, client, account):
    put(client, *"abc")
    client.create_folder("Archiwum")
    collector.fetch(account)
    ids = [each.id for each in fetching.list_folders(collector.session, account.id)]
    fetching.choose(collector.session, account, ids, now=collector.now)
    collector.session.commit()
    client.select_folder("INBOX")
    client.move(client.search("SUBJECT b"), "Archiwum")
    assert collector.fetch(account).new == 0, "no message that nobody has seen"
    assert collector.subjects(account, gone=False) == once(*"abc")
    client.select_folder("Archiwum")
    client.move(client.search(), "INBOX")
    assert collector.fetch(account).new == 0
    assert collector.subjects(account, gone=False) == once(*"abc")
    assert collector.subjects(account) == once(*"abbbc")
    assert collector.fetch(account).unchanged


@pytest.mark.parametrize("finished", [True, False], ids=["read before", "never read to its end"])
def test_what_goes_after_a_run_that_came_to_no_end_is_noticed_by_the_next(
    collector: Collector, client, account, finished
):
    put(client, "a")
    collector.fetch(account)
    before = collector.folder(account)
    read_to = {name: getattr(before, name) if finished else None for name in ("uidnext", "exists", "modseq")}
    put(client, *"bcdef")
    collector.fetch(account)
    # As if the run had ended before "b" was done with, but after the others were stored.
    folder = collector.folder(account)
    folder.cursor -= 5
    for name, value in read_to.items():
        setattr(folder, name, value)
    collector.session.commit()
    delete(client, "c", "f")
    assert collector.fetch(account).new == 0
    assert collector.subjects(account, gone=False) == once(*"abde")
    put(client, "g")
    assert collector.fetch(account).new == 1
    assert collector.subjects(account, gone=False) == once(*"abdeg")
    assert collector.fetch(account).unchanged


def test_what_is_deleted_among_mail_that_nobody_wants_is_noticed_too(collector: Collector, client, account):
    fetching.set_senders(collector.session, account, ["jan@firma.test"], only=True, now=collector.now)
    collector.session.commit()
    for number in range(12):
        client.append("INBOX", letter(f"m{number:02}", From="jan@firma.test" if number % 3 else "obcy@obca.test"))
    collector.fetch(account)
    delete(client, "m01")
    collector.fetch(account)
    assert collector.subjects(account, gone=False) == once(*(f"m{each:02}" for each in (2, 4, 5, 7, 8, 10, 11)))
    delete(client, "m00", "m03")
    collector.fetch(account)
    assert collector.subjects(account, gone=False) == once(*(f"m{each:02}" for each in (2, 4, 5, 7, 8, 10, 11)))
    assert collector.fetch(account).unchanged


def test_what_had_gone_before_anybody_watched_is_noticed_with_the_next_news(collector: Collector, client, account):
    put(client, *"abcd")
    collector.fetch(account)
    delete(client, "b")
    collector.fetch(account)
    for placement in collector.session.scalars(select(Placement)):
        placement.gone_at = None
    collector.session.commit()
    assert collector.fetch(account).unchanged
    put(client, "e")
    collector.fetch(account)
    assert collector.subjects(account, gone=False) == once(*"acde")


def test_many_that_lie_far_apart_go_at_once(collector: Collector, client, account):
    put(client, *(f"m{number:03}" for number in range(240)))
    collector.fetch(account)
    client.select_folder("INBOX")
    client.delete_messages(client.search()[::2])
    client.expunge()
    collector.fetch(account)
    assert collector.subjects(account, gone=False) == once(*(f"m{number:03}" for number in range(1, 240, 2)))


def test_a_session_that_stays_open_hears_of_it_too(collector: Collector, client, account, network):
    put(client, *"abcd")
    lines = Lines(network)
    tools = collector.tools
    tools = Tools(lines.open, tools.transact, tools.clock, tools.chance, tools.progress)
    try:
        for gone, left in (("", "abcd"), ("a", "bcd"), ("c", "bd")):
            delete(client, *gone)
            claim = collector.claim(account)
            assert collector.run(claim, tools).outcome == "ok"
            assert collector.subjects(account, gone=False) == once(*left)
        put(client, "e")
        claim = collector.claim(account)
        (work,) = collector.transact(lambda each: fetching.load(each, [claim], collector.vault, now=collector.now))
        assert lines.without_news([work]) == []
        assert collector.run(claim, tools).new == 1
        (work,) = collector.transact(lambda each: fetching.load(each, [claim], collector.vault, now=collector.now))
        assert lines.without_news([work]) == [work]
    finally:
        lines.close()


def test_what_goes_while_others_are_read_is_told_unasked_and_confuses_nothing(collector: Collector, client, account):
    put(client, *"abc")
    collector.fetch(account)
    claim = collector.claim(account)
    (work,) = collector.transact(lambda each: fetching.load(each, [claim], collector.vault, now=collector.now))
    with Deadline(20) as deadline, collector.tools.connect(work, deadline=deadline) as session:
        session.changes.enable()
        told = session.changes.tells_vanished
        assert told == ("ENABLE" in session._capabilities)
        assert session.open("INBOX").exists == 3
        delete(client, "b")
        put(client, "d")
        assert len(session.listing(0, exists=3).uids) in (3, 4), "what is told before is still true, or not any more"
        assert len(session.listing(0, exists=3).uids) == 3
        assert session.rest()
        assert session.go_on(deadline)
        (status,) = session.statuses(["INBOX"])
        assert (status.exists, session.open("INBOX").exists) == (3, 3)


class Scene:
    """A scripted server, and an account that was fetched from it once."""

    def __init__(self, collector: Collector, shelf: ChangingShelf, port: int) -> None:
        self.collector, self.shelf = collector, shelf
        self.account = collector.account(port)
        assert self.fetch() == "ok"
        self.shelf.asked.clear()

    def fetch(self) -> str | None:
        return self.collector.fetch(self.account).outcome

    @property
    def there(self) -> str:
        return "".join(sorted(self.collector.subjects(self.account, gone=False).elements()))

    @property
    def stored(self) -> str:
        return "".join(sorted(self.collector.subjects(self.account).elements()))


@contextmanager
def scene(collector: Collector, *, bytewise: bool, can: bytes = b"", subjects: str = "abcdef", **replies):
    shelf = ChangingShelf(can=can)
    shelf.add(*map(letter, subjects))
    with serving(shelf.script(**replies), bytewise=bytewise) as server:
        yield Scene(collector, shelf, server.port)


QRESYNC = b"ENABLE CONDSTORE QRESYNC"
EVERY_OFFER = pytest.mark.parametrize("can", [QRESYNC, b"CONDSTORE", b""])


@EACH_STORE_AND_BYTE_BY_BYTE
def test_nobody_is_asked_for_all_messages_as_long_as_none_has_gone(collector: Collector, bytewise: bool):
    with scene(collector, bytewise=bytewise) as at:
        for subject in "ghi":
            at.shelf.add(letter(subject))
            assert at.fetch() == "ok"
        assert at.shelf.compared == 0
        at.shelf.expunge(2)
        for _ in range(3):
            assert at.fetch() == "ok"
        assert at.shelf.compared == 1
        assert (at.there, at.stored) == ("acdefghi", "abcdefghi")


@EACH_STORE_AND_BYTE_BY_BYTE
def test_a_server_that_tells_what_vanished_is_asked_for_nothing_else(collector: Collector, bytewise: bool):
    with scene(collector, bytewise=bytewise, can=QRESYNC) as at:
        at.shelf.add(letter("g"))
        at.shelf.expunge(2, 5)
        assert at.fetch() == "ok"
        assert (at.there, at.stored) == ("acdfg", "abcdefg")
        assert at.shelf.compared == 0
        assert len(at.shelf.asked_for(b" VANISHED)")) == 1


@EVERY_OFFER
def test_half_a_list_proves_nothing(collector: Collector, can: bytes):
    with scene(collector, bytewise=False, can=can) as at:
        at.shelf.vanished = b""
        at.shelf.left_out = {3, 4}
        at.shelf.expunge(2)
        for _ in range(4):
            assert at.fetch() == "ok"
            assert at.there == "abcdef"
        assert at.shelf.compared == 2, "at the first opportunity, and once more"
        at.shelf.left_out.clear()
        at.shelf.add(letter("g"))
        assert at.fetch() == "ok"
        assert at.there == "acdefg"


@pytest.mark.parametrize("can", [QRESYNC, b""])
@pytest.mark.parametrize(
    ("refusal", "outcome"),
    [
        (b"TAG NO [SERVERBUG] not now\r\n", "ok"),
        (b"TAG BAD what?\r\n", "ok"),
        (b"* 1 FETCH (UID 1)\r\nTAG NO [EXPUNGEISSUED] Some messages are gone\r\n", "ok"),
        (b"* 1 FETCH (UID 1)\r\n* 2 FETCH (UI\r\nTAG OK done\r\n", "ok"),
        # As many as there are, but it is always the same one.
        (b"* 1 FETCH (UID 1)\r\n" * 5 + b"TAG OK done\r\n", "ok"),
        (b"* 1 FETCH (UID 1)\r\nwhat is this?\r\n", "protocol_error"),
        (b"* 1 FETCH (UID 1)\r\n* BYE Shutting down\r\n", "server_closed"),
        (b"TAG NO [LIMIT] Too many commands\r\n", "rate_limited"),
    ],
)
def test_an_answer_that_is_none_proves_nothing(collector: Collector, can, refusal, outcome):
    with scene(collector, bytewise=False, can=can) as at:
        at.shelf.vanished = b""
        at.shelf.refusal = refusal
        at.shelf.expunge(2)
        assert at.fetch() == outcome
        assert at.shelf.compared == 1
        assert at.there == "abcdef"
        at.shelf.refusal = None
        at.collector.later(hours=1)
        assert at.fetch() == "ok"
        assert at.there == "acdef"


@pytest.mark.parametrize(
    "vanished",
    [
        b"* VANISHED (EARLIER) 1:4294967295\r\n",
        b"* VANISHED (EARLIER) 2,3\r\n",
        b"* VANISHED (EARLIER) 2:x\r\n",
        b"* VANISHED (EARLIER) 2,\r\n",
        b"* VANISHED (EARLIER) 2\r\n* VANISHED (EARLIER) 0:3\r\n",
        b"* VANISHED (EARLIER)\r\n",
        b"* VANISHED 1:6\r\n",
        b"* VANISHED (LATER) 1:6\r\n",
        b"",
    ],
)
def test_what_is_said_to_have_vanished_has_to_fit_what_is_left(collector: Collector, vanished: bytes):
    with scene(collector, bytewise=False, can=QRESYNC) as at:
        at.shelf.vanished = vanished
        at.shelf.expunge(2)
        assert at.fetch() == "ok"
        assert at.there == "acdef"
        assert at.shelf.compared == 1


def test_what_does_not_fit_is_not_believed_for_a_moment(collector: Collector):
    with scene(collector, bytewise=False, can=QRESYNC) as at:
        at.shelf.vanished = b"* VANISHED (EARLIER) 1:4294967295\r\n"
        at.shelf.refusal = b"TAG NO [SERVERBUG] not now\r\n"
        at.shelf.expunge(2)
        assert at.fetch() == "ok"
        assert at.there == "abcdef"


@pytest.mark.parametrize("vanished", [b"* VANISHED (EARLIER) 1:6\r\n", b"* VANISHED 1:6\r\n"])
@EACH_STORE_AND_BYTE_BY_BYTE
def test_nothing_has_vanished_where_all_are_left(collector: Collector, bytewise: bool, vanished: bytes):
    with scene(collector, bytewise=bytewise, can=QRESYNC) as at:
        at.shelf.vanished = vanished
        at.shelf.before_each = b"* VANISHED 1:4294967295\r\n"
        at.shelf.add(letter("g"))
        assert at.fetch() == "ok"
        assert at.there == "abcdefg"


@pytest.mark.parametrize(
    "replies",
    [
        {"ENABLE": b"TAG BAD what?\r\n"},
        {"ENABLE": b"TAG NO not here\r\n"},
        {"ENABLE": b"TAG OK nothing was enabled\r\n"},
        {"ENABLE": b"* ENABLED CONDSTORE\r\nTAG OK done\r\n"},
    ],
)
def test_who_does_not_enable_it_is_asked_as_before(collector: Collector, replies):
    with scene(collector, bytewise=False, can=QRESYNC, **replies) as at:
        at.shelf.expunge(2)
        assert at.fetch() == "ok"
        assert at.there == "acdef"
        assert not at.shelf.asked_for(b" VANISHED)")


def test_who_enables_it_and_then_refuses_it_is_asked_as_before(collector: Collector):
    shelf = ChangingShelf()
    shelf.add(*map(letter, "abc"))

    def uid(peer: Peer) -> None:
        if b"VANISHED" in peer.line:
            peer.send(tag_of(peer) + b" BAD Unknown modifier\r\n")
        else:
            shelf._uid(peer)

    with serving(shelf.script(UID=uid), bytewise=False) as server:
        at = Scene(collector, shelf, server.port)
        shelf.expunge(2)
        assert at.fetch() == "ok"
        assert at.there == "ac"


@EVERY_OFFER
@EACH_STORE_AND_BYTE_BY_BYTE
def test_what_a_server_had_hidden_is_back_when_it_shows_it(collector: Collector, bytewise: bool, can: bytes):
    with scene(collector, bytewise=bytewise, can=can) as at:
        at.shelf.hide(2, 6)
        assert at.fetch() == "ok"
        assert at.there == "acde"
        at.shelf.show()
        assert at.fetch() == "ok"
        assert (at.there, at.stored) == ("abcdef", "abcdef")
        assert at.shelf.compared <= 2


@EVERY_OFFER
def test_a_folder_that_was_numbered_anew_is_matched_by_content(collector: Collector, can: bytes):
    with scene(collector, bytewise=False, can=can) as at:
        at.shelf.uidvalidity = 8
        at.shelf.messages = {1: letter("c"), 2: letter("a"), 9: letter("f")}
        assert at.fetch() == "ok"
        assert (at.there, at.stored) == ("acf", "abcdef")
        at.shelf.expunge(2)
        assert at.fetch() == "ok"
        assert (at.there, at.stored) == ("cf", "abcdef")


def test_where_numbers_have_no_validity_nothing_is_said_to_have_gone(collector: Collector):
    with scene(collector, bytewise=False, can=QRESYNC) as at:
        at.shelf.uidvalidity = None
        at.shelf.expunge(2)
        assert at.fetch() == "ok"
        assert at.there == "abcdef"


def test_a_line_about_very_many_can_be_read(collector: Collector):
    with scene(collector, bytewise=False, can=QRESYNC) as at:
        odd = b",".join(b"%d" % uid for uid in range(1_000_001, 1_080_000, 2))
        assert len(odd) > 300_000
        at.shelf.vanished = b"* VANISHED (EARLIER) 2," + odd + b"\r\n"
        at.shelf.before_each = b"* VANISHED " + odd + b"\r\n"
        at.shelf.add(letter("g"))
        at.shelf.expunge(2)
        assert at.fetch() == "ok"
        assert at.there == "acdefg"
        assert at.shelf.compared == 0


@pytest.mark.parametrize("said", [b"* 1 FETCH (UID 1 FLAGS (%s))\r\n", b"* OK [ALERT] %s\r\n", b"* VANISHED(%s)\r\n"])
def test_no_other_line_may_be_as_long(collector: Collector, said: bytes):
    with scene(collector, bytewise=False, can=QRESYNC) as at:
        at.shelf.vanished = said % (b"x " * 50_000)
        at.shelf.expunge(2)
        assert at.fetch() == "protocol_error"
        assert at.there == "abcdef"


def test_who_counts_changes_anew_cannot_tell_what_has_vanished(collector: Collector):
    with scene(collector, bytewise=False, can=QRESYNC) as at:
        fetching.set_senders(collector.session, at.account, ["nikt@firma.test"], only=True, now=collector.now)
        collector.session.commit()
        # With a stranger's message in the folder, one that went could be this one.
        at.shelf.add(letter("g", From="obcy@obca.test"))
        assert at.fetch() == "ok"
        at.shelf.modseq = 0
        at.shelf.expunge(2)
        assert at.fetch() == "ok"
        assert at.there == "acdef"


def test_marks_that_come_in_portions_are_all_taken_over(collector: Collector, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(changes, "MOST_TOLD", 2)
    with scene(collector, bytewise=False, can=QRESYNC) as at:
        at.shelf.vanished = b"".join(b"* %d FETCH (UID %d FLAGS (\\Seen))\r\n" % (uid, uid) for uid in (1, 3, 4, 5, 6))
        at.shelf.add(letter("g"))
        assert at.fetch() == "ok"
        read = select(Placement.uid).where(Placement.seen).order_by(Placement.uid)
        assert list(collector.session.scalars(read)) == [1, 3, 4, 5, 6]


def test_looking_through_very_many_ends_as_soon_as_nobody_wants_it(collector: Collector, monkeypatch):
    # Asked each time, not only now and then.
    monkeypatch.setattr(tools, "ASK_SECONDS", 0.0)
    shelf = ChangingShelf(can=b"")
    shelf.add(*map(letter, "abcdef"))
    with serving(shelf.script(), bytewise=False) as server:
        at = Scene(collector, shelf, server.port)
        monkeypatch.setattr(windows, "MOST_LISTED", 2)
        shelf.expunge(2)
        ending = replace(collector.tools, stopping=lambda: shelf.compared > 0)
        assert collector.run(collector.claim(at.account), ending).outcome is None
        assert (shelf.compared, at.there) == (1, "abcdef")
        assert at.fetch() == "ok"
        assert (shelf.compared, at.there) == (4, "acdef")
