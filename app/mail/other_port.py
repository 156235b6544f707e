"""The sibling of the typed port, looked at when the typed one disappoints."""

from contextlib import AbstractContextManager, nullcontext

from app.mail import fixes
from app.mail.deadline import Deadline
from app.mail.dial import NetworkRules, Target, beside
from app.mail.lookout import Lookout
from app.mail.result import Fix
from app.mail.scout import Scout
from app.mail.settings import ServerSettings, Side
from app.mail.standard_ports import Place

# A port that keeps us waiting does so for 5 to 10 seconds; the sibling is looked at meanwhile.
LOOK_SECONDS = 8.0
# How long after its beginning a look is still worth waiting for.
PATIENCE_SECONDS = 2.0
SHORT_PATIENCE_SECONDS = 0.6


class OtherPort:
    """Where the server may answer instead; without a ``place`` there is nothing to look at.

    Only the judged addresses are dialled, only if the rules open the other port, and nothing secret travels.
    """

    def __init__(
        self, side: Side, settings: ServerSettings, place: Place | None, rules: NetworkRules, deadline: Deadline
    ) -> None:
        self._side = side
        self._settings = settings
        self._place = place
        self._rules = rules
        self._target: Target | None = None
        self._lookout = Lookout(self._look, deadline, LOOK_SECONDS)

    def stands_beside(self, target: Target) -> None:
        """Say where the typed port has led."""
        self._target = beside(target, self._place.port, self._rules) if self._place else None

    def if_slow(self) -> AbstractContextManager[None]:
        """Look meanwhile if the body takes longer than a second."""
        return self._lookout.if_slow() if self._target else nullcontext()

    def fix(self, *, soon: bool) -> tuple[Fix, ...]:
        """Suggest the other port if it answers as it should; ``soon`` where all else is known already."""
        place = self._lookout.wait(SHORT_PATIENCE_SECONDS if soon else PATIENCE_SECONDS) if self._target else None
        return (fixes.use_port(self._side, place),) if place else ()

    def close(self) -> None:
        """Stop looking."""
        self._lookout.close()

    def _look(self, deadline: Deadline) -> Place | None:
        assert self._target is not None  # noqa: S101 -- tells the type checker that nobody looks without one
        assert self._place is not None  # noqa: S101 -- the same
        scout = Scout(self._side, self._settings, self._target, deadline)
        return self._place if scout.answers(self._place.security) else None
