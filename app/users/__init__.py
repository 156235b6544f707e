"""People who may sign in: adding, signing in, passwords, and the one-time links that let the first one in."""

from app.users.address import AddressInvalid, address_key, checked_address
from app.users.links import LinkUnusable, first_link, forget_expired, issue_link, redeem_link
from app.users.operations import (
    AddressTaken,
    SignInRefused,
    add,
    change_address,
    choose_language,
    recognise,
    set_password,
    sign_in,
)
from app.users.passwords import MINIMUM_LENGTH, PasswordTooWeak, Weakness
from app.users.queries import find, find_by_email, responsible_for

__all__ = [
    "MINIMUM_LENGTH",
    "AddressInvalid",
    "AddressTaken",
    "LinkUnusable",
    "PasswordTooWeak",
    "SignInRefused",
    "Weakness",
    "add",
    "address_key",
    "change_address",
    "checked_address",
    "choose_language",
    "find",
    "find_by_email",
    "first_link",
    "forget_expired",
    "issue_link",
    "recognise",
    "redeem_link",
    "responsible_for",
    "set_password",
    "sign_in",
]
