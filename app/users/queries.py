"""Reading people."""

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.models import Role, User
from app.users.address import address_key


class UserNotFound(Exception):
    """There is no such person."""


def get(session: Session, user_id: int) -> User:
    """Return the person with this id. Raises UserNotFound."""
    user = find(session, user_id)
    if user is None:
        raise UserNotFound(f"there is no person {user_id}")
    return user


def find(session: Session, user_id: int) -> User | None:
    """Return the person with this id, or None."""
    return session.get(User, user_id)


def find_by_email(session: Session, email: str) -> User | None:
    """Return the person with this address, however it is capitalised, or None."""
    key = address_key(email)
    if not key:
        return None
    return session.scalars(select(User).where(User.email_key == key)).one_or_none()


def anybody_can_sign_in(session: Session) -> bool:
    """Say whether somebody has a password, so that no link is needed."""
    return bool(session.scalar(select(exists().where(User.password_hash.is_not(None)))))


def first_admin(session: Session) -> User | None:
    """Return the administrator who was added first, or None."""
    return session.scalars(select(User).where(User.role == Role.ADMIN).order_by(User.id).limit(1)).one_or_none()
