"""What the pages show of the fetching of mail, in the person's language."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from app import fetching
from app.extensions import db
from app.fetching import Health
from app.mail.outcomes import Outcome
from app.models import Account, FetchState, Folder
from app.web.fetching.causes import what, why
from app.web.fetching.folder_names import folder_title
from app.web.fetching.question import question_about
from app.web.fetching.wording import FOLDER_MISSING, HEALTHS
from app.web.moments import Moment, moment_of

Context = dict[str, Any]
# In milliseconds: how often is looked while something happens, and while nothing does.
_SOON_MS, _NOW_AND_THEN_MS = 1000, 5000


@dataclass(frozen=True, slots=True)
class Badge:
    """How an account is doing, for lists."""

    kind: str
    words: str
    # It waits for a person, which is said above every page.
    waits: bool = False
    # Where what it speaks of can be answered, if anywhere.
    address: str | None = None
    # What fetching fails of, in a sentence; or what is missing although mail is fetched.
    trouble: str = ""
    lacks: str = ""
    # It waits for another password.
    for_password: bool = False


@dataclass(frozen=True, slots=True)
class HowFar:
    """How many messages of a long fetch are there."""

    done: int
    expected: int

    @property
    def words(self) -> str:
        """The same in words."""
        return str(_("%(done)d of %(expected)d messages", done=self.done, expected=self.expected))


@dataclass(frozen=True, slots=True)
class FolderRow:
    """A folder that may be ticked. ``title`` is in the person's language, ``name`` the server's own if that differs."""

    folder: Folder
    title: str
    name: str


def badges(accounts: list[Account], *, now: datetime) -> dict[int, Badge]:
    """Return how each account is doing."""
    states = fetching.states(db.session)
    intervals = fetching.intervals(db.session, [account.id for account in accounts])
    acted_on = fetching.acted_on(db.session, [account.id for account in accounts])
    found = {}
    for account in accounts:
        state = states.get(account.id)
        asks = fetching.doubt_about(db.session, account, state) is not None
        # Without a state there is nothing that an interval could tell.
        interval, acted = intervals.get(account.id, timedelta()), account.id in acted_on
        health = fetching.health(state, active=account.active, asks=asks, acted=acted, interval=interval, now=now)
        found[account.id] = _badge(account, health, state, acted=acted)
    return found


def state_context(account: Account, *, now: datetime) -> Context:
    """Return how the fetching of one account stands."""
    state = fetching.find_state(db.session, account.id)
    interval = fetching.interval_of(db.session, account.id)
    asks = fetching.doubt_about(db.session, account, state) is not None
    acted = bool(fetching.acted_on(db.session, [account.id]))
    health = fetching.health(state, active=account.active, asks=asks, acted=acted, interval=interval, now=now)
    running = health is not Health.OFF and state is not None and (state.lease_until or now) > now
    due = state is None or acted or state.due_at <= now
    # What went wrong before somebody acted says nothing any more.
    outcome = None if state is None or acted else state.outcome
    chosen = fetching.has_folders(db.session, account.id)
    kind, headline = _headline(account, state, running=running, asks=asks, acted=acted, chosen=chosen)
    waits = health not in (Health.OFF, Health.PAUSED, Health.ASKING)
    troubles = fetching.list_troubles(db.session, account.id)
    return {
        "account": account,
        "state": state,
        "badge_view": _badge(account, health, state, acted=acted),
        "kind": kind,
        "headline": headline,
        # Not within the headline: who hears that read out would hear every number.
        "progress": _how_far(state) if running else None,
        "advice": "" if running or asks else why(account, outcome, tried_again=waits),
        "server_text": state.server_text if state is not None and outcome and state.failures and not running else None,
        "succeeded": _succeeded(state, now),
        "brought": "" if running or state is None or state.outcome != Outcome.OK else _brought(state),
        "next_try": _next_try(None if due else state, now) if waits and not running else "",
        "asks": asks,
        "may_fetch": account.active and not asks and (health is Health.PAUSED or not running),
        "may_pause": waits,
        "paused": health is Health.PAUSED,
        "troubles": [
            (trouble, folder_title(folder), why(account, trouble.outcome, tried_again=trouble.retry))
            for trouble, folder in troubles
        ],
        # What nothing changes by itself may be changed by other people.
        "poll_ms": _SOON_MS if running or (waits and due) else _NOW_AND_THEN_MS,
        "look": f"{now.timestamp() * 1000:.0f}",
    }


def account_context(account: Account, *, now: datetime, **said: Any) -> Context:
    """Return what the page about the fetching of one account needs; ``said``: what was typed, with its errors."""
    context = state_context(account, now=now)
    state: FetchState | None = context["state"]
    minutes = state.interval_minutes if state is not None else None
    return {
        **context,
        "question": question_about(account),
        "seen": fetching.mark_of_choices(db.session, account.id),
        **folders_context(account, now=now),
        "interval": str(minutes or ""),
        "interval_error": "",
        "default_minutes": int(fetching.default_interval(db.session).total_seconds() // 60),
        "mark_seen": state is not None and state.mark_seen,
        "senders": "\n".join(fetching.list_senders(db.session, account.id)),
        "senders_error": "",
        "file_error": "",
        "listed_only": state is not None and state.listed_senders_only,
        **said,
    }


def folders_context(account: Account, *, now: datetime) -> Context:
    """Return what the folders to choose from need; while they are being asked for, the page asks for them too."""
    state = fetching.find_state(db.session, account.id)
    held = fetching.is_held(db.session, account.id)
    unlisted = state is None or state.folders_listed_at is None
    asked = unlisted and account.active and not held and (state is None or state.paused_at is None)
    found = fetching.list_folders(db.session, account.id)
    return {
        "account": account,
        "folders": [_folder_row(folder) for folder in found],
        "ticked": {folder.id for folder in found if folder.chosen},
        "asked": asked,
        # Those of an account that is off or held up may be asked for as soon as another person sets it going.
        "folders_poll_ms": (_SOON_MS if asked else _NOW_AND_THEN_MS) if unlisted else None,
        "look": f"{now.timestamp() * 1000:.0f}",
    }


def _badge(account: Account, health: Health, state: FetchState | None, *, acted: bool) -> Badge:
    kind, words = HEALTHS[health]
    asks = health is Health.ASKING
    held = health is Health.PAUSED and state is not None and state.held_at is not None and not acted
    address = url_for("fetching.show", account_id=account.id, _anchor="fetching-question") if asks else None
    fails = state is not None and (health is Health.FAILING or held)
    trouble = what(account, state.outcome) if fails and state is not None else ""
    for_password = held and state is not None and state.outcome in fetching.PASSWORD_REFUSED
    misses = health is Health.OK and state is not None and state.outcome == Outcome.FOLDER_MISSING and not acted
    lacks = str(FOLDER_MISSING) if misses else ""
    return Badge(kind, str(words), held, address, trouble=trouble, lacks=lacks, for_password=for_password)


def _headline(
    account: Account, state: FetchState | None, *, running: bool, asks: bool, acted: bool, chosen: bool
) -> tuple[str, str]:
    paused = state is not None and state.paused_at is not None
    failed = state is not None and (state.held_at is not None or state.failures > 0)
    headlines = (
        (not account.active, "info", _("This account is switched off, so nothing is fetched. What was fetched stays.")),
        (asks, "warning", _("Nothing is fetched until you have answered whether this is still the same mailbox.")),
        (running and paused, "info", _("Fetching ends with the message that is just coming …")),
        (running, "info", _("Mail is being fetched …")),
        (state is None, "info", _("Mail of this account has not been fetched yet.")),
        (paused, "warning", _("Fetching is paused until you let it go on.")),
        (acted and failed, "info", _("Fetching goes on: the account was changed, or has passed a test.")),
        (
            state and state.held_at and state.outcome in fetching.PASSWORD_REFUSED,
            "error",
            _("Fetching waits for you: no further attempt is made, since servers lock accounts otherwise."),
        ),
        (
            state and state.held_at,
            "error",
            _("Fetching waits for you: no further attempt is made until you correct the account or let it go on."),
        ),
        (state and state.failures, "warning", _("The last attempt to fetch mail failed.")),
        (state and not chosen, "warning", _("No folder is chosen, so nothing is fetched. Tick at least one below.")),
        (state and not state.tried_at, "info", _("Mail of this account has not been fetched yet.")),
        (
            state and state.outcome == Outcome.FOLDER_MISSING,
            "warning",
            _("Mail is fetched by itself, but not from all of the chosen folders."),
        ),
        (True, "success", _("Mail is fetched by itself.")),
    )
    return next((kind, str(words)) for holds, kind, words in headlines if holds)


def _how_far(state: FetchState | None) -> HowFar | None:
    """Return how far a fetch is, if it is a long one."""
    if state is None or state.expected <= 0:
        return None
    return HowFar(min(state.stored, state.expected), state.expected)


def _brought(state: FetchState) -> str:
    """Say what the last run has come to."""
    new = ngettext("One new message.", "%(num)d new messages.", state.stored) if state.stored else _("Nothing new.")
    if not state.passed_over:
        return str(new)
    words = ngettext(
        "One was left on the server because of its sender.",
        "%(num)d were left on the server because of their senders.",
        state.passed_over,
    )
    return f"{new} {words}"


def _succeeded(state: FetchState | None, now: datetime) -> Moment | None:
    if state is None or state.succeeded_at is None:
        return None
    return moment_of(state.succeeded_at, now, granularity="second")


def _next_try(state: FetchState | None, now: datetime) -> str:
    """Say when the next attempt is; ``state`` is None where that is now."""
    if state is None:
        return str(_("The next attempt begins in a moment."))
    minutes = ceil((state.due_at - now).total_seconds() / 60)
    return str(ngettext("The next attempt is in a minute.", "The next attempt is in %(num)d minutes.", minutes))


def _folder_row(folder: Folder) -> FolderRow:
    title = folder_title(folder)
    return FolderRow(folder, title, "" if title == folder.title or folder.name == "INBOX" else folder.title)
