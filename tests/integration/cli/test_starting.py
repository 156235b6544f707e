"""Each command starts by itself, and what other tests start more cheaply is what an operator starts."""

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.cli import COMMANDS
from tests.integration.cli.conftest import NEW, keys, one_line, run
from tests.servers.commands import BARE, SKRZYNKA, Ended, forked, started

WITNESS = str(Path(__file__).with_name("witness.py"))
IMAP = {"host": "localhost", "port": 993, "security": "tls"}


def ended(way, *command: str, given: str = "", stderr: int = subprocess.PIPE, **settings: str) -> Ended[bytes]:
    return way(command, environment={**BARE, **settings}, given=given.encode(), stderr=stderr, timeout=60)


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_starts_by_itself(name):
    done = ended(started, SKRZYNKA, name, "--help")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(f"Usage: skrzynka {name} ".encode())


REFUSED = ["fetch --all", "users list", "users add a@b.pl --link", "accounts export", "layouts export", "keys rotate"]


@pytest.mark.parametrize("key", ["a key is told", "none is"])
@pytest.mark.parametrize("command", [*REFUSED, "doctor", "worker"])
def test_where_nothing_was_made_a_command_refuses_and_leaves_nothing(tmp_path, command, key):
    told = {"SKRZYNKA_KEYS": keys(k1=NEW)} if key == "a key is told" else {}
    one_line(run({"SKRZYNKA_DATA": str(tmp_path / "data"), **told}, *command.split()))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [*REFUSED, "worker"])
def test_a_folder_without_a_database_stays_as_it_is(tmp_path, command):
    (tmp_path / "keys").write_text(keys(k1=NEW))
    assert "no tables yet" in one_line(run({"SKRZYNKA_DATA": str(tmp_path)}, *command.split()))
    run({"SKRZYNKA_DATA": str(tmp_path)}, "doctor")
    assert [path.name for path in tmp_path.iterdir()] == ["keys"]


def test_a_connection_test_runs_by_itself():
    done = ended(started, SKRZYNKA, "check", given=json.dumps({"imap": IMAP}))
    assert (done.returncode, done.stderr) == (1, b"")
    assert json.loads(done.stdout)["imap"]["outcome"] == "host_not_allowed"


@pytest.mark.parametrize(
    "command",
    [(), ("users", "add"), ("check",), ("suggest", "biuro@żółw.pl", "--offline"), ("suggest", "a@wp.l", "--offline")],
)
def test_a_command_that_was_forked_says_what_one_says_that_was_started(command):
    cheap, dear = (ended(way, SKRZYNKA, *command) for way in (forked, started))
    assert (cheap.returncode, cheap.stdout, cheap.stderr) == (dear.returncode, dear.stdout, dear.stderr)


def test_what_is_forked_runs_with_what_it_was_told_and_with_nothing_of_the_one_before():
    ended(forked, WITNESS, "before", SKRZYNKA_BEFORE="1")
    words, settings = ("--ż", "", "a b"), {"SKRZYNKA_DATA": "zażółć", "SKRZYNKA_KEYS": ""}
    cheap = ended(forked, WITNESS, *words, given="dane\n", **settings)
    dear = ended(started, sys.executable, WITNESS, *words, given="dane\n", **settings)
    assert json.loads(cheap.stdout) == json.loads(dear.stdout)
    assert (cheap.returncode, cheap.stderr) == (dear.returncode, dear.stderr) == (-signal.SIGTERM, b"")


def test_what_is_forked_sees_a_terminal_as_one():
    screen, terminal = pty.openpty()
    try:
        cheap, dear = (
            json.loads(ended(way, *command, stderr=terminal).stdout)["streams"]
            for way, command in ((forked, [WITNESS]), (started, [sys.executable, WITNESS]))
        )
    finally:
        os.close(terminal)
        os.close(screen)
    assert cheap == dear


def test_what_does_not_end_is_killed(tmp_path):
    endless = tmp_path / "endless.py"
    endless.write_text("import signal\nsignal.pause()\n")
    with pytest.raises(subprocess.TimeoutExpired):
        forked([str(endless)], environment=BARE, given=b"x" * 1_000_000, stderr=subprocess.PIPE, timeout=0.1)
