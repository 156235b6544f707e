"""What the steps of a check and the things it came across add up to."""

from app.mail import fixes
from app.mail.failures import StepFailed
from app.mail.findings import Findings
from app.mail.outcomes import Outcome
from app.mail.result import SideResult, Step
from app.mail.settings import ConnectionSecurity, ServerSettings, Side
from app.mail.texts import plain_text, without_secret
from app.mail.tls import read_certificate

_MOST_CAPABILITIES = 100


def verdict(
    side: Side,
    settings: ServerSettings,
    failure: StepFailed | None,
    *,
    found: Findings,
    steps: tuple[Step, ...],
    address: str,
) -> SideResult:
    """Return the verdict on one server; ``address`` is the account's, from which user names are suggested."""
    outcome = failure.outcome if failure else Outcome.OK
    # Where TLS was asked for, what was said outside it may be anybody's.
    heard = found.encrypted or settings.security is ConnectionSecurity.NONE
    der = found.shown_certificate
    certificate = read_certificate(der) if der else None
    suggested = list(found.fixes)
    if certificate is not None and found.target is not None:
        suggested += fixes.for_certificate(side, outcome, found.target.host, certificate)
    if failure is not None and failure.detail is None:
        suggested += fixes.use_username(side, outcome, settings.username, address)
    return SideResult(
        outcome=outcome,
        steps=steps,
        encrypted=found.encrypted,
        server_text=_said_text(failure, settings.password) if heard else None,
        capabilities=_said_capabilities(found, settings.password) if heard else (),
        certificate=certificate,
        fixes=tuple(suggested),
    )


def given_up(steps: tuple[Step, ...]) -> SideResult:
    """Return the verdict on a server that is not waited for any longer."""
    return SideResult(
        outcome=Outcome.TIMEOUT_TOTAL,
        steps=steps,
        encrypted=False,
        server_text=None,
        capabilities=(),
        certificate=None,
        fixes=(),
    )


def _said_text(failure: StepFailed | None, password: str) -> str | None:
    return plain_text(without_secret(failure.text, password)) if failure and failure.text else None


def _said_capabilities(found: Findings, password: str) -> tuple[str, ...]:
    said = found.session.capabilities if found.session else ()
    # They are said again after the login, by somebody who knows the password by then.
    return tuple(text for word in said[:_MOST_CAPABILITIES] if (text := plain_text(without_secret(word, password))))
