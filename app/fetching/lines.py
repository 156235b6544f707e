"""Sessions with incoming servers: opened for one fetch, or kept open for the next one."""

import contextlib
import threading
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import cast

from app.fetching.plan import Step, decide
from app.fetching.work import FolderWork, Work
from app.mail.deadline import Deadline
from app.mail.dial import NetworkRules
from app.mail.failures import StepFailed
from app.mail.fetch import FetchSession
from app.mail.fetched_lines import FolderStatus
from app.mail.glance import Glance, glance
from app.mail.imap import ImapSession
from app.mail.opening import opened
from app.mail.outcomes import Outcome
from app.mail.settings import ServerSettings, Side

# RFC 3501, 5.4: a server may hang up after 30 minutes of silence; many do so earlier.
MOST_IDLE_SECONDS = 600.0
MOST_KEPT = 400
GLANCE_SECONDS = 5.0


@contextmanager
def open_line(work: Work, *, rules: NetworkRules, deadline: Deadline) -> Iterator[FetchSession]:
    """Open a session for one fetch. Raises StepFailed."""
    settings, fast = work.details.imap, work.details.fast_mode
    with opened(Side.IMAP, settings, fast_mode=fast, rules=rules, deadline=deadline) as (session, connection):
        yield FetchSession(cast(ImapSession, session), connection, settings)


@dataclass(slots=True)
class _Kept:
    """A session that is open, with what closes it."""

    session: FetchSession
    leads_to: tuple[ServerSettings, bool]
    stack: ExitStack
    used_at: float


class Lines:
    """Keeps sessions open between fetches, for accounts that are fetched often.

    A session serves one fetch at a time, since an account is in one hand at a time. One that the server has closed
    meanwhile is opened anew, once.
    """

    def __init__(self, rules: NetworkRules) -> None:
        self._rules = rules
        self._lock = threading.Lock()
        self._kept: dict[int, _Kept] = {}

    def close(self) -> None:
        """Close all of them."""
        with self._lock:
            kept, self._kept = list(self._kept.values()), {}
        for each in kept:
            each.stack.close()

    def sweep(self, fetched: Collection[int]) -> None:
        """Close those of accounts that are not ``fetched`` any more (off, paused, deleted), or not used for long."""
        before = time.monotonic() - MOST_IDLE_SECONDS
        with self._lock:
            old = [each for each, line in self._kept.items() if each not in fetched or line.used_at < before]
            lines = [self._kept.pop(account_id) for account_id in old]
        for line in lines:
            line.stack.close()

    @contextmanager
    def open(self, work: Work, *, deadline: Deadline) -> Iterator[FetchSession]:
        """Yield an open session, an old one if there is one. Raises StepFailed."""
        line = self._take(work)
        if line is not None and not line.session.go_on(deadline):
            line.stack.close()
            line = None
        line = line or self._new(work, deadline)
        try:
            yield line.session
        except BaseException:
            line.stack.close()
            raise
        self._keep(work, line)

    def without_news(self, works: Sequence[Work], *, seconds: float = GLANCE_SECONDS) -> list[Work]:
        """Return those accounts whose sessions are open and in which nothing is new, all asked at once.

        What the others are about is for a fetch to find out.
        """
        lines = [(work, line) for work in works if _is_plain(work) and (line := self._take(work)) is not None]
        if not lines:
            return []
        glances = [Glance(line.session, [folder.name for folder in work.folders]) for work, line in lines]
        # Longer than the glance: what holds is the end that all have together.
        with Deadline(2 * seconds) as deadline:
            glance(glances, deadline, seconds)
        found = []
        for (work, line), each in zip(lines, glances, strict=True):
            if each.said is None:
                line.stack.close()
                continue
            self._keep(work, line)
            if all(_is_old(folder, said) for folder, said in zip(work.folders, each.said, strict=True)):
                found.append(work)
        return found

    def _take(self, work: Work) -> _Kept | None:
        with self._lock:
            line = self._kept.pop(work.claim.account_id, None)
        if line is None:
            return None
        if line.leads_to == _leads_to(work) and line.used_at > time.monotonic() - MOST_IDLE_SECONDS:
            return line
        line.stack.close()
        return None

    def _new(self, work: Work, deadline: Deadline) -> _Kept:
        stack = ExitStack()
        session = stack.enter_context(open_line(work, rules=self._rules, deadline=deadline))
        return _Kept(session, _leads_to(work), stack, time.monotonic())

    def _keep(self, work: Work, line: _Kept) -> None:
        line.used_at = time.monotonic()
        # One that is not used again in time would only lie there.
        usable = False
        if work.interval.total_seconds() < MOST_IDLE_SECONDS:
            with contextlib.suppress(StepFailed):
                usable = line.session.rest()
        unused: _Kept | None = line
        with self._lock:
            if usable and len(self._kept) < MOST_KEPT:
                # One of the same account may lie there, of a fetch that its lease had left behind.
                unused = self._kept.pop(work.claim.account_id, None)
                self._kept[work.claim.account_id] = line
        if unused is not None:
            unused.stack.close()


def _leads_to(work: Work) -> tuple[ServerSettings, bool]:
    """Return what makes a session this account's: it may have been changed since."""
    return work.details.imap, work.details.fast_mode


def _is_plain(work: Work) -> bool:
    """Return whether there is nothing to do but to see whether there is news."""
    read_before = all(folder.known.uidvalidity is not None for folder in work.folders)
    return bool(work.folders) and read_before and not work.list_folders


def _is_old(folder: FolderWork, said: FolderStatus | Outcome) -> bool:
    return isinstance(said, FolderStatus) and decide(folder.known, said) is Step.NOTHING
