"""One engine for each place at which tests have their databases, one after the other.

SQLAlchemy writes each question once for an engine, and PostgreSQL begins a process for each connection: with engines
and connections of their own for everything they did, tests spent half of their time on that.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from sqlalchemy import Engine, create_engine

from app.models.database import prepare


@contextmanager
def engine_on(url: str) -> Iterator[Engine]:
    """Lend the engine for a database; at the end of the block its connections are closed."""
    engine = _lasting(url)
    try:
        yield engine
    finally:
        engine.dispose()


@cache
def _lasting(url: str) -> Engine:
    # As many connections as a test has threads; one that the test has the server end is noticed.
    engine = create_engine(url, hide_parameters=True, max_overflow=-1, pool_pre_ping=True)
    prepare(engine)
    return engine
