"""Whoever starts with a key that does not open this database's secrets is refused with one clear line."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from app.config import Config
from app.models.installation import confirm_keys
from tests.integration.cli.conftest import NEW, ON_SQLITE, keys
from tests.servers.commands import ROOT, SKRZYNKA
from tests.servers.ports import free_ports

LINE = "skrzynka: The vault key is not the one that sealed the passwords in this database."
GUNICORN = str(Path(sys.executable).parent / "gunicorn")
COMMANDS = {
    "the web server": lambda: [GUNICORN, "--bind", f"127.0.0.1:{free_ports(1)[0]}", "--log-level", "error", "wsgi:app"],
    "the supervisor": lambda: [SKRZYNKA, "run"],
    "the worker": lambda: [SKRZYNKA, "worker"],
    "keys rotate": lambda: [SKRZYNKA, "keys", "rotate"],
    "users add": lambda: [SKRZYNKA, "users", "add", "anna@firma.test"],
}

pytestmark = ON_SQLITE


@pytest.fixture
def wrong(migrated, session) -> dict[str, str]:
    """An environment with another key than the one that has sealed."""
    confirm_keys(session, Config.from_environment(migrated).vault)
    (port,) = free_ports(1)
    return {
        "PATH": os.environ["PATH"],
        **migrated,
        "HOME": migrated["SKRZYNKA_DATA"],
        "SKRZYNKA_PORT": str(port),
        "SKRZYNKA_KEYS": keys(k1=NEW),
    }


def refused(name: str, environment: dict[str, str]) -> tuple[int, str, list[str]]:
    """Start a part where it cannot, and return its exit code and what it says in its own words."""
    process = subprocess.Popen(
        COMMANDS[name](),
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        stdout, stderr = process.communicate("trzy zielone parasole\n", timeout=15)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    # Gunicorn adds that its worker has ended.
    return process.returncode, stdout, [line for line in stderr.splitlines() if "[ERROR]" not in line]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_wrong_key_is_refused_with_one_clear_line(wrong, name):
    code, stdout, said = refused(name, wrong)
    assert said == [LINE]
    assert stdout == ""
    assert code != 0


@pytest.mark.parametrize("name", ["the worker", "the web server", "keys rotate"])
def test_what_is_no_database_url_is_refused_with_one_clear_line(wrong, name):
    code, _stdout, said = refused(name, {**wrong, "SKRZYNKA_DATABASE_URL": "nonsense"})
    assert said == ["skrzynka: SKRZYNKA_DATABASE_URL is not a database URL."]
    assert code != 0
