"""Adding people, letting them in, and what they change about themselves. The caller commits."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.mail.address import address_key
from app.models import Role, User
from app.users import passwords
from app.users.address import checked_address
from app.users.queries import find_by_email, is_last_administrator


class AddressTaken(Exception):
    """Somebody else signs in with this address."""


class LastAdministrator(Exception):
    """Nobody would be left to administer the installation."""


class SignInRefused(Exception):
    """The address or the password is wrong; which of them is not said."""


def add(session: Session, *, email: str, role: Role, password: str | None, now: datetime) -> User:
    """Return a new person. Raises AddressInvalid, AddressTaken, PasswordTooWeak."""
    address = checked_address(email)
    user = User(email=address, email_key=address_key(address), role=role, created_at=now)
    if password is not None:
        passwords.check_strength(password, email=address)
        user.password_hash = passwords.hashed(password)
    with _unless_taken(session, address):
        session.add(user)
    return user


def recognise(session: Session, *, email: str, role: Role, now: datetime) -> User:
    """Return the person whom another app has signed in, with the role that it says. Raises AddressInvalid."""
    user = find_by_email(session, email)
    if user is None:
        return add(session, email=email, role=role, password=None, now=now)
    user.role = role
    return user


def sign_in(session: Session, *, email: str, password: str) -> User:
    """Return the person with this address and password. Raises SignInRefused.

    An unknown address costs the same time as a wrong password, so that nobody can ask who has an account.
    """
    user = find_by_email(session, email)
    stored = user.password_hash if user else None
    if not passwords.matches(stored, password) or user is None or stored is None:
        raise SignInRefused("the address or the password is wrong")
    if passwords.outdated(stored):
        user.password_hash = passwords.hashed(password)
    return user


def set_password(session: Session, user: User, password: str) -> None:
    """Give ``user`` a new password, which signs them out everywhere else. Raises PasswordTooWeak."""
    passwords.check_strength(password, email=user.email)
    user.password_hash = passwords.hashed(password)
    user.session_epoch += 1
    session.flush()


def change_address(session: Session, user: User, email: str) -> None:
    """Let ``user`` sign in with ``email`` from now on. Raises AddressInvalid, AddressTaken."""
    address = checked_address(email)
    if address == user.email:
        return
    with _unless_taken(session, address):
        user.email, user.email_key = address, address_key(address)


def change_role(session: Session, user: User, role: Role) -> None:
    """Let ``user``, who is held, do what ``role`` may from now on. Raises LastAdministrator."""
    if role is not Role.ADMIN and is_last_administrator(session, user):
        raise LastAdministrator(user.email)
    user.role = role


def remove(session: Session, user: User) -> None:
    """Delete ``user``, who is held, with all that is theirs alone; the accounts they have added stay.

    Raises LastAdministrator.
    """
    if is_last_administrator(session, user):
        raise LastAdministrator(user.email)
    session.delete(user)
    session.flush()


def choose_language(user: User, locale: str) -> None:
    """Remember the language in which ``user`` reads."""
    user.locale = locale


@contextmanager
def _unless_taken(session: Session, address: str) -> Iterator[None]:
    # The unique column decides, not a look beforehand: of two people at the same time one is told. The savepoint keeps
    # what else the caller has done.
    try:
        with session.begin_nested():
            yield
            session.flush()
    except IntegrityError as error:
        raise AddressTaken(f"{address} is already somebody's address") from error
