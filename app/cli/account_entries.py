"""Accounts as JSON, their fields named as the form's. Read strictly: programs write these, and no person."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from email_validator import EmailNotValidError, validate_email

from app.accounts import AccountDetails
from app.form_layouts import CATALOG, FieldSpec, Kind
from app.mail.address import host_or_none
from app.mail.settings import ConnectionSecurity
from app.mail.tls import canonical_pin

_LONGEST = {"name": 200, "imap-password": 1000, "smtp-password": 1000}
_LONGEST_TEXT = 320
_PINS = ("imap-pin", "smtp-pin")
# What an account has where the entry is silent. Everything else has to be said, but for the colour.
_DEFAULTS: Mapping[str, Any] = {"fast-mode": False, "smtp-auth": True, "stationery": "", "active": True}
_OWN = {"smtp-username": "imap-username", "smtp-password": "imap-password"}


class EntryRefused(Exception):
    """An entry cannot be an account; ``field`` is the first one that speaks against it, ``reason`` says why."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


def entry_of(details: AccountDetails, stationery: str, *, with_secrets: bool) -> dict[str, Any]:
    """Return ``details`` as an entry; ``stationery`` is the name of the linked one, numbers mean nothing elsewhere."""
    entry = {**details.to_json(), "stationery": stationery}
    if with_secrets:
        entry["imap-password"] = details.imap_password
        entry["smtp-password"] = details.smtp_password
    return entry


def details_of(entry: object, stationery: Mapping[str, int], colour: Callable[[], str]) -> AccountDetails:
    """Return what ``entry`` says. ``stationery``: numbers by name; ``colour`` gives one that is free.

    Without ``smtp-same-credentials`` the outgoing server gets credentials of its own where the entry has other ones.
    Raises EntryRefused.
    """
    if not isinstance(entry, dict):
        raise EntryRefused("entry", "is not an object")
    given = {**_DEFAULTS, **{name: value for name, value in entry.items() if value is not None}}
    for unknown in sorted(given.keys() - {spec.name for spec in CATALOG} - set(_PINS)):
        raise EntryRefused(unknown[:80], "is not a field of an account")
    _settle_credentials(given)
    values: dict[str, Any] = {}
    for spec in CATALOG:
        if spec.name in given:
            values[spec.name] = _value(spec, given[spec.name], stationery)
        elif spec.name == "colour":
            values["colour"] = colour()
        elif spec.name not in _OWN:
            raise EntryRefused(spec.name, "is missing")
    values |= {name: _pin(name, given[name]) for name in _PINS if name in given}
    passwords = {name.replace("-", "_"): values.pop(name, None) for name in ("imap-password", "smtp-password")}
    return AccountDetails.from_json(values, **passwords)


def _settle_credentials(given: dict[str, Any]) -> None:
    """Say whose credentials the outgoing server gets, and leave out what nobody uses."""
    own = {name: given.get(name, "") for name in _OWN}
    said = given.get("smtp-same-credentials")
    same = all(value in ("", given.get(_OWN[name])) for name, value in own.items()) if said is None else said
    given["smtp-same-credentials"] = same
    if given["smtp-auth"] is True and same is False:
        for name in (name for name, value in own.items() if value == ""):
            raise EntryRefused(name, "is missing")
        return
    for name, value in own.items():
        if value not in ("", given.get(_OWN[name])):
            raise EntryRefused(name, "is not used: smtp-auth is off, or smtp-same-credentials is on")
        given.pop(name, None)


def _value(spec: FieldSpec, value: Any, stationery: Mapping[str, int]) -> Any:
    found: Any
    match spec.kind:
        case Kind.SWITCH:
            found = value if isinstance(value, bool) else None
            wanted = "true or false"
        case Kind.PORT:
            found = value if type(value) is int and 1 <= value <= 65535 else None
            wanted = "a number from 1 to 65535"
        case Kind.SECURITY:
            found = ConnectionSecurity(value) if value in list(ConnectionSecurity) else None
            wanted = f"one of {', '.join(ConnectionSecurity)}"
        case Kind.COLOUR:
            found = value if isinstance(value, str) and re.fullmatch(r"#[0-9a-f]{6}", value) else None
            wanted = "# and six digits, such as #2f74d0"
        case Kind.HOST:
            found = host_or_none(value) if isinstance(value, str) and len(value) <= 255 else None
            wanted = "the name or the address of a server"
        case Kind.EMAIL:
            found = _address(value)
            wanted = "an e-mail address"
        case Kind.STATIONERY:
            found = "" if value == "" else str(stationery[value]) if value in stationery else None
            wanted = "the name of a stationery that there is here"
        case _:
            longest = _LONGEST.get(spec.name, _LONGEST_TEXT)
            found = value if _is_one_line(value, secret=spec.kind is Kind.SECRET) and len(value) <= longest else None
            wanted = f"a text of 1 to {longest} characters on one line"
    if found is None:
        raise EntryRefused(spec.name, f"must be {wanted}")
    return found


def _address(value: Any) -> str | None:
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT or "." not in value.rpartition("@")[2]:
        return None
    try:
        return validate_email(value, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        return None


def _is_one_line(value: Any, *, secret: bool) -> bool:
    if not isinstance(value, str) or not value:
        return False
    if secret:
        # A password is nobody's to trim; these three would end one command and begin another.
        return not any(character in "\r\n\0" or unicodedata.category(character) == "Cs" for character in value)
    return value == value.strip() and not any(unicodedata.category(it) in ("Cc", "Cs") for it in value)


def _pin(name: str, value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-f]{64}", canonical_pin(value)):
        raise EntryRefused(name, "must be a SHA-256 fingerprint in hex")
    return canonical_pin(value)
