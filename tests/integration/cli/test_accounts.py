"""``skrzynka accounts``: out of one installation and into another, proven on the way, all or none."""

import json

import pytest
from sqlalchemy import select

from app import accounts
from app.config import Config
from app.models import Account
from app.models.installation import confirm_keys
from tests import cast
from tests.integration.cli.conftest import ON_SQLITE, run
from tests.servers.fixtures import PASSWORD, USER

CANARY = cast.CANARY
ENTRY = {
    "name": "Biuro",
    "email": "biuro@infirma.pl",
    "colour": "#c2562d",
    "imap-host": "imap.infirma.pl",
    "imap-port": 993,
    "imap-security": "tls",
    "imap-username": "biuro",
    "imap-password": CANARY,
    "smtp-host": "smtp.infirma.pl",
    "smtp-port": 465,
    "smtp-security": "tls",
}


@pytest.fixture
def vault(migrated, session):
    vault = Config.from_environment(migrated).vault
    confirm_keys(session, vault)
    session.commit()
    return vault


def import_(environment, *entries, options=("--untested",), given=None):
    text = json.dumps(entries) if given is None else given
    return run(environment, "accounts", "import", "-", *options, given=text)


def stored(session) -> list[Account]:
    session.rollback()
    return list(session.scalars(select(Account).order_by(Account.id)))


def test_what_is_exported_here_is_the_same_account_there(migrated, session, vault, tmp_path):
    design = cast.stationery(session)
    own = {"smtp_same_credentials": False, "smtp_username": "out", "smtp_password": f" {CANARY}-out "}
    wanted = [
        cast.details(stationery=str(design.id), fast_mode=True, imap_pin="ab" * 32),
        cast.details(active=False, **own),
        cast.details(smtp_auth=False),
    ]
    for details in wanted:
        accounts.create(session, details, submission=None, tested=None, vault=vault, now=cast.now())
    session.commit()
    exported = run(migrated, "accounts", "export", "--with-secrets")
    assert (exported.returncode, exported.stderr) == (0, "")
    for account in stored(session):
        accounts.remove(session, account)
    session.commit()
    file = tmp_path / "accounts.json"
    file.write_text(exported.stdout)
    for word in ("Added, not tested,", "Left"):
        done = run(migrated, "accounts", "import", "--untested", str(file))
        assert (done.returncode, done.stdout) == (0, "")
        assert [line.partition(" '")[0] for line in done.stderr.splitlines()] == [word] * 3
        assert CANARY not in done.stderr
    found = {account.email: account for account in stored(session)}
    assert {email: accounts.details_of(account, vault) for email, account in found.items()} == {
        details.email: details for details in wanted
    }
    assert {account.tested_at for account in found.values()} == {None}


@ON_SQLITE
def test_passwords_are_exported_only_if_asked_for(migrated, session, vault):
    cast.account(session, vault)
    exported = run(migrated, "accounts", "export").stdout
    (entry,) = json.loads(exported)
    assert CANARY not in exported
    assert not entry.keys() & {"imap-password", "smtp-password"}
    assert entry["email"] == stored(session)[0].email


@pytest.fixture
def near(migrated, dovecot_server, postfix_server, authority):
    """The environment in which the servers of the tests may be asked."""
    return migrated | {
        "SKRZYNKA_ALLOW": "127.0.0.0/8:*,[::1]:*",
        "SKRZYNKA_PORTS": f"{dovecot_server.tls_port},{postfix_server.tls_port}",
        "SKRZYNKA_CA_FILE": str(authority.ca_file),
    }


@ON_SQLITE
def test_each_account_is_proven_first_and_one_that_fails_keeps_all_out(near, session, dovecot_server, postfix_server):
    here = {"imap-host": "localhost", "smtp-host": "localhost", "imap-username": USER, "imap-password": PASSWORD}
    ports = {"imap-port": dovecot_server.tls_port, "smtp-port": postfix_server.tls_port}
    good = ENTRY | here | ports | {"email": USER}
    # Its servers are down, which is what switching off is for.
    off = ENTRY | {"email": "off@infirma.pl", "active": False}
    wrong = good | {"email": "wrong@skrzynka.test", "imap-password": CANARY}
    done = import_(near, good, wrong, off, options=())
    assert (done.returncode, stored(session)) == (1, [])
    refused, last = done.stderr.splitlines()
    assert refused.startswith("accounts[1] (wrong@skrzynka.test): imap: auth_failed")
    assert last == "skrzynka: 1 of 3 accounts refused; nothing was imported."
    assert CANARY not in done.stderr
    done = import_(near, good, off, options=())
    assert done.returncode == 0, done.stderr
    first, second = stored(session)
    assert first.is_proven
    assert (second.active, second.tested_at) == (False, None)


