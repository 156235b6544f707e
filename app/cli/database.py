"""The database as a command sees it: one session, and every failure to reach it one line."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.cli.problems import Problem
from app.config import Config, ConfigError, NothingYet
from app.models.database import DatabaseUrlInvalid, engine_for
from app.models.installation import DatabaseNotReady, WrongKey, confirm_keys


def installed() -> Config:
    """Return what is said about an installation that is there; a command that refuses leaves nothing behind.

    Raises Problem, ConfigError.
    """
    try:
        return Config.from_environment(make=False)
    except NothingYet as error:
        raise Problem(str(error)) from error


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Turn what the database driver has to say into one line."""
    try:
        yield
    except DBAPIError as error:
        raise Problem(f"The database cannot be used: {str(error.orig).strip().partition(chr(10))[0]}") from error
    except DatabaseUrlInvalid as error:
        raise ConfigError(str(error)) from error
    except (DatabaseNotReady, WrongKey) as error:
        raise Problem(str(error)) from error


@contextmanager
def open_session(config: Config) -> Iterator[Session]:
    """Yield a session on the database whose secrets the configured keys open. Raises Problem."""
    with one_line_errors(), Session(engine_for(config.database_url)) as session:
        confirm_keys(session, config.vault)
        yield session
