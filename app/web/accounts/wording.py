"""What the form says: titles, labels, hints. The hints are the help page, cut into one piece per field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flask_babel import lazy_gettext as _l

from app.accounts import PALETTE
from app.autodiscovery import REMEMBERED_FIELDS, Source
from app.form_layouts import CATALOG, Kind, Section
from app.mail.settings import ConnectionSecurity, Side

SECTION_TITLES: Mapping[Section, str] = {
    Section.IDENTITY: _l("Account"),
    Section.IMAP: _l("Incoming mail (IMAP)"),
    Section.SMTP: _l("Outgoing mail (SMTP)"),
    Section.ADVANCED: _l("Additional data"),
}

_TLS = (ConnectionSecurity.TLS, _l("SSL/TLS"))
_STARTTLS = (ConnectionSecurity.STARTTLS, _l("STARTTLS"))
_NONE = (ConnectionSecurity.NONE, _l("No encryption"))

_COLOUR_NAMES = (
    _l("Blue"),
    _l("Brick red"),
    _l("Green"),
    _l("Plum"),
    _l("Mustard"),
    _l("Teal"),
    _l("Raspberry"),
    _l("Violet"),
    _l("Olive"),
    _l("Amber"),
    _l("Slate grey"),
    _l("Orchid"),
)

CHOICES: Mapping[str, Sequence[tuple[str, str]]] = {
    "colour": tuple(zip(PALETTE, _COLOUR_NAMES, strict=True)),
    "imap-security": (_TLS, _STARTTLS, _NONE),
    "smtp-security": (_NONE, _TLS, _STARTTLS),
}

_KINDS: Mapping[Kind, str] = {
    Kind.TEXT: "text",
    Kind.EMAIL: "email",
    Kind.COLOUR: "colour",
    Kind.HOST: "text",
    Kind.PORT: "number",
    Kind.SECURITY: "select",
    Kind.SECRET: "password",
    Kind.SWITCH: "checkbox",
    Kind.STATIONERY: "select",
}

_HOST_HINT = _l("Usually what follows the @ of the address, or a name that your provider gives.")
_USERNAME_HINT = _l("Usually the whole address.")
_PASSWORD_HINT = _l("The one that was set when the mailbox was created on the mail server.")

LABELS: Mapping[str, str] = {
    "name": _l("Name"),
    "email": _l("E-mail address"),
    "colour": _l("Colour"),
    "imap-host": _l("Server"),
    "imap-port": _l("Port"),
    "imap-security": _l("Connection security"),
    "imap-username": _l("User name"),
    "imap-password": _l("Password"),
    "fast-mode": _l("Fast mode"),
    "smtp-host": _l("Server"),
    "smtp-port": _l("Port"),
    "smtp-security": _l("Connection security"),
    "smtp-auth": _l("The server requires authentication"),
    "smtp-same-credentials": _l("Same user name and password as for incoming mail"),
    "smtp-username": _l("User name"),
    "smtp-password": _l("Password"),
    "stationery": _l("Stationery"),
    "active": _l("Active"),
}

HINTS: Mapping[str, str] = {
    "name": _l("What the account is called in this system. It need not be the address."),
    "email": _l("The full address, for example biuro@infirma.pl."),
    "colour": _l("Makes the account easy to spot."),
    "imap-host": _HOST_HINT,
    "imap-port": _l("993 (recommended, with SSL/TLS) or 143."),
    "imap-security": _l("It goes with the port: SSL/TLS with 993, STARTTLS with 143."),
    "imap-username": _USERNAME_HINT,
    "imap-password": _PASSWORD_HINT,
    "fast-mode": _l(
        "Not recommended: certificates are not checked, so somebody could pose as your server and read the password. "
        "It hardly saves time; it is for a provider whose certificates are faulty."
    ),
    "smtp-host": _HOST_HINT,
    "smtp-port": _l("465 (recommended, with SSL/TLS), 587 or 25 (not recommended)."),
    "smtp-security": _l("It goes with the port: SSL/TLS with 465, mostly no encryption with 587 and 25."),
    "smtp-auth": _l("Almost every server does."),
    "smtp-username": _USERNAME_HINT,
    "smtp-password": _PASSWORD_HINT,
    "stationery": _l("The look of messages sent from this account."),
    "active": _l(
        "Switch it off while your mail server is down, for example: nothing is fetched then, and all mail that was "
        "fetched stays."
    ),
}

MISSING: Mapping[str, str] = {
    "name": _l("Type a name for the account."),
    "email": _l("Type the e-mail address."),
    "imap-host": _l("Type the name of the server for incoming mail."),
    "imap-port": _l("Type the port of the server for incoming mail, usually 993."),
    "imap-username": _l("Type the user name for incoming mail."),
    "imap-password": _l("Type the password for incoming mail."),
    "smtp-host": _l("Type the name of the server for outgoing mail."),
    "smtp-port": _l("Type the port of the server for outgoing mail, usually 465."),
    "smtp-username": _l("Type the user name for outgoing mail."),
    "smtp-password": _l("Type the password for outgoing mail."),
}

# Where a layout requires what the catalog does not.
MISSING_IF_REQUIRED: Mapping[str, str] = {"stationery": _l("Choose a stationery.")}

SOURCES: Mapping[Source, str] = {
    Source.ADMIN: _l("Set by your administrator."),
    Source.GUESS: _l("Guessed from the address."),
    Source.EARLIER: _l("Suggested for another address."),
    Source.ANSWERED: _l("A guess, but a mail server answers there."),
    Source.LEARNED: _l("Suggested: works for another account with this domain."),
    Source.PROVIDER: _l("Suggested: the known settings of this provider, built in."),
    Source.AUTOCONFIG: _l("Suggested by the provider's own configuration (https)."),
    Source.REDIRECTED: _l("Suggested by another organisation, to which the provider's configuration leads."),
    Source.ISPDB: _l("Suggested by the database of providers."),
    Source.SRV: _l("Suggested by the domain's DNS records (not signed)."),
    Source.MX: _l("Suggested from the domain's mail exchanger in DNS (not signed)."),
    Source.PORT: _l("Suggested: usual for this port."),
    Source.SECURITY: _l("Suggested: usual for this security."),
}
# The general rule takes names from the address; ports and securities it takes as most providers have them.
CHOICE_SOURCES: Mapping[Source, str] = {
    **SOURCES,
    Source.GUESS: _l("Suggested: the most common setting, with encryption."),
}
# That somebody answers at a guessed server tells nothing of whom it lets in; and what works for another account is the
# name of that one, which nobody else has.
USERNAME_SOURCES: Mapping[Source, str] = {
    **SOURCES,
    Source.ANSWERED: SOURCES[Source.GUESS],
    Source.LEARNED: _l("Suggested: made from the address as in another account with this domain."),
}


def sources_of(name: str) -> Mapping[Source, str]:
    """Return the words for each source of the field ``name``."""
    if name.endswith("-username"):
        return USERNAME_SOURCES
    return CHOICE_SOURCES if name.endswith(("-port", "-security")) else SOURCES


@dataclass(frozen=True, slots=True)
class Mark:
    """Where the value of a field came from, in words. ``doubtful``: nobody vouches for it."""

    words: str
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said at a field about what was tried with it. ``wrong``: it has to be changed; else it may stay so."""

    words: str
    wrong: bool = True


