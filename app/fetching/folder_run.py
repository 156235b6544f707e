"""One folder: what is new in it, read in chunks, and stored batch by batch while the next one is on its way."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from app.fetching import claims, folders
from app.fetching.chunks import SIZE_LIMIT, Load, requests
from app.fetching.claims import Claim
from app.fetching.debts import Debts, debts_of
from app.fetching.following import Follower
from app.fetching.plan import Cursor, Step, decide
from app.fetching.senders import Senders
from app.fetching.storing import Batch, Failed, Fetched, store
from app.fetching.strangers import strangers
from app.fetching.tools import Tools, Wanted
from app.fetching.work import FolderWork
from app.fetching.writer import Writer
from app.mail import pacing
from app.mail.failures import StepFailed
from app.mail.fetch import FetchSession
from app.mail.fetch_requests import Ended, Listing, Request
from app.mail.fetched_lines import FolderStatus, Item
from app.mail.outcomes import Outcome
from app.mail.refusals import LEAVE_ALONE

# So many messages that did not come in a chunk are asked for one by one in one run.
MOST_SINGLES = 100
# More refusals than that, and nothing else, may be the server's fault, not the messages'.
_FEW = 3
# Failures that are about nobody's message.
_NOBODYS = LEAVE_ALONE | {Outcome.TIMEOUT_TOTAL}
_GROUP = 200
_FEW_MESSAGES = 50


class Stopped(Exception):
    """Nobody wants more of the account's mail in this run; what was read is stored."""


@dataclass(slots=True)
class Tally:
    """What a run has brought so far."""

    new: int = 0
    size: int = 0
    # There is more to be had than one run takes.
    more: bool = False


