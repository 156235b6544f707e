"""Changes that would probably help, found without sending a password."""

import re

from app.mail.address import host_or_none, ip_of
from app.mail.outcomes import Outcome
from app.mail.owners import same_owner
from app.mail.result import Certificate, Fix
from app.mail.settings import ConnectionSecurity, Side
from app.mail.standard_ports import Place

_PINNED = frozenset(
    {Outcome.CERT_EXPIRED, Outcome.CERT_SELF_SIGNED, Outcome.CERT_UNKNOWN_ISSUER, Outcome.CERT_WRONG_HOST}
)
# Outcomes that say something about the port, not about the person.
_OF_THE_PORT = frozenset(
    {
        Outcome.CONNECT_REFUSED,
        Outcome.CONNECT_TIMEOUT,
        Outcome.UNREACHABLE,
        Outcome.TIMEOUT_BANNER,
        Outcome.TIMEOUT_TLS,
        Outcome.WRONG_PROTOCOL,
        Outcome.WRONG_SECURITY,
        Outcome.TLS_REQUIRED,
        Outcome.TLS_FAILED,
        Outcome.LOGIN_DISABLED,
        Outcome.AUTH_METHOD_MISSING,
    }
)
# Outcomes that say something about the user name.
OF_THE_USER_NAME = frozenset({Outcome.AUTH_FAILED, Outcome.AUTH_OR_DISABLED})
_UNTYPEABLE = re.compile(r"[\s\x00-\x1f\x7f]")


def use_security(side: Side, security: ConnectionSecurity) -> Fix:
    """Suggest another security on the same port."""
    return Fix(f"use_{security.value}", {f"{side.value}-security": security.value})


def use_port(side: Side, place: Place) -> Fix:
    """Suggest another port, with the security that belongs to it."""
    changes = {f"{side.value}-port": str(place.port), f"{side.value}-security": place.security.value}
    return Fix("use_port", changes)


def another_port_may_help(outcome: Outcome, *, greeted: bool, encrypted: bool) -> bool:
    """Return whether it makes sense to look at another port."""
    # Who hangs up before the greeting does not want us here; later it may be for any reason.
    unwelcome = outcome is Outcome.SERVER_CLOSED and not greeted
    return not encrypted and (unwelcome or outcome in _OF_THE_PORT)


def use_username(side: Side, outcome: Outcome, username: str, address: str) -> tuple[Fix, ...]:
    """Suggest the user name without the domain, or with it. Never tried by itself: it would be a second login."""
    address = address or (username if "@" in username else "")
    local = address.rpartition("@")[0]
    if outcome not in OF_THE_USER_NAME or not local or _UNTYPEABLE.search(address):
        return ()
    other = local if username.casefold() == address.casefold() else address
    return (Fix("use_username", {f"{side.value}-username": other}),)


def use_auth() -> Fix:
    """Suggest to log in before sending."""
    return Fix("use_auth", {"smtp-auth": "true"})


def for_certificate(side: Side, outcome: Outcome, host: str, certificate: Certificate) -> tuple[Fix, ...]:
    """Return what helps against a certificate that was refused: the host it is for, then trust in exactly this one."""
    found: list[Fix] = []
    if outcome is Outcome.CERT_WRONG_HOST:
        found += [Fix("use_host", {f"{side.value}-host": name}) for name in siblings(host, certificate.names)[:1]]
    if outcome in _PINNED:
        found.append(Fix("cert_pin", {f"{side.value}-pin": certificate.sha256}))
    if outcome is Outcome.CERT_CHANGED:
        found.append(Fix("cert_repin", {f"{side.value}-pin": certificate.sha256}))
    return tuple(found)


def siblings(host: str, names: tuple[str, ...]) -> list[str]:
    """Return those of a certificate's names that belong to the same owner as ``host``, as far as names can tell.

    Only those: the certificate was not accepted, so an attacker may have chosen what stands in it, and the password
    would follow the new host.
    """
    found = []
    for name in names:
        other = host_or_none(name)
        if other is None:  # a wildcard, or nonsense
            continue
        if other != host and ip_of(other) is None and ip_of(host) is None and same_owner(host, other):
            found.append(other)
    return found