@ON_SQLITE
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": None}, "name: is missing"),
        ({"imap-password": None}, "imap-password: is missing"),
        ({"imap-password": "a\nb"}, "imap-password: must be a text of 1 to 1000 characters on one line"),
        ({"name": "a\tb"}, "name: must be a text of 1 to 200 characters on one line"),
        ({"name": "x" * 201}, "name: must be a text of 1 to 200 characters on one line"),
        ({"email": "biuro"}, "email: must be an e-mail address"),
        ({"email": "biuro@infirma"}, "email: must be an e-mail address"),
        ({"colour": "red"}, "colour: must be # and six digits, such as #2f74d0"),
        ({"imap-host": "-bad-"}, "imap-host: must be the name or the address of a server"),
        ({"imap-port": 0}, "imap-port: must be a number from 1 to 65535"),
        ({"imap-port": True}, "imap-port: must be a number from 1 to 65535"),
        ({"smtp-port": "465"}, "smtp-port: must be a number from 1 to 65535"),
        ({"smtp-security": "ssl"}, "smtp-security: must be one of tls, starttls, none"),
        ({"fast-mode": "no"}, "fast-mode: must be true or false"),
        ({"stationery": "Letter"}, "stationery: must be the name of a stationery that there is here"),
        ({"imap-pin": "ab"}, "imap-pin: must be a SHA-256 fingerprint in hex"),
        ({"imap_host": "x"}, "imap_host: is not a field of an account"),
        ({"smtp-username": "out"}, "smtp-password: is missing"),
        ({"smtp-same-credentials": False}, "smtp-username: is missing"),
        (
            {"smtp-auth": False, "smtp-password": "out"},
            "smtp-password: is not used: smtp-auth is off, or smtp-same-credentials is on",
        ),
    ],
)
def test_an_entry_that_makes_no_sense_is_refused_with_its_field_and_keeps_all_out(migrated, session, change, said):
    good = ENTRY | {"email": "good@infirma.pl"}
    done = import_(migrated, good, ENTRY | change)
    assert (done.returncode, done.stdout, stored(session)) == (2, "", [])
    email = change.get("email", ENTRY["email"])
    assert done.stderr.splitlines() == [
        f"accounts[1] ({email}): {said}.",
        "skrzynka: 1 of 2 accounts refused; nothing was imported.",
    ]
    assert CANARY not in done.stderr


@ON_SQLITE
def test_an_address_has_one_account(migrated, session, vault):
    assert import_(migrated, ENTRY).returncode == 0
    again = {**ENTRY, "email": "Biuro@INFIRMA.pl"}
    done = import_(migrated, again, {**ENTRY, "email": "ola@infirma.pl"}, {**ENTRY, "email": "OLA@infirma.pl"})
    assert done.returncode == 2
    assert done.stderr.splitlines()[:2] == [
        "accounts[0] (Biuro@INFIRMA.pl): email: is that of an account which is here already, with other settings.",
        "accounts[2] (OLA@infirma.pl): email: is that of accounts[1] too.",
    ]
    assert len(stored(session)) == 1


@ON_SQLITE
def test_what_an_entry_leaves_open_is_as_in_a_new_form(migrated, session, vault):
    silent = {name: value for name, value in ENTRY.items() if name != "colour"}
    both = (silent, {**silent, "email": "ola@infirma.pl", "smtp-username": "biuro", "smtp-password": CANARY})
    for word in ("Added", "Left"):
        done = import_(migrated, *both)
        assert (done.returncode, done.stderr.count(word)) == (0, 2), done.stderr
    first, second = (accounts.details_of(account, vault) for account in stored(session))
    assert (first.active, first.fast_mode, first.smtp_auth, first.stationery) == (True, False, True, "")
    assert first.smtp_same_credentials
    assert second.smtp_same_credentials
    assert first.colour != second.colour


@ON_SQLITE
@pytest.mark.parametrize(
    ("given", "said"),
    [("{", "- is not JSON."), ("{}", "- must hold a list of accounts."), ("\xff", "- is not JSON.")],
)
def test_what_is_no_list_is_one_line(migrated, given, said):
    done = import_(migrated, given=given.encode("latin-1"))
    assert (done.returncode, done.stderr) == (2, f"skrzynka: {said}\n")


@ON_SQLITE
def test_a_file_that_cannot_be_read_is_one_line(migrated, tmp_path):
    done = run(migrated, "accounts", "import", str(tmp_path / "none.json"))
    assert done.returncode == 2
    assert done.stderr == f"skrzynka: {tmp_path}/none.json cannot be read: No such file or directory.\n"
