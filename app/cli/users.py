"""``skrzynka users``: people, from the console of the machine."""

import sys

import click

from app import clock
from app import users as people
from app.cli import database
from app.cli.problems import BadInput
from app.config import Config, url_of
from app.models import Role


@click.group
def users() -> None:
    """Add people who may sign in."""


@users.command
@click.argument("email")
@click.option("--role", type=click.Choice([role.value for role in Role]), default=Role.MEMBER.value, show_default=True)
@click.option("--link", is_flag=True, help="Ask for no password; print a one-time link with which they choose one.")
def add(email: str, role: str, link: bool) -> None:
    """Add a person. The password is read from standard input: an argument could be seen by every user."""
    config = Config.from_environment()
    password = None if link else _password()
    with database.open_session(config) as session:
        try:
            user = people.add(session, email=email, role=Role(role), password=password, now=clock.now())
        except people.AddressInvalid as error:
            raise BadInput(f"{email!r} is not an e-mail address.") from error
        except people.AddressTaken as error:
            raise BadInput(f"{email!r} is already somebody's address.") from error
        except people.PasswordTooWeak as error:
            raise BadInput(_too_weak(error)) from error
        token = people.issue_link(session, user, now=clock.now()) if link else None
        session.commit()
    click.echo(f"Added {email} ({role}).", err=True)
    if token:
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
