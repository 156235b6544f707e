"""When an account is fetched next, after what came of the last time."""

from dataclasses import dataclass
from datetime import timedelta

from app.mail.outcomes import Outcome, Retry, retry_of

# After each failure in a row; then once an hour.
_WAITS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
# Accounts that failed together shall not come back together.
_SPREAD = 0.2
# Servers lock an account after more wrong passwords in a row than that.
MOST_REFUSALS = 3
# A server may say these by mistake; it takes three of them to be believed.
REFUSALS = frozenset({Outcome.AUTH_FAILED, Outcome.AUTH_OR_DISABLED})
# A name server says that by mistake, too, and then of every account at once; nobody is locked out by asking again.
_MOST_LOST = 3


@dataclass(frozen=True, slots=True)
class Next:
    """How long to wait, or (``held``) that a person has to act first."""

    wait: timedelta
    held: bool = False


def after_failure(outcome: Outcome, failures: int, refusals: int, chance: float) -> Next:
    """Return what follows the latest of so many ``failures`` in a row, ``refusals`` of which refused the password.

    ``chance``, from 0 to 1, spreads the wait by a fifth either way. ``later`` never holds an account.
    """
    wait = _WAITS[min(max(failures, 1), len(_WAITS)) - 1] * (1 - _SPREAD + 2 * _SPREAD * chance)
    if outcome in REFUSALS:
        return Next(wait, held=refusals >= MOST_REFUSALS)
    if outcome is Outcome.DNS_NOT_FOUND:
        return Next(wait, held=failures >= _MOST_LOST)
    return Next(wait, held=retry_of(outcome) is Retry.USER)
