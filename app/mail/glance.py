"""A glance into many mailboxes at once, over sessions that are open already: from one thread, and all at a time."""

import selectors
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from app.mail.awaited import Awaited
from app.mail.deadline import Deadline
from app.mail.failures import StepFailed
from app.mail.fetch import FetchSession
from app.mail.fetched_lines import FolderStatus
from app.mail.outcomes import Outcome


@dataclass(slots=True)
class Glance:
    """A session, the folders that are asked about, and what the server says about them; None if it says nothing."""

    session: FetchSession
    names: Sequence[str]
    said: Sequence[FolderStatus | Outcome] | None = None
    tags: Sequence[bytes] = ()
    ends: Awaited = field(default_factory=Awaited)


def glance(glances: Sequence[Glance], deadline: Deadline, seconds: float) -> None:
    """Ask all of them, and wait ``seconds`` at most, for no one longer than for all.

    A session that gave no answer is of no more use. Nobody can hold up the others: what is read has come already.
    """
    end = time.monotonic() + seconds
    with selectors.DefaultSelector() as selector:
        waiting = sum(_asked(each, selector, deadline) for each in glances)
        while waiting and (left := end - time.monotonic()) > 0:
            for key, _events in selector.select(left):
                if _answered(key.data):
                    selector.unregister(key.fd)
                    waiting -= 1


def _asked(each: Glance, selector: selectors.BaseSelector, deadline: Deadline) -> bool:
    try:
        if not each.session.go_on(deadline):
            return False
        each.tags = each.session.ask_statuses(each.names)
        each.ends = Awaited(each.tags)
    except StepFailed:
        return False
    selector.register(each.session.fileno(), selectors.EVENT_READ, each)
    return True


def _answered(each: Glance) -> bool:
    """Return whether there is nothing more to wait for."""
    try:
        if not each.session.has_come(each.ends):
            return False
        each.said = each.session.read_statuses(each.tags, each.names, patience=0)
    except StepFailed:
        each.said = None
    return True
