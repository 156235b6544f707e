"""Mail of active accounts, fetched in the background, each message exactly once."""

from app.fetching.chosen import ChosenMeanwhile, mark_of_choices, refuse_unseen
from app.fetching.chunks import SIZE_LIMIT
from app.fetching.claims import Claim, acted_since, claim, claim_due, ensure, extend, finish_unchanged, put_back
from app.fetching.episodes import PASSWORD_REFUSED, Episode, Waiting, list_untold, list_waiting, take
from app.fetching.folders import choose
from app.fetching.health import Health, health
from app.fetching.identity import ANOTHER_MAILBOX, Doubt, doubt_about, say_another, say_same, was_same
from app.fetching.intervals import MOST_MINUTES, intervals
from app.fetching.operations import (
    IntervalInvalid,
    ask_for_folders,
    fetch_now,
    forget_unplaced,
    pause,
    retry,
    set_default_interval,
    set_options,
)
from app.fetching.plan import settings_changed
from app.fetching.queries import (
    PAUSED,
    acted_on,
    default_interval,
    fetched_accounts,
    find_state,
    folders_by_id,
    has_folders,
    held_accounts,
    hindrance_of,
    interval_of,
    is_held,
    list_folders,
    list_troubles,
    states,
)
from app.fetching.running import Report, run
from app.fetching.senders import (
    FAULTS_NAMED,
    MOST_SENDERS,
    NoSenders,
    SenderInvalid,
    TooManySenders,
    list_senders,
    senders_in,
    senders_in_table,
    set_senders,
)
from app.fetching.settling import record_internal, record_stopped
from app.fetching.tools import Progress, Tools
from app.fetching.work import Work, load

__all__ = [
    "ANOTHER_MAILBOX",
    "FAULTS_NAMED",
    "MOST_MINUTES",
    "MOST_SENDERS",
    "PASSWORD_REFUSED",
    "PAUSED",
    "SIZE_LIMIT",
    "ChosenMeanwhile",
    "Claim",
    "Doubt",
    "Episode",
    "Health",
    "IntervalInvalid",
    "NoSenders",
    "Progress",
    "Report",
    "SenderInvalid",
    "TooManySenders",
    "Tools",
    "Waiting",
    "Work",
    "acted_on",
    "acted_since",
    "ask_for_folders",
    "choose",
    "claim",
    "claim_due",
    "default_interval",
    "doubt_about",
    "ensure",
    "extend",
    "fetch_now",
    "fetched_accounts",
    "find_state",
    "finish_unchanged",
    "folders_by_id",
    "forget_unplaced",
    "has_folders",
    "health",
    "held_accounts",
    "hindrance_of",
    "interval_of",
    "intervals",
    "is_held",
    "list_folders",
    "list_senders",
    "list_troubles",
    "list_untold",
    "list_waiting",
    "load",
    "mark_of_choices",
    "pause",
    "put_back",
    "record_internal",
    "record_stopped",
    "refuse_unseen",
    "retry",
    "run",
    "say_another",
    "say_same",
    "senders_in",
    "senders_in_table",
    "set_default_interval",
    "set_options",
    "set_senders",
    "settings_changed",
    "states",
    "take",
    "was_same",
]
