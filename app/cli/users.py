"""``skrzynka users``: people, from the console of the machine."""

import sys

import click
from sqlalchemy.orm import Session

from app import clock, sending
from app import users as people
from app.cli import database
from app.cli.problems import BadInput, Problem
from app.config import Config, url_of
from app.models import Role, User

ROLE = click.Choice([role.value for role in Role])


@click.group
def users() -> None:
    """Look after the people who may sign in."""


@users.command
@click.argument("email")
@click.option("--role", type=ROLE, default=Role.MEMBER.value, show_default=True)
@click.option("--link", is_flag=True, help="Ask for no password; print a one-time link with which they choose one.")
def add(email: str, role: str, link: bool) -> None:
    """Add a person. The password is read from standard input: an argument could be seen by every user."""
    config = database.installed()
    password = None if link else _password()
    with database.open_session(config) as session:
        try:
            user = people.add(session, email=email, role=Role(role), password=password, now=clock.now())
        except people.AddressInvalid as error:
            raise BadInput(f"{email!r} is not an e-mail address.") from error
        except people.AddressTaken as error:
            raise BadInput(f"{email!r} is already somebody's address; `skrzynka users link` lets them in.") from error
        except people.PasswordTooWeak as error:
            raise BadInput(_too_weak(error)) from error
        token = people.issue_link(session, user, now=clock.now()) if link else None
        session.commit()
    click.echo(f"Added {email} ({role}).", err=True)
    if token:
        _print_link(config, token)


@users.command("list")
def list_all() -> None:
    """Print everybody in a line: address, role, and whether they can sign in with a password."""
    with database.open_session(database.installed()) as session:
        everybody = people.list_all(session)
    addresses = [user.email or "(no address yet)" for user in everybody]
    width = max(map(len, addresses), default=0)
    for address, user in zip(addresses, everybody, strict=True):
        click.echo(f"{address:{width}}  {user.role:6}  {'password' if user.password_hash else 'no password'}")


@users.command
@click.argument("email")
def link(email: str) -> None:
    """Print a one-time link with which a person chooses a new password.

    It is good for a day and ends an older link. The password that they have, and open sessions, end when it is used.
    """
    config = database.installed()
    with database.open_session(config) as session:
        token = people.issue_link(session, _held(session, email), now=clock.now())
        session.commit()
    _print_link(config, token)


@users.command("role")
@click.argument("email")
@click.argument("role", type=ROLE)
def change_role(email: str, role: str) -> None:
    """Make a person an administrator or a member, from their next page on. Somebody has to stay an administrator."""
    with database.open_session(database.installed()) as session:
        user = _held(session, email)
        try:
            people.change_role(session, user, Role(role))
        except people.LastAdministrator as error:
            raise _last(user) from error
        session.commit()
        click.echo(f"{user.email} is {role} now.", err=True)


@users.command
@click.argument("email")
def remove(email: str) -> None:
    """Remove a person, and with them their drafts and what is known about messages that they have sent.

    They are signed out, and the accounts that they have added stay. Refused for the last administrator, and as long as
    messages of theirs are on their way. At a terminal it asks first.
    """
    if sys.stdin.isatty():
        click.confirm(f"Remove {email}, with all drafts and the list of what they have sent?", abort=True, err=True)
    with database.open_session(database.installed()) as session:
        user = _held(session, email)
        address, waiting = user.email, sending.count_on_their_way(session, user.id)
        if waiting:
            raise Problem(
                f"{address} cannot be removed yet: {waiting} of their messages, or copies of such, "
                f"{'is' if waiting == 1 else 'are'} still on the way, for about two days at most."
            )
        try:
            people.remove(session, user)
        except people.LastAdministrator as error:
            raise _last(user) from error
        session.commit()
    click.echo(f"Removed {address}.", err=True)


def _held(session: Session, email: str) -> User:
    user = people.hold(session, email)
    if user is None:
        raise BadInput(f"{email!r} is nobody's address; `skrzynka users list` prints them all.")
    return user


def _last(user: User) -> Problem:
    return Problem(f"{user.email} is the last administrator; `skrzynka users role` makes somebody else one first.")


def _print_link(config: Config, token: str) -> None:
    click.echo(f"{url_of(config.host, config.port)}/sign-in/{token}")


def _password() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    typed = sys.stdin.buffer.readline().rstrip(b"\r\n")
    try:
        return typed.decode()
    except UnicodeDecodeError as error:
        raise BadInput("The password on standard input is not text in UTF-8.") from error


def _too_weak(error: people.PasswordTooWeak) -> str:
    return f"The password cannot be used ({error}); take at least {people.MINIMUM_LENGTH} characters."
