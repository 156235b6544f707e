"""A connection test as the page shows it: two sides, their steps, the verdict and what stands beside the fields."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from app import autodiscovery, connection_tests
from app.accounts import AccountDetails
from app.connection_tests import Progress
from app.mail.outcomes import Outcome
from app.mail.settings import ConnectionSecurity, ServerSettings, Side
from app.models import ConnectionTest, Problem
from app.web.accounts.wording import JUDGED, SPACED_PASSWORD, Verdict
from app.web.autodiscovery.knowing import known_about
from app.web.autodiscovery.wording import about_provider
from app.web.connection_tests.certificate import CertificateView, certificate_view
from app.web.connection_tests.fixing import FixView, fix_views
from app.web.connection_tests.report import report
from app.web.connection_tests.steps import StepView, step_views
from app.web.hosts import readable_host, readable_server
from app.web.messages import Message, explain, explain_problem

# An earlier verdict beside any of them is cleared.
VERDICT_FIELDS = JUDGED

_TITLES: Mapping[Side, str] = {Side.IMAP: _l("Incoming mail (IMAP)"), Side.SMTP: _l("Outgoing mail (SMTP)")}

_UNDER_WAY = (Progress.WAITING, Progress.RUNNING)
_JUDGED = (Progress.FAILED, Progress.PASSED, Progress.NOT_SAVED)


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
    notes: Sequence[str] = ()
    certificate: CertificateView | None = None
    fixes: Sequence[FixView] = ()
    help_page: str | None = None


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
    warnings: Mapping[str, str]
    report: str
    poll_ms: int | None
    # Changes with every look, so that the element that polls is a new one.
    look: str

    @property
    def under_way(self) -> bool:
        """Whether there is something to wait for, and to cancel."""
        return self.poll_ms is not None

    @property
    def field_verdicts(self) -> dict[str, Verdict]:
        """What stands beside each field: the sentence of a side that failed there, and what looks like a slip."""
        found = {name: [warning] for name, warning in self.warnings.items()}
        wrong = set()
        for side in self.sides:
            if side.message is not None and side.message.field and not side.passed:
                found.setdefault(side.message.field, []).insert(0, f"{side.message.what} {side.message.next_step}")
                wrong.add(side.message.field)
        return {name: Verdict(" ".join(dict.fromkeys(said)), name in wrong) for name, said in found.items()}


def view(
    test: ConnectionTest,
    *,
    now: datetime,
    worth_a_try: Callable[[Side, str], bool],
    is_saved: Callable[[], bool],
    spaced_passwords: frozenset[str] = frozenset(),
    asked: frozenset[str] | None = None,
) -> TestView:
    """Return what to show of ``test`` at ``now``, beside a form that asks for the fields ``asked`` (None: for all).

    ``worth_a_try`` says whether another user name may help. ``is_saved``: the account has exactly what was tested.
    """
    details = connection_tests.details_of(test, None)
    state = connection_tests.progress(test, now=now)
    sides = [_side(test, side, details, state, asked, worth_a_try=worth_a_try) for side in Side]
    kind, headline = _headline(state, sides)
    age = (now - test.created_at).total_seconds()
    return TestView(
        id=test.id,
        progress=state,
        headline=headline,
        kind=kind,
        advice=_advice(test, state, now, is_saved=is_saved),
        sides=sides,
        warnings={name: str(SPACED_PASSWORD) for name in spaced_passwords},
        report=report(test) if state in _JUDGED else "",
        poll_ms=_poll_ms(age) if state in _UNDER_WAY else None,
        look=f"{age * 1000:.0f}",
    )


def _side(
    test: ConnectionTest,
    side: Side,
    details: AccountDetails,
    state: Progress,
    asked: frozenset[str] | None,
    *,
    worth_a_try: Callable[[Side, str], bool],
) -> SideView:
    settings = details.server(side)
    result = getattr(test, f"{side}_result")
    running = state is Progress.RUNNING and result is None
    steps = step_views(getattr(test, f"{side}_steps"), settings, side, under_way=running)
    title = str(_TITLES[side])
    server = readable_server(settings.host, settings.port)
    host = readable_host(settings.host)
    if result is None:
        return SideView(side, title, server, steps, None, None, None)
    outcome = Outcome(result["outcome"])
    wants_help = outcome is Outcome.APP_PASSWORD_REQUIRED
    return SideView(
        side=side,
        title=title,
        server=server,
        steps=steps,
        passed=outcome is Outcome.OK,
        message=_message(outcome, side, details),
        server_text=result["server_text"],
        notes=_notes(settings, result, fast_mode=details.fast_mode)
        if outcome is Outcome.OK
        else _of_the_provider(outcome, details.email),
        certificate=certificate_view(result, host),
        fixes=fix_views(test, side, details, asked, worth_a_try) if state in _JUDGED else (),
        # Only addresses of ours are linked, never one that a server sent.
        help_page=autodiscovery.help_page(settings.host) if wants_help else None,
    )


def _message(outcome: Outcome, side: Side, details: AccountDetails) -> Message:
    server = details.server(side)
    message = explain(outcome, side, host=readable_host(server.host), port=server.port)
    if message.field in ("smtp-username", "smtp-password") and not details.smtp_has_own_credentials:
        # The outgoing server is given the incoming one's credentials; those are the fields to correct.
        return replace(message, field=message.field.replace("smtp", "imap"))
    return message


def _notes(settings: ServerSettings, result: Mapping[str, Any], *, fast_mode: bool) -> list[str]:
    """Return what a person should know about a side that works."""
    if settings.security is ConnectionSecurity.NONE:
        return [str(_UPGRADED if result["encrypted"] else _IN_CLEAR)]
    if settings.pin is not None:
        return [str(_PINNED)]
    return [str(_UNCHECKED)] if fast_mode else []


def _of_the_provider(outcome: Outcome, email: str) -> list[str]:
    """Return what the provider is known to want, where that may be the very reason."""
    found = known_about(email) if outcome in _WANTED_BY_PROVIDERS else None
    return about_provider(found.provider) if found and found.provider else []


_WANTED_BY_PROVIDERS = frozenset(
    {
        Outcome.AUTH_FAILED,
        Outcome.AUTH_OR_DISABLED,
        Outcome.APP_PASSWORD_REQUIRED,
        Outcome.WEB_LOGIN_REQUIRED,
        Outcome.OAUTH_REQUIRED,
        Outcome.PROTOCOL_DISABLED,
        Outcome.LOGIN_DISABLED,
    }
)
_UPGRADED = _l("The server offered STARTTLS, so the test was encrypted. Choose STARTTLS to make sure it always is.")
_PINNED = _l("It showed the one certificate that you chose to trust.")
_UNCHECKED = _l("Fast mode is on: nobody checked whether this is really your provider's server.")
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
_NOTHING_TO_SAVE = _l("The account has exactly these settings: there is nothing to save.")
_INTERRUPTED = _l("Everything you typed is kept. Start again; if it is interrupted again, tell the operator.")


def _advice(test: ConnectionTest, state: Progress, now: datetime, *, is_saved: Callable[[], bool]) -> str | None:
    if test.retry_at is not None:
        return f"{explain_problem(Problem.TOO_MANY_TESTS)} {_when_again(ceil((test.retry_at - now).total_seconds()))}"
    if test.problem is not None:
        return explain_problem(test.problem)
    if state is Progress.INTERRUPTED:
        return str(_INTERRUPTED)
    if state is Progress.PASSED and is_saved():
        return str(_NOTHING_TO_SAVE)
    advice = _ADVICE.get((state, test.saves))
    return None if advice is None else str(advice)


def _when_again(seconds: int) -> str:
    if seconds <= 0:
        return str(_("There is room for a test again."))
    if seconds < 120:
        return str(ngettext("Test again in %(num)d second.", "Test again in %(num)d seconds.", seconds))
    return str(ngettext("Test again in %(num)d minute.", "Test again in %(num)d minutes.", ceil(seconds / 60)))


def _poll_ms(age_seconds: float) -> int:
    """Look often while an answer is likely, so that a quick verdict is seen at once and a slow one costs little."""
    if age_seconds < 1:
        return 60
    return 150 if age_seconds < 3 else 500
