"""One-time links: whoever gets one from the console is let in once. Only its hash is kept. The caller commits."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.models import Role, SignInLink, User
from app.users.queries import an_administrator_can_sign_in, first_admin

LIFETIME = timedelta(days=1)


class LinkUnusable(Exception):
    """The link was used, replaced by a newer one, has expired, or never existed; which of them is not said."""


def first_link(session: Session, *, now: datetime) -> str | None:
    """Return a token for the first administrator, who is added if need be, or None once one has a password."""
    if an_administrator_can_sign_in(session):
        return None
    user = first_admin(session)
    if user is None:
        # No address yet: this person chooses one together with the password. An empty one cannot sign in.
        user = User(email="", email_key="", role=Role.ADMIN, created_at=now)
        session.add(user)
        session.flush()
    return issue_link(session, user, now=now)


def issue_link(session: Session, user: User, *, now: datetime) -> str:
    """Return a new token for ``user``, good for one day and one use; older ones of the same person end."""
    session.execute(delete(SignInLink).where(SignInLink.user_id == user.id))
    token = secrets.token_urlsafe(32)
    session.add(SignInLink(token_hash=_hash(token), user_id=user.id, expires_at=now + LIFETIME))
    session.flush()
    return token


def redeem_link(session: Session, token: str, *, now: datetime) -> User:
    """Return the person whom ``token`` lets in and use it up; an old password and open sessions end.

    Raises LinkUnusable.
    """
    token_hash = _hash(token)
    user = session.scalars(select(User).join(SignInLink).where(SignInLink.token_hash == token_hash)).one_or_none()
    # Deleting decides: of two requests with the same token one deletes a row and the other none.
    used = session.execute(
        delete(SignInLink)
        .where(SignInLink.token_hash == token_hash, SignInLink.expires_at > now)
        .returning(SignInLink.token_hash)
    ).all()
    if user is None or len(used) != 1:
        raise LinkUnusable("the sign-in link cannot be used")
    user.password_hash = None
    user.session_epoch += 1
    return user


def forget_expired(session: Session, *, now: datetime) -> None:
    """Delete links that nobody can use any more."""
    session.execute(delete(SignInLink).where(SignInLink.expires_at <= now))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
