"""Any sequence of arrivals, deletions, renumberings, faults and crashes: nothing is lost and nothing is there twice.

A model of a mailbox stands where the network would be, a real SQLite where the database is; what lies between is all of
``app.fetching``. ``SKRZYNKA_EXAMPLES`` says how many sequences are tried.
"""

import os
import tempfile
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app import accounts, clock, fetching
from app.fetching import Progress, Tools
from app.mail.content import Content
from app.mail.failures import StepFailed
from app.mail.fetch_requests import Ended, Listing, Request
from app.mail.fetched_lines import FolderName, FolderStatus, Item
from app.mail.outcomes import Outcome
from app.models import Folder, Placement, Trouble
from app.models.database import engine_for
from app.vault import Vault, generate_key
from tests.cast import details
from tests.servers.tables import lay_out_file

T = TypeVar("T")


class Crash(BaseException):
    """The process was killed: not an Exception, nothing may catch it to go on."""


class Mailbox:
    """A server's side: messages by UID, and what goes wrong, at the n-th step from now."""

    def __init__(self) -> None:
        self.uidvalidity, self.uidnext = 1, 1
        self.messages: dict[int, bytes] = {}
        self.refused: set[int] = set()
        self.reading: int | None = None
        self.awaited: int | None = None
        self.is_usable = True
        self.changes = Changing(self)
        # What of it is left out of lists although it is there, and since which change each message is gone.
        self.left_out: set[int] = set()
        self.modseq, self.went = 1, dict[int, int]()
        self.break_in: int | None = None
        self.expunge_in: int | None = None

    def step(self) -> None:
        if self.expunge_in is not None:
            self.expunge_in -= 1
            if self.expunge_in < 0:
                self.expunge_in = None
                self.expunge(min(self.messages, default=0))
        if self.break_in is not None:
            self.break_in -= 1
            if self.break_in < 0:
                self.break_in = None
                self.is_usable = False
                raise StepFailed(Outcome.SERVER_CLOSED)

    def expunge(self, uid: int) -> None:
        if self.messages.pop(uid, None) is not None:
            self.modseq += 1
            self.went[uid] = self.modseq

    def status(self) -> FolderStatus:
        modseq = self.modseq if self.changes.knows_changes else None
        return FolderStatus(self.uidvalidity, self.uidnext, len(self.messages), modseq)

    def folders(self) -> list[FolderName]:
        return [FolderName("INBOX", "INBOX")]

    def statuses(self, names: Sequence[str]) -> list[FolderStatus]:
        self.step()
        return [self.status() for _ in names]

    def open(self, _name: str, **_options: object) -> FolderStatus:
        self.step()
        return self.status()

    def listing(self, after: int, **_options: object) -> Listing:
        self.step()
        return self._listing([uid for uid in self.messages if uid > after])

    def still_there(self, uids: Sequence[int]) -> Listing:
        self.step()
        return self._listing([uid for uid in self.messages if uid in uids])

    def receive(self, requests: Iterable[Request], **_options: object) -> Iterator[Item | Ended]:
        for request in requests:
            outcome = Outcome.OK
            for uid in request.uids:
                self.reading = uid
                self.step()
                self.reading = None
                if uid in self.refused:
                    outcome = Outcome.SERVER_BUSY
                    break
                if uid in self.messages:
                    yield Item(uid, content=Content.of(self.messages[uid]))
            yield Ended(request, outcome)

    def _listing(self, uids: list[int]) -> Listing:
        uids.sort()
        return Listing(array("L", uids), array("q", (len(self.messages[uid]) for uid in uids)))


