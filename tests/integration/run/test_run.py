"""``skrzynka run``: it starts from nothing, keeps what it has, says why it cannot, and leaves nothing behind."""

import os
import re
import signal
import socket
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from app.vault import generate_key
from tests.servers.ports import free_ports
from tests.servers.waiting import listens, wait_until

ROOT = Path(__file__).resolve().parents[3]
SKRZYNKA = str(Path(sys.executable).parent / "skrzynka")
LINK = re.compile(r"^http://127\.0\.0\.1:\d+/\S*$", re.MULTILINE)


@pytest.fixture
def environment(tmp_path) -> dict[str, str]:
    (port,) = free_ports(1)
    return os.environ | {"SKRZYNKA_PORT": str(port), "SKRZYNKA_DATA": str(tmp_path / "data")}


@contextmanager
def running(environment: dict[str, str], output: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Run it until the block ends, which must be a clean end, and give the printed link."""
    with output.open("wb") as file:
        process = subprocess.Popen(
            [SKRZYNKA, "run"], cwd=ROOT, env=environment, stdout=file, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        wait_until(lambda: process.poll() is not None or bool(LINK.search(output.read_text())), "the link", seconds=20)
        found = LINK.search(output.read_text())
        assert found is not None, output.read_text()
        yield process, found.group(0)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)
    assert process.returncode in (0, -signal.SIGKILL)
    assert "Traceback" not in output.read_text()


def refused(environment: dict[str, str]) -> str:
    """Run it where it cannot, and return the one line that it says."""
    done = subprocess.run(
        [SKRZYNKA, "run"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode != 0
    assert done.stdout == ""
    (line,) = done.stderr.strip().splitlines()
    return line


def belonging(environment: dict[str, str]) -> list[int]:
    """Return the processes that were started with this data folder, whatever session they have moved to."""
    mark = f"SKRZYNKA_DATA={environment['SKRZYNKA_DATA']}".encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
        except OSError:
            continue  # it has just ended
    return found


def test_it_starts_from_nothing_and_a_second_run_keeps_everything(environment, tmp_path):
    with running(environment, tmp_path / "first") as (_process, link):
        assert "/sign-in/" in link
        with urlopen(link.partition("/sign-in")[0] + "/healthz") as answer:
            assert answer.status == 200
    data = Path(environment["SKRZYNKA_DATA"])
    assert data.stat().st_mode & 0o777 == 0o700
    keys = (data / "keys").read_bytes()
    with running(environment, tmp_path / "second") as (_process, link):
        assert "/sign-in/" in link
    assert (data / "keys").read_bytes() == keys


def test_a_taken_port_is_said_in_one_line(environment):
    with socket.create_server(("127.0.0.1", int(environment["SKRZYNKA_PORT"]))):
        line = refused(environment)
    assert environment["SKRZYNKA_PORT"] in line
    assert "SKRZYNKA_PORT" in line


def test_a_wrong_key_is_refused_in_one_line(environment, tmp_path):
    with running(environment, tmp_path / "output"):
        pass
    key = b64encode(generate_key()).decode()
    line = refused(environment | {"SKRZYNKA_KEYS": f"k1={key}"})
    assert "key" in line
    assert key not in line


def test_a_setting_that_makes_no_sense_is_said_in_one_line(environment):
    assert "SKRZYNKA_PORT" in refused(environment | {"SKRZYNKA_PORT": "many"})


def test_a_killed_supervisor_leaves_no_orphans(environment, tmp_path):
    with running(environment, tmp_path / "output") as (process, _link):
        assert len(belonging(environment)) > 3
        process.kill()
        process.wait(timeout=10)
        wait_until(lambda: not belonging(environment), "the end of every process")
        wait_until(lambda: not listens(int(environment["SKRZYNKA_PORT"])), "the release of the port")
