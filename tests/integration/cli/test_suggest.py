"""``skrzynka suggest``: the form's suggestion as JSON, and an exit code that says whether there is one."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from app.autodiscovery.autoconfig_xml import SET_UP_FIRST
from app.autodiscovery.provider_file import TEXTS
from app.cli.suggest import WANTED
from tests.fakes.internet import Internet, config, internet, redirect, silence
from tests.integration.cli.conftest import one_line, run
from tests.servers.ca import Authority


@pytest.fixture
def net(authority: Authority) -> Iterator[Internet]:
    """An internet that knows nobody yet."""
    with internet(authority) as there:
        yield there


@pytest.fixture
def environment(tmp_path, net) -> dict[str, str]:
    return {"SKRZYNKA_DATA": str(tmp_path), **net.environment}


def test_the_answer_is_that_of_the_contract(environment, net):
    net.mx("infirma.pl", "10 mx.infirma.pl")
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


def test_what_was_found_is_printed_with_its_source_and_the_other_ways(environment, net):
    net.provider("infirma.test", config("infirma.test", "imap.infirma.test", "smtp.infirma.test"))
    answer = json.loads(run(environment, "suggest", "biuro+lista@infirma.test").stdout)
    server = {"username": "biuro@infirma.test", "source": "autoconfig"}
    assert answer["imap"] == {**server, "host": "imap.infirma.test", "port": 993, "security": "tls"}
    assert answer["smtp"] == {**server, "host": "smtp.infirma.test", "port": 465, "security": "tls", "auth": True}
    other = {**server, "side": "imap", "host": "imap.infirma.test", "port": 143, "security": "starttls"}
    assert answer["alternatives"] == [other]
    assert answer["provider"]["name"] == "infirma.test"


def test_offline_nobody_is_asked(environment, net):
    net.provider("infirma.test", config("infirma.test", "imap.infirma.test", "smtp.infirma.test"))
    answer = json.loads(run(environment, "suggest", "biuro@infirma.test", "--offline").stdout)
    assert (answer["imap"]["host"], answer["imap"]["source"]) == ("infirma.test", "guess")
    assert net.questions == net.asked == []


def test_a_document_can_be_read_instead_of_asking_anybody(environment, net, tmp_path):
    document = tmp_path / "autoconfig.xml"
    document.write_bytes(config("infirma.test", "imap.%EMAILDOMAIN%", "smtp.x.test", username="%EMAILLOCALPART%"))
    done = run(environment, "suggest", "biuro@infirma.test", "--from-file", str(document))
    answer = json.loads(done.stdout)
    assert (answer["imap"]["host"], answer["imap"]["username"]) == ("imap.infirma.test", "biuro")
    assert answer["smtp"]["source"] == "autoconfig"
    assert net.questions == []


@pytest.mark.parametrize("content", [b"", b"<html/>", b"<clientConfig/>", b"\xff\xfe\x00", b"x" * 1_000_000])
def test_a_document_that_says_nothing_is_exit_1_and_still_json(environment, tmp_path, content):
    document = tmp_path / "autoconfig.xml"
    document.write_bytes(content)
    done = run(environment, "suggest", "biuro@infirma.test", "--from-file", str(document))
    assert json.loads(done.stdout)["imap"] is None
    assert "is no autoconfig document that names mail servers for 'biuro@infirma.test'." in one_line(done)


@pytest.mark.parametrize("name", ["missing.xml", "."])
def test_a_file_that_cannot_be_read_is_exit_2_with_one_line(environment, tmp_path, name):
    done = run(environment, "suggest", "biuro@infirma.test", "--from-file", str(tmp_path / name))
    assert "cannot be read" in one_line(done, 2)


@pytest.mark.parametrize("url", ["http://database.test/", "ftp://x", "https://", "https://x:y/", "database.test"])
def test_an_address_of_the_database_that_makes_no_sense_is_exit_2(environment, url):
    done = run({**environment, "SKRZYNKA_ISPDB_URL": url}, "suggest", "biuro@infirma.test")
    assert "SKRZYNKA_ISPDB_URL" in one_line(done, 2)


def test_the_database_can_be_switched_off(environment, net):
    net.database("infirma.test", config("infirma.test", "imap.x.test", "smtp.x.test"))
    found = [json.loads(run(environment | more, "suggest", "a@infirma.test").stdout) for more in ({}, OFF)]
    assert [answer["imap"]["source"] for answer in found] == ["ispdb", "guess"]


OFF = {"SKRZYNKA_ISPDB_URL": ""}


def test_spaces_around_the_address_do_not_matter(environment):
    assert json.loads(run(environment, "suggest", "  biuro@infirma.pl ").stdout)["email"] == "biuro@infirma.pl"


def test_an_address_without_a_provider_is_exit_1_and_still_json(environment):
    done = run(environment, "suggest", "anna@test")
    assert one_line(done) == "skrzynka: No server can be suggested for 'anna@test': this is no complete address."
    answer = json.loads(done.stdout)
    assert (answer["imap"], answer["smtp"], answer["alternatives"]) == (None, None, [])
    assert (answer["version"], answer["email"], answer["domain"]) == (1, "anna@test", "test")


def test_what_was_probably_meant_is_said_beside_the_answer(environment):
    done = run(environment, "suggest", "a@gmial.com", "--offline")
    assert one_line(done, 0) == "skrzynka: Did you mean 'a@gmail.com'?"
    assert json.loads(done.stdout)["email"] == "a@gmial.com"


def test_what_was_probably_meant_is_said_where_there_is_no_answer(environment):
    done = run(environment, "suggest", "a@wp.l", "--offline")
    assert one_line(done).endswith("'a@wp.l': this is no complete address. Did you mean 'a@wp.pl'?")
    assert json.loads(done.stdout)["imap"] is None


IMAP_DENIED = "DNS of 'infirma.test' says that there is no IMAP (RFC 6186)."


@pytest.mark.parametrize(
    ("records", "said"),
    [
        ({("infirma.test", "MX"): ["0 ."]}, "The domain 'infirma.test' says that it takes no mail (RFC 7505)."),
        ({("infirma.test", "MX"): []}, "The domain 'infirma.test' names no server that takes its mail."),
        ({}, "There is no domain 'infirma.test'."),
        ({("infirma.test", "MX"): ["10 mx.test"], ("_imaps._tcp.infirma.test", "SRV"): ["0 0 0 ."]}, IMAP_DENIED),
    ],
)
def test_what_the_domain_says_about_its_mail_is_said_beside_the_answer(environment, net, records, said):
    net.names.update(records)
    done = run(environment, "suggest", "biuro@infirma.test")
    assert one_line(done, 0) == f"skrzynka: {said}"
    answer = json.loads(done.stdout)
    assert {answer[side]["source"] for side in ("imap", "smtp")} == {"guess"}
    assert run(environment, "suggest", "biuro@infirma.test", "--offline").stderr == ""


def test_nothing_speaks_against_a_domain_that_takes_mail_and_says_where(environment, net):
    net.mx("infirma.test", "10 mx.test")
    net.provider("infirma.test", config("infirma.test", "imap.infirma.test", "smtp.infirma.test"))
    assert run(environment, "suggest", "biuro@infirma.test").stderr == ""


ELSEWHERE = "https://other.test/config.xml"
UNSIGNED = "only DNS, which nobody has signed, names them for 'infirma.test'."
DOUBTS = {
    "autoconfig": "the configuration of 'infirma.test' comes by way of another organisation, 'other.test'.",
    "srv": UNSIGNED,
    "mx": UNSIGNED,
}


@pytest.mark.parametrize(
    ("names", "source", "organisations"),
    [
        (("imap.hoster.test", "smtp.hoster.test"), "autoconfig", ["hoster.test"]),
        (("imap.hoster.test", "smtp.third.test"), "autoconfig", ["hoster.test", "third.test"]),
        (("imap.infirma.test", "smtp.infirma.test"), "autoconfig", ["infirma.test"]),
        (("imap.hoster.test", "smtp.hoster.test"), "srv", ["hoster.test"]),
        (("imap.infirma.test", "smtp.infirma.test"), "srv", ["infirma.test"]),
        (("imap.hoster.test", "smtp.hoster.test"), "mx", ["hoster.test"]),
    ],
)
def test_what_the_form_would_ask_about_is_said_beside_the_answer(environment, net, names, source, organisations):
    net.mx("infirma.test", "10 mx.hoster.test" if source == "mx" else "10 mx.test")
    if source == "autoconfig":
        net.provider("infirma.test", redirect(ELSEWHERE))
        net.serves("other.test", "/config.xml", config("infirma.test", *names))
    elif source == "srv":
        net.srv("infirma.test", imaps=f"0 1 993 {names[0]}", submissions=f"0 1 465 {names[1]}")
    else:
        net.provider("hoster.test", config("hoster.test", *names))
    done = run(environment, "suggest", "biuro@infirma.test")
    answer = json.loads(done.stdout)
    assert {answer[side]["source"] for side in ("imap", "smtp")} == {source}
    asks = "so that the form asks before a password goes there"
    assert done.stderr.splitlines() == [
        f"skrzynka: Nobody vouches for the servers of {name!r}, {asks}: {DOUBTS[source]}" for name in organisations
    ]


def test_nothing_is_asked_about_an_outgoing_server_that_gets_no_password(environment, net):
    net.mx("infirma.test", "10 mx.test")
    document = config("infirma.test", "imap.hoster.test", "smtp.third.test")
    before, outgoing, after = document.partition(b"<outgoingServer")
    net.provider("infirma.test", redirect(ELSEWHERE))
    net.serves("other.test", "/config.xml", before + outgoing + after.replace(b"password-cleartext", b"none"))
    done = run(environment, "suggest", "biuro@infirma.test")
    assert json.loads(done.stdout)["smtp"]["auth"] is False
    assert "servers of 'hoster.test'" in one_line(done, 0)


def test_when_nobody_has_answered_that_is_said(environment):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        resolver = f"127.0.0.1:{silent.getsockname()[1]}"
        done = run({**environment, "SKRZYNKA_RESOLVER": resolver}, "suggest", "biuro@infirma.test")
    assert "The name server has not answered about 'infirma.test'" in one_line(done, 0)
    assert json.loads(done.stdout)["imap"]["source"] == "guess"


def test_when_only_one_has_not_answered_nobody_else_is_blamed(environment, net):
    net.mx("infirma.test", "10 mx.test")
    net.provider("infirma.test", silence)
    done = run(environment, "suggest", "biuro@infirma.test")
    assert one_line(done, 0).startswith("skrzynka: Not all who were asked about 'infirma.test' have answered")


OAUTH_ONLY = "only through its own sign-in page (OAuth 2): that does not work here."


@pytest.mark.parametrize(
    ("email", "why"),
    [
        ("anna@tuta.com", "no mail programs in."),
        ("anna@proton.me", "no mail programs in other than through a program of its own."),
        ("anna@outlook.com", f"mail programs in {OAUTH_ONLY}"),
    ],
)
def test_a_provider_without_servers_is_exit_1_and_still_json(environment, net, email, why):
    done = run(environment, "suggest", email)
    assert one_line(done) == f"skrzynka: No server for {email!r}: the provider lets {why}"
    answer = json.loads(done.stdout)
    assert (answer["imap"], answer["smtp"], answer["alternatives"]) == (None, None, [])
    assert answer["provider"]["name"] in ("Tuta", "Proton Mail", "Outlook.com")
    assert net.questions == []


@pytest.mark.parametrize(
    ("email", "said"),
    [
        ("x@wp.pl", ["'WP Poczta' wants IMAP to be switched on in the settings of the mailbox first."]),
        ("x@gmail.com", ["'Gmail' wants an app password, which has to be made there, instead of the usual one."]),
        (
            "x@mail.com",
            [
                "'mail.com' wants IMAP to be switched on in the settings of the mailbox first.",
                "'mail.com' lets mail programs in only with a paid plan.",
            ],
        ),
    ],
)
def test_what_a_provider_wants_beside_the_password_is_said_beside_the_answer(environment, email, said):
    done = run(environment, "suggest", email, "--offline")
    assert (done.returncode, done.stderr.splitlines()) == (0, [f"skrzynka: {sentence}" for sentence in said])
    answer = json.loads(done.stdout)
    assert {answer[side]["source"] for side in ("imap", "smtp")} == {"provider"}


def test_whatever_a_provider_wants_has_its_words():
    assert {*TEXTS, SET_UP_FIRST} == {*WANTED, "no_imap", "bridge"}


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