def grouped(sha256: str) -> str:
    """Return a fingerprint in groups of four, as people compare it."""
    return " ".join(sha256[place : place + 4] for place in range(0, len(sha256), 4))


NO_ENCRYPTION = _l("Encryption is not required. The test still uses STARTTLS if the server offers it.")
SPACED_PASSWORD = _l("The password begins or ends with a space. It is used exactly as you typed it.")
PORT_25 = _l("Port 25 is not recommended: it is meant for servers among themselves, and often blocked.")


@dataclass(frozen=True, slots=True)
class Look:
    """How one field looks; what the ``row`` macro calls its spec."""

    kind: str
    hint: str
    required: bool
    choices: Sequence[tuple[str, str]] = ()
    autocomplete: str = ""
    placeholder: str = ""
    maxlength: int | None = None
    classes: str = ""
    # The hint warns of the very value that the field holds.
    warns: bool = False
    # What may come to stand beside it: where its value was suggested from, and what a connection test says of it.
    suggested: bool = False
    judged: bool = False
    # Further attributes of the control.
    attributes: Mapping[str, str] = field(default_factory=dict)


# Every field that a connection test may speak of.
JUDGED = (
    "email",
    *(f"{side}-{part}" for side in Side for part in ("host", "port", "security", "username", "password")),
)

# No maxlength on what people paste: a browser would cut it silently, we say so.
LOOKS: Mapping[str, Look] = {
    spec.name: Look(
        kind=_KINDS[spec.kind],
        hint=HINTS.get(spec.name, ""),
        required=spec.required,
        choices=CHOICES.get(spec.name, ()),
        classes="narrow" if spec.kind is Kind.PORT else "",
        suggested=spec.name in REMEMBERED_FIELDS,
        judged=spec.name in JUDGED,
    )
    for spec in CATALOG
}
