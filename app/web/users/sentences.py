"""What people are told about their passwords."""

from flask_babel import gettext as _

from app import users


def weakness_sentence(weakness: users.Weakness) -> str:
    """Return why the password was refused and what to do."""
    match weakness:
        case users.Weakness.SHORT:
            return str(_("Use at least %(count)d characters; a few words do well.", count=users.MINIMUM_LENGTH))
        case users.Weakness.ADDRESS:
            return str(_("Your address is the first thing somebody would try. Choose something else."))
        case users.Weakness.COMMON:
            return str(_("This password is one of the first that somebody would try. Choose something else."))
