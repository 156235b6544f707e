"""One fetch of one account: every chosen folder in turn, each message exactly once, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.fetching import folders
from app.fetching.claims import Claim, Superseded, is_wanted
from app.fetching.folder_run import FolderRun, Stopped, Tally
from app.fetching.plan import Step, decide
from app.fetching.settling import NOT_READABLE, record_failure, record_stopped, record_success
from app.fetching.tools import FETCH_SECONDS, Tools, Wanted
from app.fetching.work import FolderWork, Work
from app.mail.deadline import Deadline
from app.mail.failures import StepFailed
from app.mail.fetch import FetchSession
from app.mail.outcomes import Outcome
from app.mail.refusals import LEAVE_ALONE


class NotReadable(Exception):
    """The stored password cannot be opened."""


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a fetch. ``unchanged``: there was nothing new, and the account is still in hand.

    ``new`` counts messages that the account has not had before, in whichever folder, and ``size`` their bytes.

    An outcome of None: it was stopped, because the account was switched off, paused or taken over.
    """

    claim: Claim
    outcome: str | None
    new: int = 0
    size: int = 0
    unchanged: bool = False


def run(work: Work, tools: Tools) -> Report:
    """Fetch, and note what came of it; of an account without news the caller lets go, of many at a time."""
    claim, tally = work.claim, Tally()
    wanted = Wanted(lambda: not tools.stopping() and tools.transact(lambda session: is_wanted(session, claim)))
    try:
        outcome, unchanged = _fetch(work, tools, wanted, tally)
    except Superseded:
        return Report(claim, None, tally.new, tally.size)
    except Stopped:
        again = wanted.out_of_time
        tools.transact(lambda session: record_stopped(session, claim, again=again, now=tools.clock()))
        return Report(claim, Outcome.OK if again else None, tally.new, tally.size)
    except NotReadable:
        _fail(tools, claim, NOT_READABLE, None)
        return Report(claim, NOT_READABLE)
    except StepFailed as failure:
        _fail(tools, claim, failure.outcome, failure.text)
        return Report(claim, failure.outcome, tally.new, tally.size)
    if unchanged:
        return Report(claim, outcome, unchanged=True)
    if tally.more:
        tools.transact(lambda session: record_stopped(session, claim, again=True, now=tools.clock()))
    else:
        tools.transact(lambda session: record_success(session, claim, outcome, now=tools.clock()))
    return Report(claim, outcome, tally.new, tally.size)


def _fetch(work: Work, tools: Tools, wanted: Wanted, tally: Tally) -> tuple[str, bool]:
    """Return the outcome, and whether there was nothing new at all. Raises StepFailed, NotReadable."""
    if not work.details.imap.password:
        raise NotReadable
    with Deadline(FETCH_SECONDS) as deadline, tools.connect(work, deadline=deadline) as session:
        if work.list_folders:
            found = session.folders()
            tools.transact(lambda each: folders.record_listed(each, work.claim, found, now=tools.clock()))
        to_read, troubled = _look(session, work)
        for folder, failure in troubled:
            _note_trouble(tools, work, folder, failure.outcome)
        failures = [failure for _folder, failure in troubled]
        if any(folder.known.modseq for folder in to_read):
            session.changes.enable()
        for folder in to_read:
            try:
                FolderRun(session, work.claim, folder, tools, wanted, tally, work.mark_seen, work.senders).run()
            except StepFailed as failure:
                _note_trouble(tools, work, folder, failure.outcome)
                if not session.is_usable or failure.outcome in LEAVE_ALONE:
                    raise
                failures.append(failure)
            if not wanted():
                raise Stopped
    return _outcome(work, failures), not (to_read or failures or work.list_folders)


def _outcome(work: Work, failures: Sequence[StepFailed]) -> str:
    """Return OK, or that folders are missing while others are there. Raises what is worse."""
    worse = [failure for failure in failures if failure.outcome is not Outcome.FOLDER_MISSING]
    if worse or (failures and len(failures) == len(work.folders)):
        raise (worse or failures)[0]
    return Outcome.FOLDER_MISSING if failures else Outcome.OK


def _look(session: FetchSession, work: Work) -> tuple[list[FolderWork], list[tuple[FolderWork, StepFailed]]]:
    """Return the folders in which something may be new, and those that cannot be read.

    Those come last in which something went wrong the last time: it shall not keep the others away for ever.
    """
    to_read: list[FolderWork] = []
    troubled: list[tuple[FolderWork, StepFailed]] = []
    fresh = [folder for folder in work.folders if folder.known.uidvalidity is None]
    asked = [folder for folder in work.folders if folder.known.uidvalidity is not None]
    for folder, said in zip(asked, session.statuses([each.name for each in asked]), strict=True):
        if isinstance(said, Outcome):
            troubled.append((folder, StepFailed(said)))
        elif decide(folder.known, said) is not Step.NOTHING:
            to_read.append(folder)
    return sorted([*fresh, *to_read], key=lambda folder: folder.troubled), troubled


def _note_trouble(tools: Tools, work: Work, folder: FolderWork, outcome: Outcome) -> None:
    now = tools.clock()
    tools.transact(lambda session: folders.record_trouble(session, work.claim, folder.id, outcome, now=now))


def _fail(tools: Tools, claim: Claim, outcome: str, text: str | None) -> None:
    now, chance = tools.clock(), tools.chance()
    tools.transact(lambda session: record_failure(session, claim, outcome, text, now=now, chance=chance))
