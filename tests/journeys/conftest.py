"""The whole house, running, with real mail servers behind it and a real browser in front."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from redis import Redis
from sqlalchemy import delete, text

from app import clock, users
from app.cli.database import open_session
from app.config import Config
from app.mail.dial import NetworkRules
from app.models import Account, Base
from app.models.installation import Installation
from tests.fakes.mail_server import Peer, ScriptedServer, serving
from tests.journeys.form import FormPage
from tests.servers.dovecot import Dovecot
from tests.servers.fixtures import PASSWORD, USER
from tests.servers.ports import free_ports
from tests.servers.postfix import Postfix
from tests.servers.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
# A server that has refused a password answers later the next time, and this machine may be busy.
expect.set_options(timeout=20_000)

# The same browser without windows takes half the time of the one with them.
BROWSERS = ("/usr/bin/chromium-headless-shell", "/usr/bin/chromium")
LINK = re.compile(r"^http://\S+/sign-in/\S+$", re.MULTILINE)


@dataclass(frozen=True)
class House:
    """A running Skrzynka: ``skrzynka run`` as a stranger starts it. ``link`` lets the first administrator in."""

    log: Path
    data: Path
    address: str
    environment: dict[str, str]
    link: str


@contextmanager
def running_house(folder: Path, mail: Mapping[str, str]) -> Iterator[House]:
    """Run one on an empty folder. ``mail`` tells it where the mail servers are."""
    (port,) = free_ports(1)
    data, log = folder / "data", folder / "output"
    environment = os.environ | mail | {"SKRZYNKA_PORT": str(port), "SKRZYNKA_DATA": str(data)}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(Path(sys.executable).parent / "skrzynka"), "run"],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until(
            lambda: process.poll() is not None or LINK.search(log.read_text()) is not None,
            "the link of skrzynka run",
            seconds=30,
        )
        link = LINK.search(log.read_text())
        assert process.poll() is None, log.read_text()
        assert link is not None
        yield House(log, data, f"http://127.0.0.1:{port}", environment, link.group(0))
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)


@pytest.fixture(scope="session")
def slow() -> Iterator[ScriptedServer]:
    """A server that lets everybody in and then says nothing, so that a test of it runs for a while."""
    with serving(Peer.wait_for_end) as server:
        yield server


@pytest.fixture(scope="session")
def incoming_servers(dovecot_server: Dovecot, receiving_dovecot: Dovecot) -> list[Dovecot]:
    """All that a journey may fetch from."""
    return [dovecot_server, receiving_dovecot]


@pytest.fixture(scope="session")
def outgoing_servers(postfix_server: Postfix, delivering_postfix: Postfix) -> list[Postfix]:
    """All that a journey may send through."""
    return [postfix_server, delivering_postfix]


@pytest.fixture(scope="session")
def narrow_port() -> int:
    """A port that the house may dial as well: a journey may put a narrow line to a server there."""
    (port,) = free_ports(1)
    return port


@pytest.fixture(scope="session")
def other_ports(slow: ScriptedServer, narrow_port: int) -> list[int]:
    """What else the house may dial."""
    return [slow.port, narrow_port]


@pytest.fixture(scope="session")
def mail_settings(
    incoming_servers: list[Dovecot],
    outgoing_servers: list[Postfix],
    other_ports: list[int],
    network: NetworkRules,
) -> dict[str, str]:
    """What an operator says of the mail servers."""
    ports = [*other_ports]
    for server in incoming_servers:
        ports += [server.tls_port, server.starttls_port]
    for sending in outgoing_servers:
        ports += [sending.tls_port, sending.starttls_port, sending.plain_port]
    assert network.ca_file is not None
    assert network.resolver is not None
    return {
        "SKRZYNKA_ALLOW": "127.0.0.0/8:*",
        "SKRZYNKA_PORTS": ",".join(str(number) for number in ports),
        "SKRZYNKA_CA_FILE": network.ca_file,
        "SKRZYNKA_RESOLVER": "{}:{}".format(*network.resolver),
    }


@pytest.fixture(scope="session")
def common_house(tmp_path_factory: pytest.TempPathFactory, mail_settings: dict[str, str]) -> Iterator[House]:
    """One for all journeys: to start it takes longer than most of them."""
    with running_house(tmp_path_factory.mktemp("house"), mail_settings) as house:
        yield house


@pytest.fixture
def house(common_house: House) -> House:
    """A running house as it is after its first start: nothing stored, nobody counted, a link for the first person.

    A journey that wants other settings overrides this, or the one for all, with a ``running_house`` of its own.
    """
    config = Config.from_environment(common_house.environment)
    queue = Redis.from_url(config.queue_url)
    for key in queue.scan_iter("LIMITS*"):
        queue.delete(key)
    queue.close()
    with open_session(config) as session:
        for table in reversed(Base.metadata.sorted_tables):
            if table.name != Installation.__tablename__:
                session.execute(delete(table))
        # But for those of accounts: the house may still work on one of the journey before.
        numbers = text("DELETE FROM sqlite_sequence WHERE name != :accounts")
        session.execute(numbers, {"accounts": Account.__tablename__})
        token = users.first_link(session, now=clock.now())
        session.commit()
    return replace(common_house, link=f"{common_house.address}/sign-in/{token}")


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    """Debian's Chromium, which asks nobody outside for anything."""
    quiet = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
    found = next((path for path in BROWSERS if Path(path).exists()), None)
    assert found is not None, f"there is no browser: {' or '.join(BROWSERS)}"
    return {"executable_path": found, "args": quiet}


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def scripted(request: pytest.FixtureRequest) -> bool:
    """Whether the browser runs scripts; each journey is made both ways."""
    return bool(request.param)


@pytest.fixture
def page(browser: Browser, house: House, scripted: bool) -> Iterator[Page]:
    """A tab of the first administrator, signed in by the printed link."""
    with browser.new_context(base_url=house.address, java_script_enabled=scripted, locale="en-GB") as context:
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.goto(house.link)
        page.locator("main button[type=submit]").click()
        page.wait_for_url("**/users/me/password")
        yield page


@pytest.fixture
def incoming(dovecot_server: Dovecot) -> Dovecot:
    """The server that the account of a journey fetches from."""
    return dovecot_server


@pytest.fixture
def outgoing(postfix_server: Postfix) -> Postfix:
    """The server that it sends through."""
    return postfix_server


@pytest.fixture
def form(page: Page, scripted: bool, incoming: Dovecot, outgoing: Postfix) -> FormPage:
    """The form of a new account, and what a person would type into it."""
    return FormPage(page, USER, PASSWORD, incoming.tls_port, outgoing.tls_port, scripted)
