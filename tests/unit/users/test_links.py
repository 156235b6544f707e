from datetime import timedelta

import pytest
from sqlalchemy import select

from app import users
from app.models import Role, SignInLink, User


@pytest.fixture
def admin(session, noon) -> User:
    return users.add(session, email="adam@firma.test", role=Role.ADMIN, password=None, now=noon)


def test_the_first_link_makes_the_first_administrator_without_an_address(session, noon):
    user = users.redeem_link(session, users.first_link(session, now=noon), now=noon)
    assert (user.role, user.email, user.password_hash) == (Role.ADMIN, "", None)


def test_every_start_prints_a_new_link_for_the_same_administrator(session, noon):
    old = users.first_link(session, now=noon)
    new = users.first_link(session, now=noon)
    assert old != new
    assert session.query(User).count() == 1
    with pytest.raises(users.LinkUnusable):
        users.redeem_link(session, old, now=noon)


def test_there_is_no_first_link_once_an_administrator_has_a_password(session, noon):
    users.add(session, email="maria@firma.test", role=Role.MEMBER, password="a few good words", now=noon)
    assert users.first_link(session, now=noon) is not None
    users.add(session, email="adam@firma.test", role=Role.ADMIN, password="a few good words", now=noon)
    assert users.first_link(session, now=noon) is None


def test_the_empty_address_of_the_first_administrator_cannot_sign_in(session, noon):
    users.first_link(session, now=noon)
    for typed in ("", " "):
        with pytest.raises(users.SignInRefused):
            users.sign_in(session, email=typed, password="")


def test_a_link_is_kept_only_as_its_hash(session, admin, noon):
    token = users.issue_link(session, admin, now=noon)
    stored = session.scalars(select(SignInLink)).one()
    assert len(stored.token_hash) == 64
    assert token not in stored.token_hash
    assert len(token) >= 43  # 256 bits


def test_a_link_works_once(session, admin, noon):
    token = users.issue_link(session, admin, now=noon)
    assert users.redeem_link(session, token, now=noon) is admin
    with pytest.raises(users.LinkUnusable):
        users.redeem_link(session, token, now=noon)


def test_a_link_works_for_a_day(session, admin, noon):
    token = users.issue_link(session, admin, now=noon)
    with pytest.raises(users.LinkUnusable):
        users.redeem_link(session, token, now=noon + timedelta(days=1))
    assert users.redeem_link(session, token, now=noon + timedelta(hours=23, minutes=59)) is admin


def test_expired_links_are_forgotten_and_others_kept(session, admin, noon):
    other = users.add(session, email="maria@firma.test", role=Role.MEMBER, password=None, now=noon)
    users.issue_link(session, admin, now=noon)
    kept = users.issue_link(session, other, now=noon + timedelta(hours=1))
    users.forget_expired(session, now=noon + timedelta(days=1))
    assert session.query(SignInLink).count() == 1
    assert users.redeem_link(session, kept, now=noon + timedelta(hours=2)) is other
