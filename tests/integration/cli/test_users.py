"""``skrzynka users``: who can sign in afterwards and who cannot, and passwords that nobody saw."""

import os
import pty
import subprocess

import pytest
from sqlalchemy import select

from app import clock, users
from app.config import Config
from app.models import Account, OutgoingMessage, Role, User
from tests import cast
from tests.integration.cli.conftest import ON_SQLITE, one_line, run
from tests.servers.commands import ROOT, SKRZYNKA

EMAIL = "maria@firma.test"
PASSWORD = "trzy zielone parasole ż"


def add(environment, *arguments, given=f"{PASSWORD}\n"):
    return run(environment, "users", "add", *arguments, given=given)


def people(session) -> list[User]:
    session.rollback()
    return list(session.scalars(select(User).order_by(User.id)))


@ON_SQLITE
@pytest.mark.parametrize("ending", ["", "\n", "\r\n", "\nsecond line\n"])
def test_the_first_line_of_the_input_is_the_password(migrated, session, ending):
    done = add(migrated, EMAIL, given=PASSWORD + ending)
    assert done.returncode == 0
    user = users.sign_in(session, email=EMAIL, password=PASSWORD)
    assert user.role is Role.MEMBER


@ON_SQLITE
def test_spaces_in_a_password_are_kept(migrated, session):
    add(migrated, EMAIL, given=f"  {PASSWORD} \n")
    assert users.sign_in(session, email=EMAIL, password=f"  {PASSWORD} ")


@ON_SQLITE
def test_neither_output_nor_arguments_hold_the_password(migrated):
    done = add(migrated, EMAIL)
    assert PASSWORD not in done.stdout + done.stderr + " ".join(done.args)
    assert done.stdout == ""
    assert EMAIL in done.stderr


@ON_SQLITE
def test_the_role_is_the_one_that_was_asked_for(migrated, session):
    add(migrated, EMAIL, "--role", "admin")
    assert [user.role for user in people(session)] == [Role.ADMIN]


def test_a_link_lets_its_person_in_once(migrated, session):
    done = add(migrated, EMAIL, "--link", given="")
    assert done.returncode == 0
    address, _, token = done.stdout.strip().rpartition("/")
    assert address == "http://127.0.0.1:5000/sign-in"
    assert token not in done.stderr
    user = users.redeem_link(session, token, now=clock.now())
    assert (user.email, user.password_hash) == (EMAIL, None)
    with pytest.raises(users.LinkUnusable):
        users.redeem_link(session, token, now=clock.now())


@pytest.mark.parametrize("spelling", [EMAIL, " Maria@FIRMA.test"])
def test_a_taken_address_is_refused_in_whatever_spelling(migrated, session, spelling):
    add(migrated, EMAIL)
    assert "already somebody's address" in one_line(add(migrated, spelling, given="another good password\n"), 2)
    assert len(people(session)) == 1
    assert users.sign_in(session, email=EMAIL, password=PASSWORD)


@ON_SQLITE
@pytest.mark.parametrize("weak", ["", "\n", "short", "aaaaaaaaaaaaaa", "Qwerty123456", EMAIL])
def test_a_weak_password_is_refused_in_one_line(migrated, session, weak):
    line = one_line(add(migrated, EMAIL, given=weak), 2)
    assert "10 characters" in line
    assert people(session) == []


@ON_SQLITE
@pytest.mark.parametrize("nonsense", ["", "maria", "@firma.test", "ma ria@firma.test", "x" * 400 + "@firma.test"])
def test_what_is_no_address_is_refused_in_one_line(migrated, session, nonsense):
    assert "is not an e-mail address" in one_line(add(migrated, nonsense), 2)
    assert people(session) == []


@ON_SQLITE
def test_a_password_that_is_not_text_is_refused_in_one_line(migrated, session):
    one_line(add(migrated, EMAIL, given=b"za\xbf\xf3\xb3\xe6 g\xea\xb6l\xb1 ja\xbc\xf1\n"), 2)
    assert people(session) == []


@ON_SQLITE
@pytest.mark.parametrize("arguments", [[], [EMAIL, "--role", "king"], [EMAIL, PASSWORD]])
def test_a_wrong_call_is_exit_2_and_adds_nobody(migrated, session, arguments):
    done = add(migrated, *arguments)
    assert done.returncode == 2
    assert people(session) == []


def test_without_tables_it_says_so_in_one_line(environment):
    assert "has no tables yet" in one_line(add(environment, EMAIL))


@ON_SQLITE
def test_at_a_terminal_the_password_is_asked_for_twice_and_not_shown(migrated, session):
    master, slave = pty.openpty()
    environment = {"PATH": os.environ["PATH"], **migrated}
    command = [SKRZYNKA, "users", "add", EMAIL]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdin=slave, stdout=slave, stderr=slave) as process:
        os.close(slave)
        screen = b""
        for question in (b"Password", b"confirmation"):
            while question not in screen:
                screen += os.read(master, 1024)
            os.write(master, PASSWORD.encode() + b"\n")
        while b"Added" not in screen:
            screen += os.read(master, 1024)
    os.close(master)
    assert process.returncode == 0
    assert PASSWORD.encode() not in screen
    assert users.sign_in(session, email=EMAIL, password=PASSWORD)


