"""Shorthands for tests that run a check."""

from app.mail.dial import NetworkRules
from app.mail.probe import SideResult, collect, probe
from app.mail.settings import ConnectionSecurity, ProbeRequest, ServerSettings, Side
from app.mail.standard_ports import STANDARD_SIBLINGS, Siblings


def settings(port: int, security: str = "tls", host: str = "localhost", **fields: object) -> ServerSettings:
    """Return settings with a user, for a server of the tests."""
    given = {"username": "anna@skrzynka.test", "password": "secret-canary", **fields}
    return ServerSettings(host, port, ConnectionSecurity(security), **given)  # type: ignore[arg-type]


def check(
    side: Side,
    server: ServerSettings,
    network: NetworkRules,
    *,
    fast_mode: bool = False,
    address: str = "",
    siblings: Siblings = STANDARD_SIBLINGS,
) -> SideResult:
    """Run a check of one side and return its verdict."""
    sides = {side.value: server}
    request = ProbeRequest(fast_mode=fast_mode, address=address, **sides)
    result = collect(probe(request, network, siblings=siblings))
    verdict = result.imap if side is Side.IMAP else result.smtp
    assert verdict is not None
    return verdict


def steps(result: SideResult) -> list[str]:
    """Return the names of the steps; one that failed has an exclamation mark."""
    return [step.step.value if step.ok else f"{step.step.value}!" for step in result.steps]
