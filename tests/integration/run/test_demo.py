"""The demo: a mailbox that lets the printed password in and no other, and a clean end."""

import os
import re
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from app.autodiscovery import Mail
from app.autodiscovery.discovering import discover
from app.autodiscovery.sources import Reach
from app.config import network_from
from app.mail.probe import collect, probe
from app.mail.settings import ConnectionSecurity, ProbeRequest, ServerSettings
from tests import demo
from tests.servers.ports import free_ports
from tests.servers.waiting import wait_until

# A demo takes the usual ports of a mail server if they are free, as only one can have them.
pytestmark = pytest.mark.xdist_group("usual ports")


@pytest.fixture(params=["Dovecot", "the scripted server"])
def _incoming(request, monkeypatch):
    if request.param != "Dovecot":
        monkeypatch.setattr(demo, "BINARY", "/nowhere/dovecot")


@pytest.mark.usefixtures("_incoming")
def test_the_mailbox_lets_the_good_password_in_and_no_other(capsys):
    with ExitStack() as stack:
        folder = Path(stack.enter_context(demo.tempfile.TemporaryDirectory(prefix="skrzynka-demo-")))
        folder.chmod(0o755)
        environment = demo.mailbox(stack, folder)
        imap_port, smtp_port = map(int, re.findall(r"\d+", environment["SKRZYNKA_PORTS"])[-2:])

        def verdicts(password: str) -> tuple[str, str]:
            imap = ServerSettings(demo.HOST, imap_port, ConnectionSecurity.TLS, demo.ADDRESS, password)
            smtp = ServerSettings(
                demo.HOST, smtp_port, ConnectionSecurity.TLS, demo.ADDRESS, password, sender=demo.ADDRESS
            )
            result = collect(probe(ProbeRequest(imap, smtp), network_from(environment)))
            return result.imap.outcome, result.smtp.outcome

        # Or the form would doubt the very address that it is to be tried with.
        assert discover(demo.HOST, Reach(network_from(environment))).mail is Mail.TAKEN
        assert verdicts(demo.PASSWORD) == ("ok", "ok")
        assert verdicts(demo.WRONG_PASSWORD) == ("auth_failed", "auth_failed")
    assert demo.ADDRESS in capsys.readouterr().out


def test_the_demo_prints_its_link_and_ends_with_ctrl_c(tmp_path):
    (port,) = free_ports(1)
    output = tmp_path / "output"
    with output.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.demo"],
            cwd=demo.ROOT,
            env=os.environ | {"SKRZYNKA_PORT": str(port), "PYTHONUNBUFFERED": "1"},
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_until(lambda: "/sign-in/" in output.read_text() or process.poll() is not None, "the link", seconds=20)
    finally:
        os.killpg(process.pid, signal.SIGINT)
    assert process.wait(timeout=20) == 0, output.read_text()
    assert "Traceback" not in output.read_text()