@dataclass(slots=True)
class FolderRun:
    """Reads one folder. Raises StepFailed, Stopped, Superseded."""

    session: FetchSession
    claim: Claim
    work: FolderWork
    tools: Tools
    wanted: Wanted
    tally: Tally
    mark_seen: bool = False
    senders: Senders | None = None
    _resyncing: bool = False
    _uidvalidity: int = 0
    _received: int = 0
    _expected: bool = False
    _left: list[int] = field(default_factory=list)
    _batch: list[Fetched] = field(default_factory=list)
    _load: Load = field(default_factory=Load)

    def run(self) -> None:
        """Read what is new."""
        said = self.session.open(self.work.name, writable=self.mark_seen)
        start = self._start(said)
        debts = self.tools.transact(lambda session: debts_of(session, self.work.id, self._uidvalidity, after=start))
        listing = self.session.listing(start, exists=said.exists, uidnext=said.uidnext)
        cursor = Cursor(start, listing.uids, debts.placed | debts.given_up)
        if self.senders is not None:
            self._leave_out(self.senders, cursor, listing)
        self._expect(sum(not cursor.is_settled(uid) for uid in listing.uids))
        with Writer(self._write) as writer:
            self._receive_chunks(listing, cursor, debts, writer)
        self._look_again(cursor, debts)
        said = self._follow(start, said, listing, debts)
        if cursor.complete and not listing.cut:
            self._do(folders.record_read, said)
        self.tally.more = self.tally.more or listing.cut
        self._mark()

    def _start(self, said: FolderStatus) -> int:
        """Return how far the folder has been read, under the numbers that its messages have now."""
        known = self.work.known
        self._uidvalidity = said.uidvalidity or known.uidvalidity or 0
        if known.uidvalidity is None or (decide(known, said) is Step.RENUMBER and not self._is_untrue(said)):
            self._resyncing = self._do(folders.renumber, self._uidvalidity)
            return 0
        self._resyncing = self.work.resyncing
        return known.cursor

    def _is_untrue(self, said: FolderStatus) -> bool:
        """Return whether there are messages above the number that is said to come next: then it tells nothing."""
        if said.uidnext is None or self._uidvalidity != self.work.known.uidvalidity:
            return False
        return bool(self.session.listing(said.uidnext - 1, exists=said.exists).uids)

    def _expect(self, count: int) -> None:
        """Tell whoever watches how much there is to do; of a few messages they hear when these are there."""
        self.tools.progress.expect(count)
        self._expected = count > _FEW_MESSAGES
        if self._expected:
            self.tools.transact(lambda session: claims.count(session, self.claim, expected=count))

    def _leave_out(self, senders: Senders, cursor: Cursor, listing: Listing) -> None:
        """Pass over messages of people who are not listed, before any of their bodies is downloaded."""
        for request in requests(listing, lambda uid: not cursor.is_settled(uid), most=_GROUP):
            unwanted = strangers(self.session, senders, request.uids)
            cursor.settle(*unwanted)
            self._write(self._as_batch(cursor.at, passed_over=len(unwanted)))
            if not self.wanted():
                raise Stopped

    def _receive_chunks(self, listing: Listing, cursor: Cursor, debts: Debts, writer: Writer[Batch]) -> None:
        most = self.tools.most_bytes
        asked = requests(listing, lambda uid: not cursor.is_settled(uid) and uid not in debts.tries, most_bytes=most)
        try:
            for got in pacing.receive(self.session, asked, listing, most=SIZE_LIMIT, wanted=self.wanted):
                if isinstance(got, Ended):
                    self._sort_out(got, cursor)
                if isinstance(got, Ended) or self._load.is_due(most, now=monotonic()):
                    self._flush(cursor, writer)
                if isinstance(got, Item):
                    self._add(got, listing)
        except StepFailed as failure:
            blamed = self._blamed(failure, None if self._received else self.session.awaited)
            self._flush(cursor, writer)
            writer.drain()
            self._blame(blamed, failure)
            raise
        self._flush(cursor, writer)
        if self.wanted.ended:
            raise Stopped

    def _add(self, item: Item, listing: Listing) -> None:
        self._received += 1
        fetched = self._fetched(item, listing)
        self._batch.append(fetched)
        self._load.add(fetched.content.weight, now=monotonic())
        self.tools.progress.advance()

    def _fetched(self, item: Item, listing: Listing) -> Fetched:
        assert item.content is not None  # noqa: S101 -- tells the type checker what the session has seen to
        size = item.content.size
        if item.headers_only:
            size = max(size, listing.size(item.uid))
        received_at = item.received_at or self.tools.clock()
        return Fetched(item.uid, size, not item.headers_only, item.content, received_at, seen=bool(item.seen))

    def _sort_out(self, ended: Ended, cursor: Cursor) -> None:
        """Note which messages of a chunk did not come."""
        if ended.outcome in LEAVE_ALONE:
            raise StepFailed(ended.outcome, ended.text)
        here = {each.uid for each in self._batch}
        self._left += [uid for uid in ended.request.uids if uid not in here and not cursor.is_settled(uid)]

    def _flush(self, cursor: Cursor, writer: Writer[Batch]) -> None:
        if self._batch:
            # All in a row, which is quicker than each as it comes. Here, since this thread waits more than the other.
            for each in self._batch:
                each.make_ready()
            cursor.settle(*(each.uid for each in self._batch))
            writer.put(self._as_batch(cursor.at, messages=tuple(self._batch)))
            self._batch.clear()
            self._load.clear()

    def _blamed(self, failure: StepFailed, suspect: int | None) -> int | None:
        """Return the message in whose middle the conversation broke; it is not stored.

        What makes no sense after a message was part of it, whose length was told wrong. ``suspect`` is to blame if it
        broke before anything of a message came: some servers hang up instead of the one that they cannot read.
        """
        if failure.outcome is Outcome.PROTOCOL_ERROR and self.session.reading is None and self._batch:
            cut = self._batch.pop()
            cut.content.close()
            return cut.uid
        if self.session.reading is None and failure.outcome not in _NOBODYS:
            return suspect
        return self.session.reading

    def _blame(self, uid: int | None, failure: StepFailed) -> None:
        if uid is not None:
            self._write(self._as_batch(0, failed=(Failed(uid, failure.outcome, failure.text),)))

    def _look_again(self, cursor: Cursor, debts: Debts) -> None:
        """Ask once more, one by one, for what did not come: it may be gone, or there may be something wrong with it."""
        cases = sorted({*self._left, *debts.tries})
        self.tally.more = self.tally.more or len(cases) > MOST_SINGLES
        cases = cases[:MOST_SINGLES]
        if not cases:
            return
        there = self.session.still_there(cases)
        gone = set(cases).difference(there.uids)
        cursor.settle(*gone)
        # Nothing is a message's fault if nothing else is to be had either.
        trusted = bool(self._received) or self._gives_others()
        failed: list[Failed] = []
        for request in requests(there, lambda _uid: True, most=1):
            refused = self._single(request, there, cursor, trusted=trusted)
            if refused is not None:
                failed.append(refused)
        if not trusted and len(failed) > _FEW:
            raise StepFailed(Outcome(failed[0].outcome), failed[0].text)
        cursor.settle(*(each.uid for each in failed if debts.is_last_try(each.uid)))
        self._write(self._as_batch(cursor.at, failed=failed, ended=tuple(gone)))

    def _gives_others(self) -> bool:
        """Return whether the server hands out a message that it has handed out before."""
        known = self.tools.transact(lambda session: folders.known_good(session, self.work.id, most=_GROUP))
        asked = list(requests(self.session.still_there(known), lambda _uid: True, most=1))[:1] if known else []
        items = list(self.session.receive(asked, most=SIZE_LIMIT, wanted=self.wanted))
        for got in items:
            if isinstance(got, Item) and got.content is not None:
                got.content.close()
        return any(isinstance(got, Item) for got in items)

    def _single(self, request: Request, listing: Listing, cursor: Cursor, *, trusted: bool) -> Failed | None:
        """Fetch and store one message; return why that could not be done.

        A server that is not ``trusted`` has handed out nothing in this run.
        """
        (uid,) = request.uids
        came, outcome, text = False, Outcome.PROTOCOL_ERROR, None
        try:
            for got in self.session.receive([request], most=SIZE_LIMIT, wanted=self.wanted):
                if isinstance(got, Item):
                    self._add(got, listing)
                elif self._batch:
                    cursor.settle(uid)
                    self._write(self._as_batch(cursor.at, messages=tuple(self._batch), ended=(uid,)))
                    self._batch.clear()
                    came = True
                elif got.outcome is not Outcome.OK:
                    outcome, text = got.outcome, got.text
        except StepFailed as failure:
            self._blame(self._blamed(failure, uid if trusted else None), failure)
            raise
        if self.wanted.ended:
            raise Stopped
        # Not by the cursor: a message that was left aside lies below it.
        return None if came else Failed(uid, outcome, text)

    def _follow(self, start: int, said: FolderStatus, listing: Listing, debts: Debts) -> FolderStatus:
        where = (self.work, self.tools, self._uidvalidity, start)
        return Follower(self.session.changes, self.claim, *where, self.wanted).follow(said, listing, debts.placed)

    def _mark(self) -> None:
        if not self.mark_seen:
            return
        while uids := self.tools.transact(lambda session: folders.to_mark(session, self.work.id, most=_GROUP)):
            if not self.wanted():
                raise Stopped
            # A folder that may not be written to is no reason to stop: only the mark is missing there.
            done = self.session.mark_seen(uids)
            self._do(folders.record_marked if done else folders.record_unmarkable, uids)

    def _as_batch(
        self,
        cursor_at: int,
        *,
        messages: Sequence[Fetched] = (),
        failed: Sequence[Failed] = (),
        ended: Iterable[int] = (),
        passed_over: int = 0,
    ) -> Batch:
        where = (self.work.id, self._uidvalidity, cursor_at)
        return Batch(
            *where,
            messages,
            failed,
            tuple(ended),
            resyncing=self._resyncing,
            mark=self.mark_seen,
            passed_over=passed_over,
            expected=self._expected,
        )

    def _write(self, batch: Batch) -> None:
        try:
            stored = self.tools.transact(lambda session: store(session, self.claim, batch, now=self.tools.clock()))
        finally:
            for each in batch.messages:
                each.content.close()
        self.tally.new += stored.new
        self.tally.size += stored.size

    def _do(self, write: Callable[..., Any], *values: Any) -> Any:
        """Run a write about the folder in a transaction of its own."""
        now = self.tools.clock()
        return self.tools.transact(lambda session: write(session, self.claim, self.work.id, *values, now=now))
