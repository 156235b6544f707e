"""A session on a database of each kind with tables."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session on an empty database."""
    with Session(engine) as session:
        yield session
