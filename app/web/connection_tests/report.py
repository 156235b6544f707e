"""A whole verdict as text, for the support desk of a provider. It holds no secret."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from app import connection_tests
from app.mail.outcomes import Outcome
from app.mail.settings import ServerSettings, Side
from app.models import ConnectionTest
from app.web.hosts import readable_host
from app.web.messages import explain


def report(test: ConnectionTest) -> str:
    """Return what was tried and what came of it, in the language of the request, outcomes and steps by their codes."""
    details = connection_tests.details_of(test, None)
    lines = [_("Connection test of %(time)s UTC", time=_minute(test.finished_at or test.created_at))]
    if details.fast_mode:
        lines.append(_("Fast mode: certificates were not checked."))
    for side in Side:
        lines += ["", *_side(test, side, details.server(side))]
    return "\n".join(map(str, lines)) + "\n"


def _side(test: ConnectionTest, side: Side, server: ServerSettings) -> Iterator[str]:
    yield f"{side.upper()} {server.host}:{server.port} ({server.security})"
    if server.auth:
        yield "  " + str(_("User name: %(name)s", name=server.username))
    for step in getattr(test, f"{side}_steps"):
        state = "ok" if step["ok"] else "failed"
        detail = f" ({step['detail']})" if step["detail"] else ""
        yield f"  {step['step']}: {state}, {step['ms']:.0f} ms{detail}"
    result = getattr(test, f"{side}_result")
    if result is not None:
        yield from _verdict(side, server, result)


def _verdict(side: Side, server: ServerSettings, result: dict[str, Any]) -> Iterator[str]:
    message = explain(Outcome(result["outcome"]), side, host=readable_host(server.host), port=server.port)
    yield f"  {result['outcome']}: {message.what}"
    if result["server_text"]:
        yield "  " + str(_("The server's own words: %(text)s", text=result["server_text"]))
    certificate = result["certificate"]
    if certificate is not None:
        yield "  " + str(_("Certificate: %(subject)s", subject=certificate["subject"]))
        yield "    " + str(_("issued by %(issuer)s", issuer=certificate["issuer"]))
        yield f"    {certificate['not_before']} / {certificate['not_after']}"
        yield f"    SHA-256 {certificate['sha256']}"


def _minute(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M")
