"""Every field that the form can have. The name is the input name, the error key and the JSON key alike."""

from dataclasses import dataclass
from enum import StrEnum


class Section(StrEnum):
    """The parts of the form."""

    IDENTITY = "identity"
    IMAP = "imap"
    SMTP = "smtp"
    ADVANCED = "advanced"


class Kind(StrEnum):
    """What a field holds, and so which control and which rules it gets."""

    TEXT = "text"
    EMAIL = "email"
    COLOUR = "colour"
    HOST = "host"
    PORT = "port"
    SECURITY = "security"
    SECRET = "secret"
    SWITCH = "switch"
    STATIONERY = "stationery"


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field: its name, its home section, what it holds, and whether an account cannot do without it."""

    name: str
    section: Section
    kind: Kind
    required: bool = False

    @property
    def takes_default(self) -> bool:
        """Whether an admin may give it a default: not what only the person knows, nor what has no value by itself."""
        return self.kind not in (Kind.EMAIL, Kind.SECRET, Kind.STATIONERY)

    @property
    def takes_template(self) -> bool:
        """Whether its default may be made from the address."""
        return self.kind in (Kind.TEXT, Kind.HOST)

    @property
    def may_be_required(self) -> bool:
        """Whether the catalog leaves open that it must be filled in; what always has a value is never empty."""
        return not self.required and self.kind is Kind.STATIONERY


CATALOG: tuple[FieldSpec, ...] = (
    FieldSpec("name", Section.IDENTITY, Kind.TEXT, required=True),
    FieldSpec("email", Section.IDENTITY, Kind.EMAIL, required=True),
    FieldSpec("colour", Section.IDENTITY, Kind.COLOUR),
    FieldSpec("imap-host", Section.IMAP, Kind.HOST, required=True),
    FieldSpec("imap-port", Section.IMAP, Kind.PORT, required=True),
    FieldSpec("imap-security", Section.IMAP, Kind.SECURITY),
    FieldSpec("imap-username", Section.IMAP, Kind.TEXT, required=True),
    FieldSpec("imap-password", Section.IMAP, Kind.SECRET, required=True),
    FieldSpec("fast-mode", Section.IMAP, Kind.SWITCH),
    FieldSpec("smtp-host", Section.SMTP, Kind.HOST, required=True),
    FieldSpec("smtp-port", Section.SMTP, Kind.PORT, required=True),
    FieldSpec("smtp-security", Section.SMTP, Kind.SECURITY),
    FieldSpec("smtp-auth", Section.SMTP, Kind.SWITCH),
    FieldSpec("smtp-same-credentials", Section.SMTP, Kind.SWITCH),
    # Required only where the server wants credentials of its own.
    FieldSpec("smtp-username", Section.SMTP, Kind.TEXT, required=True),
    FieldSpec("smtp-password", Section.SMTP, Kind.SECRET, required=True),
    FieldSpec("stationery", Section.ADVANCED, Kind.STATIONERY),
    FieldSpec("active", Section.ADVANCED, Kind.SWITCH),
)

FIELD_NAMES: tuple[str, ...] = tuple(spec.name for spec in CATALOG)
