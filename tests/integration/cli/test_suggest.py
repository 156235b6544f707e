"""``skrzynka suggest``: the form's suggestion as JSON, and an exit code that says whether there is one."""

import json
import subprocess
import sys

import pytest

from tests.integration.cli.conftest import one_line, run


@pytest.fixture
def environment(tmp_path) -> dict[str, str]:
    return {"SKRZYNKA_DATA": str(tmp_path)}


def test_the_answer_is_that_of_the_contract(environment):
    done = run(environment, "suggest", "biuro@infirma.pl")
    assert (done.returncode, done.stderr) == (0, "")
    server = {"host": "infirma.pl", "security": "tls", "username": "biuro@infirma.pl", "source": "guess"}
    assert json.loads(done.stdout) == {
        "version": 1,
        "email": "biuro@infirma.pl",
        "domain": "infirma.pl",
        "imap": {**server, "port": 993},
        "smtp": {**server, "port": 465, "auth": True},
        "provider": None,
        "alternatives": [],
    }


def test_offline_the_general_rule_says_the_same(environment):
    address = "biuro@infirma.pl"
    assert run(environment, "suggest", address, "--offline").stdout == run(environment, "suggest", address).stdout


@pytest.mark.parametrize("domain", ["żółw.pl", "ŻÓŁW.PL", "xn--w-uga1v8h.pl"])
def test_a_domain_with_polish_letters_is_understood_in_any_spelling(environment, domain):
    done = run(environment, "suggest", f"biuro@{domain}")
    assert done.returncode == 0
    answer = json.loads(done.stdout)
    assert answer["domain"] == "żółw.pl"
    assert {answer[side]["host"] for side in ("imap", "smtp")} == {"żółw.pl"}


def test_the_answer_can_be_read_whatever_the_terminal_can_show(environment):
    done = run(environment, "suggest", "biuro@żółw.pl", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert json.loads(done.stdout)["domain"] == "żółw.pl"


def test_spaces_around_the_address_do_not_matter(environment):
    assert json.loads(run(environment, "suggest", "  biuro@infirma.pl ").stdout)["email"] == "biuro@infirma.pl"


def test_an_address_without_a_provider_is_exit_1_and_still_json(environment):
    done = run(environment, "suggest", "anna@test")
    assert (done.returncode, done.stderr) == (1, "")
    answer = json.loads(done.stdout)
    assert (answer["imap"], answer["smtp"], answer["alternatives"]) == (None, None, [])
    assert (answer["version"], answer["email"], answer["domain"]) == (1, "anna@test", "test")


@pytest.mark.parametrize("nonsense", ["", "biuro", "biuro@", "@infirma.pl", "a b@infirma.pl", "a@b@c.pl", "x" * 5000])
def test_what_is_no_address_is_exit_2_with_one_line(environment, nonsense):
    done = run(environment, "suggest", nonsense)
    assert len(one_line(done, 2)) < 200
    assert done.stdout == ""


@pytest.mark.parametrize("arguments", [[], ["a@b.pl", "c@d.pl"], ["--no-such-option", "a@b.pl"]])
def test_a_wrong_call_is_exit_2(environment, arguments):
    done = run(environment, "suggest", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr


def test_the_command_loads_neither_web_nor_queue_nor_database():
    code = "import sys, app.cli.suggest; print([name for name in ('flask', 'rq', 'sqlalchemy') if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"
