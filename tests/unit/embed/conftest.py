from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from app import embed
from app.embed import ClientDetails
from app.models import EmbedClient


@pytest.fixture
def client(session: Session, noon: datetime) -> EmbedClient:
    details = ClientDetails(
        name="Helpdesk",
        origins=("https://helpdesk.firma.pl",),
        return_addresses=("https://helpdesk.firma.pl/back",),
        link_minutes=30,
    )
    return embed.register(session, details, now=noon)[0]
