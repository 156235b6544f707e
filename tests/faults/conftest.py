"""Each fault is played twice: as it comes, and byte by byte. The verdicts must be equal."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from app.mail.dial import NetworkRules
from app.mail.probe import SideResult
from app.mail.settings import Side
from tests.fakes.mail_server import Script, ScriptedServer, serving
from tests.servers.checking import check, settings


class Stage:
    """Plays one script and checks it; ``server`` remembers what it was sent."""

    def __init__(self, network: NetworkRules, bytewise: bool, stack: ExitStack) -> None:
        self._network = network
        self._bytewise = bytewise
        self._stack = stack
        self.server: ScriptedServer

    def __call__(
        self, script: Script, security: str, *, fast_mode: bool = False, address: str = "", **fields: object
    ) -> SideResult:
        """Serve ``script`` and return what a check says about it."""
        self.server = self.serve(script)
        side = Side.IMAP if script.tagged else Side.SMTP
        server = settings(self.server.port, security, **fields)
        return check(side, server, self._network, fast_mode=fast_mode, address=address)

    def serve(self, script: Script) -> ScriptedServer:
        """Serve ``script`` in the segmentation of the test."""
        return self._stack.enter_context(serving(script, bytewise=self._bytewise))


@pytest.fixture(params=["at once", "byte by byte"])
def play(request: pytest.FixtureRequest, network: NetworkRules) -> Iterator[Stage]:
    """Play a script, in both segmentations."""
    with ExitStack() as stack:
        yield Stage(network, request.param == "byte by byte", stack)
