"""The whole house, running, with real mail servers behind it and a real browser in front."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.mail.dial import NetworkRules
from tests.journeys.form import FormPage
from tests.servers.dovecot import Dovecot
from tests.servers.fixtures import PASSWORD, USER
from tests.servers.ports import free_ports
from tests.servers.postfix import Postfix
from tests.servers.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
# A server that has refused a password answers later the next time, and this machine may be busy.
expect.set_options(timeout=20_000)

LINK = re.compile(r"^http://\S+/sign-in/\S+$", re.MULTILINE)


@dataclass
class House:
    """A running Skrzynka: ``skrzynka run`` as a stranger starts it."""

    process: subprocess.Popen[bytes]
    log: Path
    data: Path
    address: str
    environment: dict[str, str]

    @property
    def link(self) -> str:
        found = LINK.search(self.log.read_text())
        assert found is not None
        return found.group(0)


@pytest.fixture
def surroundings() -> dict[str, str]:
    """Settings of the house that a journey wants to be others."""
    return {}


@pytest.fixture
def house(
    tmp_path: Path,
    dovecot_server: Dovecot,
    postfix_server: Postfix,
    network: NetworkRules,
    surroundings: dict[str, str],
) -> Iterator[House]:
    (port,) = free_ports(1)
    mail_ports = (
        dovecot_server.tls_port,
        dovecot_server.starttls_port,
        postfix_server.tls_port,
        postfix_server.starttls_port,
        postfix_server.plain_port,
    )
    assert network.ca_file is not None
    assert network.resolver is not None
    environment = os.environ | {
        "SKRZYNKA_PORT": str(port),
        "SKRZYNKA_DATA": str(tmp_path / "data"),
        "SKRZYNKA_ALLOW": "127.0.0.0/8:*",
        "SKRZYNKA_PORTS": ",".join(str(number) for number in mail_ports),
        "SKRZYNKA_CA_FILE": network.ca_file,
        "SKRZYNKA_RESOLVER": "{}:{}".format(*network.resolver),
        **surroundings,
    }
    log = tmp_path / "output"
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
        assert process.poll() is None, log.read_text()
        yield House(process, log, tmp_path / "data", f"http://127.0.0.1:{port}", environment)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    """Debian's Chromium, which asks nobody outside for anything."""
    quiet = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
    return {"executable_path": "/usr/bin/chromium", "args": quiet}


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
def form(page: Page, scripted: bool, dovecot_server: Dovecot, postfix_server: Postfix) -> FormPage:
    """The form of a new account, and what a person would type into it."""
    return FormPage(page, USER, PASSWORD, dovecot_server.tls_port, postfix_server.tls_port, scripted)
