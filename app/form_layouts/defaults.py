"""Default values: literals, or templates over the address, filled by plain replacement and nothing else."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from app.form_layouts.catalog import FieldSpec, Kind
from app.mail.address import canonical_host, host_or_none
from app.mail.settings import ConnectionSecurity

SAMPLE_ADDRESS = "biuro@infirma.pl"
SWITCH_DEFAULTS = ("on", "off")

_PLACEHOLDER = re.compile(r"\{(address|local|domain)\}")
_LONGEST = {Kind.TEXT: 320, Kind.HOST: 255}
_LONGEST_NAME = 200


class DefaultProblem(StrEnum):
    """Why a default cannot be used."""

    NOT_ALLOWED = "not_allowed"
    UNKNOWN_PLACEHOLDER = "unknown_placeholder"
    NO_TEMPLATE = "no_template"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Address:
    """An address, cut at its @."""

    address: str
    local: str
    domain: str

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the parts of ``text``, or None while it is not yet an address."""
        local, _at, domain = text.strip().rpartition("@")
        if not local or "." not in domain.strip("."):
            return None
        return cls(f"{local}@{domain}", local, domain.lower())


def is_template(default: str) -> bool:
    """Say whether ``default`` needs an address."""
    return _PLACEHOLDER.search(default) is not None


def filled(default: str, address: Address | None) -> str | None:
    """Return the value that ``default`` has for ``address``, or None where it needs one and there is none.

    One pass: what an address brings in is never read as a placeholder again.
    """
    if address is None:
        return None if is_template(default) else default
    return _PLACEHOLDER.sub(lambda found: str(getattr(address, found[1])), default)


def problem_of(spec: FieldSpec, default: str) -> DefaultProblem | None:
    """Return why ``default`` cannot be the default of the field ``spec``, tried with a sample address."""
    if not spec.takes_default:
        return DefaultProblem.NOT_ALLOWED
    if spec.takes_template and re.search(r"[{}]", _PLACEHOLDER.sub("", default)):
        return DefaultProblem.UNKNOWN_PLACEHOLDER
    if not spec.takes_template and re.search(r"[{}]", default):
        return DefaultProblem.NO_TEMPLATE
    value = filled(default, Address.parse(SAMPLE_ADDRESS)) or ""
    return None if _is_valid(spec, value) else DefaultProblem.INVALID


def value_of(spec: FieldSpec, default: str) -> Any:
    """Return a valid ``default`` without placeholders as the form holds it."""
    match spec.kind:
        case Kind.PORT:
            return int(default)
        case Kind.SECURITY:
            return ConnectionSecurity(default)
        case Kind.SWITCH:
            return default == "on"
        case Kind.HOST:
            return canonical_host(default)
        case _:
            return default


def _is_valid(spec: FieldSpec, value: str) -> bool:
    match spec.kind:
        case Kind.PORT:
            return re.fullmatch(r"[0-9]{1,5}", value) is not None and 1 <= int(value) <= 65535
        case Kind.SECURITY:
            return value in list(ConnectionSecurity)
        case Kind.SWITCH:
            return value in SWITCH_DEFAULTS
        case Kind.COLOUR:
            return re.fullmatch(r"#[0-9a-f]{6}", value) is not None
        case Kind.HOST:
            return host_or_none(value) is not None and len(value) <= _LONGEST[Kind.HOST]
        case _:
            longest = _LONGEST_NAME if spec.name == "name" else _LONGEST[Kind.TEXT]
            return bool(value) and len(value) <= longest and _is_one_clean_line(value)


def _is_one_clean_line(value: str) -> bool:
    # Invisible characters (Cf) at the ends would be trimmed from what a person types.
    return value == " ".join(value.split()) and not any(unicodedata.category(it) in ("Cc", "Cf", "Cs") for it in value)
