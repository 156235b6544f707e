"""People who may sign in: adding, signing in, passwords, and the one-time links that let the first one in."""

from app.users.address import AddressInvalid, checked_address
from app.users.links import LinkUnusable, first_link, forget_expired, issue_link, redeem_link
from app.users.operations import (
    AddressTaken,
    LastAdministrator,
    SignInRefused,
    add,
    change_address,
    change_role,
    choose_language,
    recognise,
    remove,
    set_password,
    sign_in,
)
from app.users.passwords import MINIMUM_LENGTH, PasswordTooWeak, Weakness
from app.users.queries import find, find_by_email, hold, list_all, responsible_for

__all__ = [
    "MINIMUM_LENGTH",
    "AddressInvalid",
    "AddressTaken",
    "LastAdministrator",
    "LinkUnusable",
    "PasswordTooWeak",
    "SignInRefused",
    "Weakness",
    "add",
    "change_address",
    "change_role",
    "checked_address",
    "choose_language",
    "find",
    "find_by_email",
    "first_link",
    "forget_expired",
    "hold",
    "issue_link",
    "list_all",
    "recognise",
    "redeem_link",
    "remove",
    "responsible_for",
    "set_password",
    "sign_in",
]
