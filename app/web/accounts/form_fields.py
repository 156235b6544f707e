"""Every field of the catalog as a field of a form: its rules, its label, and what it holds before anything is typed."""

from collections.abc import Mapping
from typing import Any

from wtforms import Field

from app.form_layouts import CATALOG, FieldSpec, Kind
from app.mail.settings import ConnectionSecurity, Side
from app.web.accounts.wording import CHOICES, LABELS, MISSING
from app.web.fields import (
    AddressField,
    ColourField,
    HostField,
    NameField,
    PortField,
    SecretField,
    SecurityField,
    SwitchField,
    UsernameField,
)
from app.web.stationery.choosing import StationeryField

DEFAULTS: Mapping[str, Any] = {
    "name": "",
    "email": "",
    "colour": "",
    "imap-host": "",
    "imap-port": None,
    "imap-security": ConnectionSecurity.TLS,
    "imap-username": "",
    "fast-mode": False,
    "smtp-host": "",
    "smtp-port": None,
    "smtp-security": ConnectionSecurity.TLS,
    "smtp-auth": True,
    "smtp-same-credentials": True,
    "smtp-username": "",
    "stationery": "",
    "active": True,
}

_CLASSES: Mapping[Kind, type[Field]] = {
    Kind.TEXT: UsernameField,
    Kind.EMAIL: AddressField,
    Kind.COLOUR: ColourField,
    Kind.HOST: HostField,
    Kind.PORT: PortField,
    Kind.SECURITY: SecurityField,
    Kind.SECRET: SecretField,
    Kind.SWITCH: SwitchField,
    Kind.STATIONERY: StationeryField,
}


def _field(spec: FieldSpec) -> Any:
    """Return the unbound field of ``spec``."""
    options: dict[str, Any] = {"missing": MISSING[spec.name]} if spec.required else {}
    if spec.name in CHOICES:
        options["choices"] = CHOICES[spec.name]
    if spec.kind in (Kind.HOST, Kind.PORT):
        options["side"] = Side(spec.name.partition("-")[0])
    kind = NameField if spec.name == "name" else _CLASSES[spec.kind]
    return kind(LABELS[spec.name], **options)


FIELDS: Mapping[str, Any] = {spec.name: _field(spec) for spec in CATALOG}
