"""One engine for each place at which tests have their databases, one after the other.

SQLAlchemy writes each question once for an engine, and PostgreSQL begins a process for each connection: with engines
and connections of their own for everything they did, tests spent half of their time on that.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

from sqlalchemy import Engine, engine_from_config

from app.models.database import app_engine_options, prepare

Maker = Callable[[str], Engine]


def app_engine(url: str) -> Engine:
    """Return an engine as an app has it, which answers requests and runs jobs."""
    engine = engine_from_config(app_engine_options(url), prefix="")
    prepare(engine)
    return engine


@contextmanager
def engine_on(url: str, make: Maker = app_engine) -> Iterator[Engine]:
    """Lend the engine for a database; at the end of the block its connections are closed."""
    engine = _lasting(url, make)
    try:
        yield engine
    finally:
        engine.dispose()


@cache
def _lasting(url: str, make: Maker) -> Engine:
    return make(url)
