"""What the pages about layouts say: why one is refused or in force, and what has changed between two versions."""

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.form_layouts import (
    LONGEST_HINT,
    LONGEST_LABEL,
    Change,
    Difference,
    FieldSpec,
    InForce,
    Kind,
    Objection,
    Reason,
    Refusal,
    Section,
    Visibility,
)
from app.models import FormLayout, Role
from app.web.accounts.wording import LABELS, SECTION_TITLES

FOR_WHOM: Mapping[Role | None, str] = {
    None: _l("Everybody"),
    Role.MEMBER: _l("Members"),
    Role.ADMIN: _l("Administrators"),
}

# What is posted for a layout that is for no person; a role could be called anything, but not this.
FOR_CLIENTS = "clients"
CLIENTS_ONLY = _l("Only embedded forms that choose it")

VISIBILITIES: Mapping[Visibility, str] = {
    Visibility.SHOWN: _l("Shown"),
    Visibility.ADDITIONAL: _l("Additional data"),
    Visibility.HIDDEN: _l("Hidden"),
}

_REFUSALS: Mapping[Refusal, str] = {
    Refusal.MUST_BE_SHOWN: _l("Choose “Shown”: the form has to ask for this, because only the person knows it."),
    Refusal.MUST_BE_TYPED: _l("Switch read-only off: the form has to ask for this, because only the person knows it."),
    Refusal.HIDDEN_WITHOUT_DEFAULT: _l("Give this field a default or show it: no account can be saved without it."),
    Refusal.READ_ONLY_WITHOUT_DEFAULT: _l(
        "Give this field a default or switch read-only off: no account can be saved without it."
    ),
    Refusal.OWN_CREDENTIALS_NEEDED: _l(
        "Show this field, or hide the switch “Same user name and password as for incoming mail” as well: as long as it "
        "can be switched off, the form has to ask for this."
    ),
    Refusal.REQUIRED_IS_FIXED: _l("Switch this off: whether this field is required is not open."),
    Refusal.NO_DEFAULT_HERE: _l("Remove the default: this field cannot have one."),
    Refusal.UNKNOWN_PLACEHOLDER: _l("In braces only {address}, {local} and {domain} are understood."),
    Refusal.NO_TEMPLATE_HERE: _l("Type a plain value: here nothing is taken from the address."),
    Refusal.NOT_ONE_LINE: _l("Type this on one line, without tabs or other control characters."),
}

_INVALID: Mapping[Kind, str] = {
    Kind.HOST: _l("Type the name of a server, for example mail.{domain}."),
    Kind.PORT: _l("Type the port as a number from 1 to 65535."),
    Kind.COLOUR: _l("Type the colour as # and six digits, such as #2f74d0."),
    Kind.TEXT: _l("Type a text on one line, without spaces at its ends and of at most 200 characters."),
}
_NOT_IN_THE_LIST = _l("Choose one of the entries in the list.")


def for_whom(stored: FormLayout) -> str:
    """Return whom a layout is for."""
    return str(CLIENTS_ONLY if stored.for_clients else FOR_WHOM[stored.role])


def refusal_sentence(objection: Objection, specs: Mapping[str, FieldSpec]) -> str:
    """Return why a setting is refused, and what to do."""
    match objection.refusal:
        case Refusal.DEFAULT_INVALID:
            return str(_INVALID.get(specs[objection.field].kind, _NOT_IN_THE_LIST))
        case Refusal.TOO_LONG:
            longest = LONGEST_HINT if objection.setting.startswith("hint") else LONGEST_LABEL
            return str(_("Shorten this to at most %(count)s characters.", count=longest))
        case refusal:
            return str(_REFUSALS[refusal])


def in_force_sentence(role: Role, found: InForce) -> str:
    """Return which layout people of ``role`` get, and why."""
    name = found.name
    match role, found.reason:
        case Role.MEMBER, Reason.ROLE:
            return str(_("Members get “%(name)s”: it is for members, and the first that fits them.", name=name))
        case Role.MEMBER, Reason.EVERYBODY:
            return str(_("Members get “%(name)s”: it is for everybody, and the first that fits them.", name=name))
        case Role.MEMBER, _other:
            return str(_("Members get the built-in layout: no other fits them."))
        case Role.ADMIN, Reason.ROLE:
            return str(
                _("Administrators get “%(name)s”: it is for administrators, and the first that fits them.", name=name)
            )
        case Role.ADMIN, Reason.EVERYBODY:
            return str(
                _("Administrators get “%(name)s”: it is for everybody, and the first that fits them.", name=name)
            )
        case _:
            return str(_("Administrators get the built-in layout: no other fits them."))


def clients_sentence(client: str, found: InForce) -> str:
    """Return which layout the form has that ``client`` embeds, and why."""
    words = {"client": client, "name": found.name}
    match found.reason:
        case Reason.CLIENT:
            return str(_("The form in “%(client)s” gets “%(name)s”: it was chosen for it.", **words))
        case Reason.EVERYBODY:
            return str(
                _("The form in “%(client)s” gets “%(name)s”: it is for everybody, and no other was chosen.", **words)
            )
        case _:
            return str(_("The form in “%(client)s” gets the built-in layout: no other was chosen or fits.", **words))


_CHANGES: Mapping[Change, str] = {
    Change.SECTION_ORDER: _l("Order of the sections"),
    Change.TITLE_EN: _l("English title"),
    Change.TITLE_PL: _l("Polish title"),
    Change.SECTION: _l("Section"),
    Change.ORDER: _l("Order of the fields"),
    Change.SHOW: _l("Where it is shown"),
    Change.LABEL_EN: _l("English label"),
    Change.LABEL_PL: _l("Polish label"),
    Change.HINT_EN: _l("English help text"),
    Change.HINT_PL: _l("Polish help text"),
    Change.DEFAULT: _l("Default"),
    Change.REQUIRED: _l("Required"),
    Change.READ_ONLY: _l("Read-only"),
}


def difference_words(difference: Difference) -> dict[str, str]:
    """Return a difference as the table of the comparison shows it."""
    return {
        "about": full_name(difference.about),
        "what": str(_CHANGES[difference.change]),
        "before": _value(difference.change, difference.before),
        "after": _value(difference.change, difference.after),
    }


def full_name(about: str) -> str:
    """Return how a section or a field is called where others of the same name stand beside it."""
    if about in list(Section):
        return str(SECTION_TITLES[Section(about)])
    if about not in LABELS:
        return str(_("The whole form"))
    side = about.partition("-")[0]
    if side in (Section.IMAP, Section.SMTP):
        return f"{SECTION_TITLES[Section(side)]}: {LABELS[about]}"
    return str(LABELS[about])


def _value(change: Change, value: str) -> str:
    """Return one side of a difference in words."""
    if not value:
        return str(_("Nothing"))
    if change in _LISTS or change is Change.SECTION:
        return ", ".join(str(_NAMES[name]) for name in value.split())
    if change is Change.SHOW:
        return str(VISIBILITIES[Visibility(value)])
    if change in (Change.REQUIRED, Change.READ_ONLY):
        return str(_("Yes")) if value == "yes" else str(_("No"))
    return value


_LISTS = (Change.SECTION_ORDER, Change.ORDER)
_NAMES: Mapping[str, str] = {**LABELS, **{str(section): title for section, title in SECTION_TITLES.items()}}
