"""A connection test as the page shows it: two sides, their steps, the verdict and what stands beside the fields."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l

from app import connection_tests
from app.connection_tests import Progress
from app.mail.outcomes import Outcome
from app.mail.settings import ConnectionSecurity, ServerSettings, Side
from app.models import ConnectionTest
from app.web.connection_tests.steps import StepView, step_views
from app.web.messages import Message, explain, explain_problem

# Every field that a verdict may stand beside, so that an earlier one is cleared.
VERDICT_FIELDS = (
    "email",
    *(f"{side}-{part}" for side in Side for part in ("host", "port", "security", "username", "password")),
)

_TITLES: Mapping[Side, str] = {Side.IMAP: _l("Incoming mail (IMAP)"), Side.SMTP: _l("Outgoing mail (SMTP)")}

_UNDER_WAY = (Progress.WAITING, Progress.RUNNING)


@dataclass(frozen=True, slots=True)
class SideView:
    """One server: its steps, and its verdict once there is one."""

    side: Side
    title: str
    server: str
    steps: list[StepView]
    passed: bool | None
    message: Message | None
    server_text: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class TestView:
    """The whole panel. ``poll_ms`` is None when there is nothing left to wait for."""

    __test__ = False

    id: str
    progress: Progress
    headline: str
    kind: str
    advice: str | None
    sides: list[SideView]
    poll_ms: int | None
    # Changes with every look, so that the element that polls is a new one.
    look: str

    @property
    def under_way(self) -> bool:
        """Whether there is something to wait for, and to cancel."""
        return self.poll_ms is not None

    @property
    def field_verdicts(self) -> dict[str, str]:
        """What stands beside each field: the sentence of the side that failed there."""
        failed = [side.message for side in self.sides if side.message is not None and not side.passed]
        return {message.field: f"{message.what} {message.next_step}" for message in failed if message.field}


def view(test: ConnectionTest, *, now: datetime) -> TestView:
    """Return what to show of ``test`` at ``now``."""
    details = connection_tests.details_of(test, None)
    state = connection_tests.progress(test, now=now)
    sides = [_side(test, Side.IMAP, details.imap, state), _side(test, Side.SMTP, details.smtp, state)]
    kind, headline = _headline(state, sides)
    age = (now - test.created_at).total_seconds()
    return TestView(
        id=test.id,
        progress=state,
        headline=headline,
        kind=kind,
        advice=_advice(test, state),
        sides=sides,
        poll_ms=_poll_ms(age) if state in _UNDER_WAY else None,
        look=f"{age * 1000:.0f}",
    )


def _side(test: ConnectionTest, side: Side, settings: ServerSettings, state: Progress) -> SideView:
    result = getattr(test, f"{side}_result")
    running = state is Progress.RUNNING and result is None
    steps = step_views(getattr(test, f"{side}_steps"), settings, side, under_way=running)
    title = str(_TITLES[side])
    server = f"{settings.host}:{settings.port}"
    if result is None:
        return SideView(side, title, server, steps, None, None, None, None)
    outcome = Outcome(result["outcome"])
    message = explain(outcome, side, host=settings.host, port=settings.port)
    note = _encryption_note(settings, encrypted=result["encrypted"]) if outcome is Outcome.OK else None
    return SideView(side, title, server, steps, outcome is Outcome.OK, message, result["server_text"], note)


def _encryption_note(settings: ServerSettings, *, encrypted: bool) -> str | None:
    if settings.security is not ConnectionSecurity.NONE:
        return None
    return str(_UPGRADED if encrypted else _IN_CLEAR)


_UPGRADED = _l("The server offered STARTTLS, so the test was encrypted. Choose STARTTLS to make sure it always is.")
_IN_CLEAR = _l("This connection is not encrypted: the password can be read on its way.")

_HEADLINES: Mapping[Progress, tuple[str, str]] = {
    Progress.WAITING: ("info", _l("Testing both connections …")),
    Progress.RUNNING: ("info", _l("Testing both connections …")),
    Progress.SAVED: ("success", _l("Both servers accepted the settings. The account is saved.")),
    Progress.PASSED: ("success", _l("Both servers accepted the settings.")),
    Progress.CANCELLED: ("info", _l("The test was cancelled. Nothing was saved.")),
    Progress.INTERRUPTED: ("warning", _l("The test was interrupted. Nothing was saved.")),
    Progress.NOT_SAVED: ("error", _l("Nothing was saved.")),
    Progress.NOT_STARTED: ("error", _l("Nothing was saved.")),
}
_FAILED: Mapping[frozenset[Side], str] = {
    frozenset(Side): _l("Neither server accepted the settings."),
    frozenset({Side.IMAP}): _l("The incoming server did not accept the settings; the outgoing one did."),
    frozenset({Side.SMTP}): _l("The outgoing server did not accept the settings; the incoming one did."),
}


def _headline(state: Progress, sides: list[SideView]) -> tuple[str, str]:
    if state is Progress.FAILED:
        return "error", str(_FAILED[frozenset(side.side for side in sides if not side.passed)])
    kind, text = _HEADLINES[state]
    return kind, str(text)


_ADVICE: Mapping[tuple[Progress, bool], str] = {
    (Progress.PASSED, False): _l(
        "Nothing is saved yet: choose “Save changes” within 15 minutes and no further test is needed."
    ),
    (Progress.FAILED, False): _l("Correct the form and test again; the passwords you typed are kept."),
    (Progress.FAILED, True): _l(
        "Nothing was saved. Correct the form and save again; the passwords you typed are kept."
    ),
}
_INTERRUPTED = _l("Everything you typed is kept. Start again; if it is interrupted again, tell the operator.")


def _advice(test: ConnectionTest, state: Progress) -> str | None:
    if test.problem is not None:
        return explain_problem(test.problem)
    if state is Progress.INTERRUPTED:
        return str(_INTERRUPTED)
    advice = _ADVICE.get((state, test.saves))
    return None if advice is None else str(advice)


def _poll_ms(age_seconds: float) -> int:
    """Look often while an answer is likely, so that a quick verdict is seen at once and a slow one costs little."""
    if age_seconds < 1:
        return 60
    return 150 if age_seconds < 3 else 500