def users_of(environment, *arguments):
    return run(environment, "users", *arguments)


@pytest.fixture
def adam(session) -> User:
    """An administrator with a password."""
    adam = users.add(session, email="adam@firma.test", role=Role.ADMIN, password=PASSWORD, now=clock.now())
    session.commit()
    return adam


@pytest.fixture
def maria(session, adam) -> User:
    """A member with a password, beside an administrator."""
    maria = users.add(session, email=EMAIL, role=Role.MEMBER, password=PASSWORD, now=clock.now())
    session.commit()
    return maria


@ON_SQLITE
def test_everybody_is_listed_in_a_line(migrated, session, maria):
    assert users_of(migrated, "list").stdout.splitlines() == [
        "adam@firma.test   admin   password",
        "maria@firma.test  member  password",
    ]
    session.delete(maria)
    users.add(session, email="ola@firma.test", role=Role.MEMBER, password=None, now=clock.now())
    session.commit()
    assert users_of(migrated, "list").stdout.splitlines()[1:] == ["ola@firma.test   member  no password"]


def test_a_link_for_a_lost_password_ends_the_old_one_when_it_is_used(migrated, session, maria):
    done = users_of(migrated, "link", " Maria@FIRMA.test")
    assert (done.returncode, done.stderr) == (0, "")
    address, _, token = done.stdout.strip().rpartition("/")
    assert address == "http://127.0.0.1:5000/sign-in"
    assert users.sign_in(session, email=EMAIL, password=PASSWORD), "whoever only asked has changed nothing"
    users.redeem_link(session, token, now=clock.now())
    with pytest.raises(users.SignInRefused):
        users.sign_in(session, email=EMAIL, password=PASSWORD)


def test_a_role_is_changed_and_the_last_administrator_stays_one(migrated, session, maria):
    assert "last administrator" in one_line(users_of(migrated, "role", "adam@firma.test", "member"))
    assert users_of(migrated, "role", EMAIL, "admin").returncode == 0
    assert users_of(migrated, "role", "adam@firma.test", "member").returncode == 0
    assert [user.role for user in people(session)] == [Role.MEMBER, Role.ADMIN]
    assert "last administrator" in one_line(users_of(migrated, "remove", EMAIL))
    assert users_of(migrated, "role", EMAIL, "admin").returncode == 0, "what is so already is no error"


def test_who_is_removed_leaves_their_accounts_and_takes_their_drafts(migrated, session, maria):
    vault = Config.from_environment(migrated).vault
    messages = [cast.message(session, vault, maria, state) for state in ("draft", "copy done")]
    account = session.get_one(Account, messages[0].account_id)
    account.added_by = maria.id
    session.commit()
    done = users_of(migrated, "remove", "MARIA@firma.test")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", f"Removed {EMAIL}.\n")
    assert [user.email for user in people(session)] == ["adam@firma.test"]
    session.expire_all()
    assert account.added_by is None
    assert session.scalars(select(OutgoingMessage)).all() == []


@pytest.mark.parametrize("state", ["queued", "put off for some", "sending", "sent"])
def test_nobody_is_removed_while_a_message_of_theirs_is_on_its_way(migrated, session, maria, state):
    message = cast.message(session, Config.from_environment(migrated).vault, maria, state)
    line = one_line(users_of(migrated, "remove", EMAIL))
    assert "1 of their messages, or copies of such, is still on the way" in line
    session.rollback()
    assert session.scalars(select(OutgoingMessage.id)).all() == [message.id]


@ON_SQLITE
@pytest.mark.parametrize("command", [("link",), ("remove",), ("role", "admin")], ids=lambda command: command[0])
def test_nobodys_address_is_refused_in_one_line(migrated, maria, command):
    name, *rest = command
    for nobody in ("ola@firma.test", ""):
        assert "nobody's address" in one_line(users_of(migrated, name, nobody, *rest), 2)


@ON_SQLITE
@pytest.mark.parametrize("answer", ["n", "y"])
def test_at_a_terminal_a_removal_asks_first(migrated, session, maria, answer):
    master, slave = pty.openpty()
    environment = {"PATH": os.environ["PATH"], **migrated}
    command = [SKRZYNKA, "users", "remove", EMAIL]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdin=slave, stdout=slave, stderr=slave) as process:
        os.close(slave)
        screen = b""
        while b"[y/N]" not in screen:
            screen += os.read(master, 1024)
        os.write(master, answer.encode() + b"\n")
    os.close(master)
    assert process.returncode == (0 if answer == "y" else 1)
    assert (EMAIL in [user.email for user in people(session)]) == (answer == "n")
