"""`skrzynka check`: JSON in, JSON out, and an exit code that says it all."""

import json
import subprocess
import sys

import pytest

from app.mail.settings import Side
from tests.servers import commands
from tests.servers.ca import Authority
from tests.servers.dovecot import Dovecot
from tests.servers.fixtures import PASSWORD, USER
from tests.servers.postfix import Postfix

IMAP = {"host": "localhost", "port": 993, "security": "tls", "username": USER, "password": "secret-canary"}


def run(given: object, **environment: str) -> subprocess.CompletedProcess[str]:
    text = given if isinstance(given, str) else json.dumps(given)
    return commands.run(environment, "check", given=text, timeout=30)


def test_both_sides_that_work_are_exit_0(
    dovecot_server: Dovecot, postfix_server: Postfix, authority: Authority
) -> None:
    account = {"host": "localhost", "security": "tls", "username": USER, "password": PASSWORD}
    answer = run(
        {
            "imap": {**account, "port": dovecot_server.tls_port},
            "smtp": {**account, "port": postfix_server.tls_port, "auth": True, "sender": USER},
            "fast_mode": False,
            "pins": {"imap": None, "smtp": None},
        },
        SKRZYNKA_ALLOW="127.0.0.0/8:*",
        SKRZYNKA_PORTS=f"{dovecot_server.tls_port},{postfix_server.tls_port}",
        SKRZYNKA_CA_FILE=str(authority.ca_file),
    )
    assert answer.returncode == 0
    assert answer.stderr == ""
    document = json.loads(answer.stdout)
    assert document["version"] == 1
    assert document["ok"] is True
    assert document["imap"]["outcome"] == document["smtp"]["outcome"] == "ok"
    assert [step["step"] for step in document["smtp"]["steps"]][-1] == "sender"
    assert PASSWORD not in answer.stdout


def test_one_side_that_fails_is_exit_1_and_the_other_is_left_out() -> None:
    answer = run({"imap": IMAP})
    assert answer.returncode == 1
    document = json.loads(answer.stdout)
    assert list(document) == ["version", "ok", "elapsed_ms", "imap"]
    assert document["imap"] == {
        "outcome": "host_not_allowed",
        "retry": "user",
        "steps": [{"step": "resolve", "ok": False, "ms": document["imap"]["steps"][0]["ms"], "detail": None}],
        "encrypted": False,
        "server_text": None,
        "capabilities": [],
        "certificate": None,
        "fixes": [],
    }
    assert "secret-canary" not in answer.stdout + answer.stderr


@pytest.mark.parametrize("host", ["  localhost  ", "-bad-", "żółw ż.pl"])
def test_any_host_but_an_empty_one_is_judged_in_json(host: str) -> None:
    answer = run({"imap": {**IMAP, "host": host}})
    assert answer.returncode == 1
    assert json.loads(answer.stdout)["imap"]["outcome"] in {"host_invalid", "host_not_allowed"}


@pytest.mark.parametrize(
    "given",
    [
        "not json",
        "[]",
        "",
        "{}",
        {"imap": None},
        {"imap": {}},
        {"imap": {**IMAP, "host": ""}},
        {"imap": {**IMAP, "host": "   "}},
        {"imap": {**IMAP, "host": 7}},
        {"imap": {**IMAP, "security": "ssl"}},
        {"imap": {**IMAP, "security": ["tls"]}},
        {"imap": {**IMAP, "port": "993"}},
        {"imap": {**IMAP, "port": True}},
        {"imap": {**IMAP, "port": 0}},
        {"imap": {**IMAP, "port": 65536}},
        {"imap": {**IMAP, "port": 993.5}},
        {"imap": {**IMAP, "username": "a\r\nb"}},
        {"imap": {**IMAP, "password": "a\nb"}},
        {"imap": {**IMAP, "password": "a\0b"}},
        {"imap": {**IMAP, "password": "\ud800"}},
        {"smtp": {**IMAP, "sender": "a\rb"}},
        {"smtp": {**IMAP, "auth": "yes"}},
        {"imap": IMAP, "fast_mode": "no"},
        {"imap": IMAP, "pins": {"imap": "abc"}},
        {"imap": IMAP, "pins": []},
    ],
)
def test_input_that_makes_no_sense_is_exit_2_with_one_line(given: object) -> None:
    answer = run(given)
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert len(answer.stderr.splitlines()) == 1
    assert "secret-canary" not in answer.stderr


def test_a_setting_that_makes_no_sense_is_exit_2_with_one_line() -> None:
    answer = run({"imap": IMAP}, SKRZYNKA_ALLOW="nonsense")
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert len(answer.stderr.splitlines()) == 1


def test_the_command_loads_neither_web_nor_queue() -> None:
    code = "import sys, app.cli.check; print([name for name in ('flask', 'rq', 'sqlalchemy') if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"


def test_every_side_has_its_name_in_the_answer() -> None:
    document = json.loads(run({side.value: IMAP for side in Side}).stdout)
    assert {side.value for side in Side} <= set(document)
