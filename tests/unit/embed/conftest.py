from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from app import embed
from app.embed import ClientDetails
from app.models import Base, EmbedClient
from app.models.database import prepare


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    engine = create_engine(f"sqlite:///{tmp_path}/embed.db")
    prepare(engine)
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        yield session
    engine.dispose()


@pytest.fixture
def noon() -> datetime:
    return datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def client(session: Session, noon: datetime) -> EmbedClient:
    details = ClientDetails(
        name="Helpdesk",
        origins=("https://helpdesk.firma.pl",),
        return_addresses=("https://helpdesk.firma.pl/back",),
        link_minutes=30,
    )
    return embed.register(session, details, now=noon)[0]