class Changing:
    """What the server tells of changes: nothing, or what has vanished; it may be wrong about that."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self.knows_changes = False
        self.lies = False

    @property
    def tells_vanished(self) -> bool:
        return self.knows_changes

    def enable(self) -> None:
        self._mailbox.step()

    def since(
        self, modseq: int, upto: int, known: "array[int] | None", *_rest: object, **_options: object
    ) -> "array[int] | None":
        self._mailbox.step()
        assert all(uid <= upto for uid in known or ())
        if known is None:
            return None
        gone = {uid for uid in known if self._mailbox.went.get(uid, 0) > modseq} if not self.lies else set(known)
        return array("L", sorted(gone))

    def present(self, low: int, high: int, **_options: object) -> "array[int] | None":
        self._mailbox.step()
        there = self._mailbox.messages.keys() - self._mailbox.left_out
        return array("L", sorted(uid for uid in there if low <= uid <= high))


class Fetching(RuleBasedStateMachine):
    """What people and machines do to one account."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.engine: Engine = engine_for(f"sqlite:///{lay_out_file(Path(self.folder.name) / 'test.db')}")
        self.mailbox = Mailbox()
        self.now = clock.now()
        self.vault = Vault({"k1": generate_key()})
        self.crash_in: int | None = None
        self.stored: Counter[bytes] = Counter()

    def teardown(self) -> None:
        self.engine.dispose()
        self.folder.cleanup()

    @initialize(knows_changes=st.booleans())
    def begin(self, *, knows_changes: bool) -> None:
        self.mailbox.changes.knows_changes = knows_changes
        with Session(self.engine) as session:
            made = accounts.create(session, details(), submission=None, tested=None, vault=self.vault, now=self.now)
            session.commit()
            self.account_id = made.id

    # A few contents only, so that many messages are alike.
    @rule(content=st.integers(0, 4), count=st.integers(1, 3))
    def arrive(self, content: int, count: int) -> None:
        for _ in range(count):
            self.mailbox.messages[self.mailbox.uidnext] = b"Subject: %d\r\n\r\nx" % content
            self.mailbox.uidnext += 1

    @rule(data=st.data())
    def expunge(self, data: st.DataObject) -> None:
        if self.mailbox.messages:
            self.mailbox.expunge(data.draw(st.sampled_from(sorted(self.mailbox.messages))))

    @rule(data=st.data())
    def renumber(self, data: st.DataObject) -> None:
        """Give all messages new numbers, in another order; a UIDVALIDITY may come back."""
        order = data.draw(st.permutations(sorted(self.mailbox.messages)))
        contents = [self.mailbox.messages[uid] for uid in order]
        # Not the one that was seen last: nobody could tell.
        used = {self.mailbox.uidvalidity, self.uidvalidity_seen()}
        self.mailbox.uidvalidity = data.draw(st.sampled_from([each for each in (1, 2, 3, 4) if each not in used]))
        self.mailbox.messages = dict(enumerate(contents, 1))
        self.mailbox.uidnext = len(contents) + 1
        self.number_anew()

    @rule(content=st.integers(0, 4))
    def begin_anew_under_the_same_uidvalidity(self, content: int) -> None:
        """Have the folder lose everything, also its numbers: seen by that the next one lies below what was read."""
        with Session(self.engine) as session:
            read = session.scalar(select(Folder.cursor)) or 0
        if read >= 2 and self.mailbox.uidvalidity == self.uidvalidity_seen():
            self.mailbox.messages, self.mailbox.uidnext = {1: b"Subject: %d\r\n\r\nx" % content}, 2
            self.number_anew()
            self.fetch()

    def number_anew(self) -> None:
        self.mailbox.modseq += 1
        for each in (self.mailbox.refused, self.mailbox.left_out, self.mailbox.went):
            each.clear()

    def uidvalidity_seen(self) -> int | None:
        with Session(self.engine) as session:
            return session.scalar(select(Folder.uidvalidity))

    @rule(data=st.data())
    def spoil(self, data: st.DataObject) -> None:
        if self.mailbox.messages and len(self.mailbox.refused) < 2:
            self.mailbox.refused.add(data.draw(st.sampled_from(sorted(self.mailbox.messages))))

    @rule(data=st.data())
    def lie(self, data: st.DataObject) -> None:
        """Leave out of lists what is there, or say that everything has vanished."""
        if self.mailbox.messages:
            self.mailbox.left_out.add(data.draw(st.sampled_from(sorted(self.mailbox.messages))))
        self.mailbox.changes.lies = data.draw(st.booleans())

    @rule()
    def mend(self) -> None:
        self.mailbox.refused.clear()
        self.mailbox.left_out.clear()
        self.mailbox.changes.lies = False

    @rule(steps=st.integers(0, 12))
    def fetch_over_a_line_that_breaks(self, steps: int) -> None:
        self.mailbox.break_in = steps
        self.fetch()
        self.mailbox.break_in = None

    @rule(steps=st.integers(0, 12))
    def fetch_while_somebody_deletes(self, steps: int) -> None:
        self.mailbox.expunge_in = steps
        self.fetch()
        self.mailbox.expunge_in = None

    @rule(transactions=st.integers(0, 8))
    def fetch_and_be_killed(self, transactions: int) -> None:
        self.crash_in = transactions
        try:
            self.fetch()
        except Crash:
            # The lease of the dead ends by itself.
            self.now += timedelta(minutes=2)
        self.crash_in = None

    @rule()
    def fetch(self) -> None:
        with self.claimed() as claim:
            (work,) = self.transact(lambda session: fetching.load(session, [claim], self.vault, now=self.now))
            tools = Tools(self.connect, self.transact, lambda: self.now, lambda: 0.5, Progress())  # type: ignore[arg-type]  # a model
            report = fetching.run(work, tools)
            if report.unchanged:
                self.transact(lambda session: fetching.finish_unchanged(session, [claim], now=self.now))

    @contextmanager
    def claimed(self) -> Iterator[fetching.Claim]:
        claim = self.transact(lambda session: fetching.claim(session, self.account_id, now=self.now))
        assert claim is not None
        yield claim

    @contextmanager
    def connect(self, _work: fetching.Work, **_options: object) -> Iterator[Mailbox]:
        self.mailbox.is_usable = True
        yield self.mailbox

    def transact(self, work: Callable[[Session], T]) -> T:
        with Session(self.engine) as session:
            done = work(session)
            if self.crash_in is not None:
                self.crash_in -= 1
                if self.crash_in < 0:
                    self.crash_in = None
                    raise Crash
            session.commit()
            return done

    @rule()
    def finish(self) -> None:
        """When all goes well for a while, everything on the server is here, each message in its one place."""
        self.mend()
        self.ask_again_for_what_was_left_aside()
        self.arrive(content=0, count=1)
        for _ in range(2):
            self.fetch()
        with Session(self.engine) as session:
            here = Counter(
                session.execute(
                    select(Placement.uid, Placement.digest).where(
                        Placement.uidvalidity == self.mailbox.uidvalidity, Placement.uid.in_(self.mailbox.messages)
                    )
                ).all()
            )
            present = set(session.scalars(select(Placement.uid).where(Placement.gone_at.is_(None))))
        there = Counter((uid, Content.of(raw).digest) for uid, raw in self.mailbox.messages.items())
        assert Counter(tuple(row) for row in here.elements()) == there
        assert present == set(self.mailbox.messages), "what has gone is known to be gone, and nothing else is"

    def ask_again_for_what_was_left_aside(self) -> None:
        with Session(self.engine) as session:
            for trouble in session.scalars(select(Trouble)):
                fetching.retry(session, trouble, now=self.now)
            session.commit()

    @invariant()
    def what_was_fetched_stays_and_nothing_is_there_twice(self) -> None:
        if not hasattr(self, "account_id"):
            return
        with Session(self.engine) as session:
            places = session.scalars(select(Placement)).all()
            numbers = Counter((each.uidvalidity, each.uid) for each in places)
            assert max(numbers.values(), default=1) == 1
            digests = Counter(each.digest.encode() for each in places)
            assert self.stored <= digests, "something that was stored is not any more"
            self.stored = digests
            folder = session.scalars(select(Folder)).one_or_none()
            if folder is not None and folder.uidvalidity == self.mailbox.uidvalidity:
                self.passed_messages_are_accounted_for(session, folder)
                gone = {each.uid for each in places if each.gone_at and each.uidvalidity == folder.uidvalidity}
                assert not gone & self.mailbox.messages.keys(), "something that is there passes for gone"

    def passed_messages_are_accounted_for(self, session: Session, folder: Folder) -> None:
        """The cursor passes a message only when it is stored, gone, or was left aside."""
        placed = set(session.scalars(select(Placement.uid).where(Placement.uidvalidity == folder.uidvalidity)))
        aside = set(session.scalars(select(Trouble.uid).where(Trouble.attempts >= 3)))
        passed = {uid for uid in self.mailbox.messages if uid <= folder.cursor}
        assert passed <= placed | aside


TestFetching = Fetching.TestCase
TestFetching.settings = settings(
    max_examples=int(os.environ.get("SKRZYNKA_EXAMPLES", "12")),
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
