"""Reading people."""

from collections.abc import Callable

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.models import Role, User
from app.users.address import address_key


def find(session: Session, user_id: int) -> User | None:
    """Return the person with this id, or None."""
    return session.get(User, user_id)


def find_by_email(session: Session, email: str) -> User | None:
    """Return the person with this address, however it is capitalised, or None."""
    key = address_key(email)
    if not key or not key.isprintable():
        return None  # PostgreSQL refuses to be asked for a NUL
    return session.scalars(select(User).where(User.email_key == key)).one_or_none()


def responsible_for(session: Session, user_id: int | None, *, can_be_told: Callable[[User], bool]) -> list[User]:
    """Return who is to be told about what ``user_id`` has added: that person, else the administrators.

    Of all of them only those who ``can_be_told``: an address that signs in is not always one that can be written to.
    """
    person = find(session, user_id) if user_id is not None else None
    if person is not None and can_be_told(person):
        return [person]
    administrators = session.scalars(select(User).where(User.role == Role.ADMIN).order_by(User.id))
    return [each for each in administrators if can_be_told(each)]


def an_administrator_can_sign_in(session: Session) -> bool:
    """Say whether some administrator has a password, so that no link is needed."""
    return bool(session.scalar(select(exists().where(User.role == Role.ADMIN, User.password_hash.is_not(None)))))


def first_admin(session: Session) -> User | None:
    """Return the administrator who was added first, or None."""
    return session.scalars(select(User).where(User.role == Role.ADMIN).order_by(User.id).limit(1)).one_or_none()
