"""Reading people."""

from collections.abc import Callable

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from app.mail.address import address_key
from app.models import Role, User


def find(session: Session, user_id: int) -> User | None:
    """Return the person with this id, or None."""
    return session.get(User, user_id)


def find_by_email(session: Session, email: str) -> User | None:
    """Return the person with this address, however it is capitalised, or None."""
    key = address_key(email)
    if not key or not key.isprintable():
        return None  # PostgreSQL refuses to be asked for a NUL
    return session.scalars(select(User).where(User.email_key == key)).one_or_none()


def hold(session: Session, email: str) -> User | None:
    """Return the person with this address, or None; until the transaction ends nobody else writes about them.

    Nor about any administrator: who is the last one stays so.
    """
    # A savepoint, so that SQLite lets nobody else write between this question and the answer.
    with session.begin_nested():
        user = find_by_email(session, email)
        if user is None:
            return None
        # In one order, since two such commands may run at a time.
        held = select(User).where(or_(User.id == user.id, User.role == Role.ADMIN)).order_by(User.id).with_for_update()
        people = session.scalars(held.execution_options(populate_existing=True)).all()
    return user if user in people else None


def list_all(session: Session) -> list[User]:
    """Return everybody by address."""
    return list(session.scalars(select(User).order_by(User.email_key, User.id)))


def is_last_administrator(session: Session, user: User) -> bool:
    """Say whether nobody would administer the installation without ``user``."""
    others = exists().where(User.role == Role.ADMIN, User.id != user.id)
    return user.role is Role.ADMIN and not session.scalar(select(others))


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
