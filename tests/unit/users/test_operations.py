import pytest
from argon2 import PasswordHasher

from app import users
from app.models import Role, User
from app.users import passwords

PASSWORD = "a few good words"


def add(session, noon, email="Maria@Firma.test", password=PASSWORD) -> User:
    return users.add(session, email=email, role=Role.MEMBER, password=password, now=noon)


def test_an_address_is_kept_as_typed_and_compared_without_capitals(session, noon):
    user = add(session, noon, " Maria@Firma.test ")
    assert user.email == "Maria@Firma.test"
    assert users.find_by_email(session, "MARIA@firma.TEST") is user


def test_an_address_is_taken_however_it_is_spelt(session, noon):
    add(session, noon)
    with pytest.raises(users.AddressTaken):
        add(session, noon, "maria@firma.TEST")


def test_a_domain_is_the_same_in_letters_and_in_a_labels(session, noon):
    user = add(session, noon, "x@żółw.pl")
    assert users.find_by_email(session, "X@xn--w-uga1v8h.pl") is user
    add(session, noon, "a@faß.de")
    assert users.find_by_email(session, "a@fass.de") is None, "that is another domain"


def test_after_a_taken_address_the_callers_other_work_is_still_there(session, noon):
    add(session, noon)
    other = add(session, noon, "adam@firma.test")
    with pytest.raises(users.AddressTaken):
        users.change_address(session, other, "MARIA@firma.test")
    session.commit()
    assert session.get_one(User, other.id).email == "adam@firma.test"


def test_capitals_of_the_own_address_may_change(session, noon):
    user = add(session, noon)
    users.change_address(session, user, "maria@firma.test")
    assert user.email == "maria@firma.test"


def test_a_new_password_replaces_the_old_one_and_ends_sessions(session, noon):
    user = add(session, noon)
    users.set_password(session, user, "an entirely different one")
    assert user.session_epoch == 1
    assert users.sign_in(session, email=user.email, password="an entirely different one") is user
    with pytest.raises(users.SignInRefused):
        users.sign_in(session, email=user.email, password=PASSWORD)


def test_somebody_without_a_password_cannot_sign_in_with_one(session, noon):
    add(session, noon, password=None)
    for guess in ("", "None", PASSWORD):
        with pytest.raises(users.SignInRefused):
            users.sign_in(session, email="maria@firma.test", password=guess)


def test_an_outdated_hash_is_renewed_at_sign_in(session, noon, monkeypatch):
    user = add(session, noon)
    before = user.password_hash
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=2, memory_cost=64, parallelism=1))
    users.sign_in(session, email=user.email, password=PASSWORD)
    assert user.password_hash != before
    assert users.sign_in(session, email=user.email, password=PASSWORD) is user


def test_nobody_is_not_found(session):
    assert users.find(session, 7) is None


@pytest.mark.parametrize("address", ["", " ", "maria\x00@firma.test"])
def test_what_is_no_address_finds_nobody(session, address):
    assert users.find_by_email(session, address) is None


@pytest.mark.parametrize("password", ["123456789", "1234567890", "firma.test", "Maria@firma.test", "abababababab"])
def test_a_password_that_would_be_guessed_is_refused(session, noon, password):
    with pytest.raises(users.PasswordTooWeak):
        add(session, noon, password=password)


@pytest.mark.parametrize("password", ["ola@łabędź.pl", "Ola@xn--abd-tra6rqm.pl", "łabędź-śnieżny.pl"])
def test_an_address_of_other_letters_is_no_password(session, noon, password):
    email = "ola@łabędź-śnieżny.pl" if "@" not in password else "ola@łabędź.pl"
    with pytest.raises(users.PasswordTooWeak):
        add(session, noon, email=email, password=password)


def test_the_refusal_of_a_password_does_not_repeat_it(session, noon):
    with pytest.raises(users.PasswordTooWeak) as refused:
        add(session, noon, password="qwertyuiop")
    assert "qwertyuiop" not in str(refused.value)
