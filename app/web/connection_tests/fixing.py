"""The fixes that a test has found: as buttons, and applied to what a form has posted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from app.accounts import AccountDetails
from app.mail.outcomes import Outcome
from app.mail.settings import Side
from app.models import ConnectionTest
from app.web.hosts import readable_host


@dataclass(frozen=True, slots=True)
class FixView:
    """A button; ``key`` is what it sends."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class ChosenFix:
    """A fix of one side, as the test has found it: form fields and the values they get."""

    side: Side
    values: Mapping[str, str]


def fix_views(
    test: ConnectionTest,
    side: Side,
    tested: AccountDetails,
    asked: frozenset[str] | None,
    worth_a_try: Callable[[Side, str], bool],
) -> list[FixView]:
    """Return the buttons of one side; not those that set what the form does not ask (``asked``; None: it asks all).

    ``worth_a_try`` says whether another user name may help.
    """
    return [
        FixView(f"{side}-{place}", _label(side, fix))
        for place, fix in enumerate(getattr(test, f"{side}_result")["fixes"])
        if (asked is None or all(_fields_of(name, test, tested) <= asked for name in fix["set"]))
        and (fix["why"] != "use_username" or worth_a_try(side, fix["set"][f"{side}-username"]))
    ]


def find_fix(test: ConnectionTest, key: str) -> ChosenFix | None:
    """Return the fix of ``test`` that a button has sent, or None. What it sets is ours, never the browser's."""
    for side in Side:
        result = getattr(test, f"{side}_result")
        for place, fix in enumerate(result["fixes"] if result else ()):
            if key == f"{side}-{place}":
                return ChosenFix(side, fix["set"])
    return None


def applied(
    fix: ChosenFix, posted: MultiDict[str, str], test: ConnectionTest, tested: AccountDetails
) -> MultiDict[str, str]:
    """Return what the form would have posted with ``fix`` in it; ``tested`` is what ``test`` had tried."""
    changed = posted.copy()
    for name, value in fix.values.items():
        changed[name] = "y" if name == "smtp-auth" else value
        if name == f"{fix.side}-pin":
            server = tested.server(fix.side)
            changed[f"{name}-for"] = f"{server.host}:{server.port}"
    if "smtp-username" in fix.values and tested.smtp_same_credentials:
        _part_credentials(changed, test, tested, fix.values["smtp-username"])
    return changed


def _part_credentials(
    changed: MultiDict[str, str], test: ConnectionTest, tested: AccountDetails, username: str
) -> None:
    """The outgoing server was given the incoming one's user name and wants another."""
    if not _incoming_works(test):
        # Neither took it: the name itself is wrong.
        changed.pop("smtp-username")
        changed["imap-username"] = username
        return
    changed.poplist("smtp-same-credentials")
    if test.imap_password_typed and tested.imap_password is not None:
        # On its way from one sealed place to another; a stored one has to be typed for its new use.
        changed["smtp-password"] = tested.imap_password


def _incoming_works(test: ConnectionTest) -> bool:
    return test.imap_result is not None and bool(test.imap_result["outcome"] == Outcome.OK)


def _fields_of(name: str, test: ConnectionTest, tested: AccountDetails) -> frozenset[str]:
    """Return the fields of the form that a fix of ``name`` changes; a pin is none of them."""
    if name.endswith("-pin"):
        return frozenset()
    if name != "smtp-username" or not tested.smtp_same_credentials:
        return frozenset({name})
    if not _incoming_works(test):
        return frozenset({"imap-username"})
    return frozenset({"smtp-same-credentials", "smtp-username", "smtp-password"})


_LABELS: Mapping[str, str] = {
    "cert_pin": _l("Trust only this certificate"),
    "cert_repin": _l("Trust this new certificate instead"),
    "use_tls": _l("Use SSL/TLS and test again"),
    "use_starttls": _l("Use STARTTLS and test again"),
    "use_port": _l("Use port %(port)s and test again"),
    "use_host": _l("Use the server %(host)s and test again"),
    "use_username": _l("Use the user name %(username)s and test again"),
    "use_auth": _l("Switch authentication on and test again"),
}


def _label(side: Side, fix: Mapping[str, Any]) -> str:
    values = {name.removeprefix(f"{side}-"): value for name, value in fix["set"].items()}
    if "host" in values:
        values["host"] = readable_host(values["host"])
    return str(_LABELS[fix["why"]]) % values
