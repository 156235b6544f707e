"""An internet for each test."""

from collections.abc import Iterator

import pytest

from tests.fakes.internet import Internet, internet
from tests.servers.ca import Authority


@pytest.fixture
def net(authority: Authority) -> Iterator[Internet]:
    """An internet in which there is nothing yet but the domain ``infirma.test`` itself."""
    with internet(authority) as there:
        there.mx("infirma.test")
        yield there
