"""The card of a server's certificate: what it says, and in words why it was not good enough."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.mail.outcomes import Outcome
from app.web.accounts.wording import grouped

# A card is no place for the hundred names of a hoster's certificate.
_MOST_NAMES = 8


@dataclass(frozen=True, slots=True)
class CertificateView:
    """The card. ``reason`` is a sentence; ``valid`` the first and the last day; ``sha256`` in groups of four."""

    reason: str
    subject: str
    issuer: str
    names: str
    valid: str
    sha256: str


def certificate_view(result: Mapping[str, Any], host: str) -> CertificateView | None:
    """Return the card of a certificate that was refused, None where there is nothing to show."""
    outcome, certificate = Outcome(result["outcome"]), result["certificate"]
    if certificate is None or not outcome.startswith("cert_"):
        return None
    first, last, names = _day(certificate["not_before"]), _day(certificate["not_after"]), _names(certificate["names"])
    reason = _NAMELESS if outcome is Outcome.CERT_WRONG_HOST and not names else _REASONS[outcome]
    if outcome is Outcome.CERT_UNKNOWN_ISSUER and certificate["subject"] != certificate["issuer"]:
        reason = _INCOMPLETE if _breaks_off(result) else reason
    return CertificateView(
        reason=str(reason) % {"names": names, "host": host, "first": first, "last": last},
        subject=certificate["subject"],
        issuer=certificate["issuer"],
        names=names,
        valid=str(_("%(first)s to %(last)s", first=first, last=last)) if first else "",
        sha256=grouped(certificate["sha256"]),
    )


_REASONS: Mapping[Outcome, str] = {
    Outcome.CERT_WRONG_HOST: _l("Issued for %(names)s, not for %(host)s."),
    Outcome.CERT_EXPIRED: _l("It was valid until %(last)s."),
    Outcome.CERT_NOT_YET_VALID: _l(
        "It is valid only from %(first)s. Either its server or this system may have a wrong clock."
    ),
    Outcome.CERT_SELF_SIGNED: _l("The server issued it to itself."),
    Outcome.CERT_UNKNOWN_ISSUER: _l("This system does not know its issuer."),
    Outcome.CERT_WEAK: _l("Its key or its signature is too short to be safe today."),
    Outcome.CERT_CHANGED: _l("It is not the one that you chose to trust."),
}
_NAMELESS = _l("It names no server at all, so it cannot be for %(host)s.")
_INCOMPLETE = _l("This system does not know its issuer. Perhaps the server leaves out the certificates in between.")


def _breaks_off(result: Mapping[str, Any]) -> bool:
    return any(step["detail"] == "incomplete chain" for step in result["steps"])


def _names(names: list[str]) -> str:
    shown = ", ".join(names[:_MOST_NAMES])
    rest = len(names) - _MOST_NAMES
    return str(_("%(names)s and %(count)s more", names=shown, count=rest)) if rest > 0 else shown


def _day(moment: str) -> str:
    return str(format_date(datetime.fromisoformat(moment), "long")) if moment else ""
