"""``skrzynka keys rotate``: every sealed secret moves to the new key, whatever happens meanwhile, and none is lost."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import clock
from app.mail.settings import ConnectionSecurity
from app.models import Account, Base, ConnectionTest, Installation, Role, User, rotation
from app.models.installation import confirm_keys
from app.vault import SecretUnreadable, Vault, sealed_context
from tests.integration.cli.conftest import NEW, OLD, ON_SQLITE, keys, one_line, run
from tests.servers import commands

SEALED = {
    f"{table.name}.{column.name}" for table in Base.metadata.sorted_tables for column in table.columns if column.info
}
# More than two batches of accounts.
ACCOUNTS, TESTS = 230, 3
OLD_VAULT, NEW_VAULT = Vault({"k1": OLD}), Vault({"k2": NEW})
# The command, killed with its first so many commits done and nothing more.
KILLED = str(Path(__file__).with_name("killed.py"))


@dataclass
class Stored:
    """A database full of secrets, sealed with the old key."""

    environment: dict[str, str]
    session: Session

    def rotate(self) -> subprocess.CompletedProcess[str]:
        return run(self.environment, "keys", "rotate", SKRZYNKA_KEYS=keys(k2=NEW, k1=OLD))

    def rotate_and_die(self, commits: int) -> int:
        environment = {**self.environment, "SKRZYNKA_KEYS": keys(k2=NEW, k1=OLD)}
        return commands.run(environment, str(commits), "keys", "rotate", program=KILLED).returncode

    def sealed(self) -> dict[tuple[str, object, str], str]:
        """Return all that is sealed, by table, row and column."""
        self.session.rollback()
        found = {}
        for table, column in rotation.sealed_columns():
            (key,) = table.primary_key.columns
            for row, sealed in self.session.execute(select(key, column).where(column.is_not(None))):
                found[table.name, row, column.name] = sealed
        return found

    def opened(self, vault: Vault) -> dict[tuple[str, object, str], str]:
        """Return the secrets that ``vault`` opens."""
        opened = {}
        for place, sealed in self.sealed().items():
            try:
                opened[place] = vault.unseal(sealed, context=sealed_context(*place))
            except SecretUnreadable:
                continue
        return opened


def secret(table: str, row: object, column: str) -> str:
    return f"hasło ż {table} {row} {column}"


def sealed(table: str, row: object, column: str) -> str:
    return OLD_VAULT.seal(secret(table, row, column), context=sealed_context(table, row, column))


def account(number: int) -> Account:
    email = f"person{number}@infirma.pl"
    server = {"host": "infirma.pl", "port": 993, "security": ConnectionSecurity.TLS, "username": email}
    return Account(
        id=number,
        name=email,
        email=email,
        email_key=email,
        colour="#2f74d0",
        imap_password=sealed("accounts", number, "imap_password"),
        # Half of them have none of their own for sending.
        smtp_password=sealed("accounts", number, "smtp_password") if number % 2 else None,
        created_at=clock.now(),
        changed_at=clock.now(),
        **{f"{side}_{name}": value for side in ("imap", "smtp") for name, value in server.items()},
    )


def connection_test(number: int) -> ConnectionTest:
    id_ = f"test{number}"
    passwords = {name: sealed("connection_tests", id_, name) for name in ("imap_password", "smtp_password")}
    return ConnectionTest(
        id=id_, user_id=1, submission="s", saves=False, details={}, created_at=clock.now(), **passwords
    )


@pytest.fixture
def stored(migrated, session) -> Stored:
    confirm_keys(session, OLD_VAULT)
    session.add(User(id=1, email="a@b.pl", email_key="a@b.pl", role=Role.MEMBER, created_at=clock.now()))
    session.flush()
    session.add_all([account(number) for number in range(1, ACCOUNTS + 1)])
    session.add_all([connection_test(number) for number in range(TESTS)])
    session.commit()
    return Stored(migrated, session)


def counts(done: subprocess.CompletedProcess[str]) -> dict[str, tuple[int, int, int]]:
    """Return the printed numbers by column: sealed anew, already current, unreadable."""
    lines = [line.split() for line in done.stdout.splitlines()[1:]]
    return {name: (int(anew), int(current), int(unreadable)) for name, anew, current, unreadable in lines}


def test_every_sealed_column_is_counted(stored):
    done = stored.rotate()
    assert (done.returncode, done.stderr) == (0, "")
    assert counts(done) == {
        "accounts.imap_password": (ACCOUNTS, 0, 0),
        "accounts.smtp_password": (ACCOUNTS // 2, 0, 0),
        "connection_tests.imap_password": (TESTS, 0, 0),
        "connection_tests.smtp_password": (TESTS, 0, 0),
        "installation.key_check": (1, 0, 0),
    }
    assert set(counts(done)) == SEALED


def test_afterwards_the_old_key_can_go(stored):
    before = stored.opened(OLD_VAULT)
    assert len(before) == ACCOUNTS + ACCOUNTS // 2 + 2 * TESTS + 1
    assert stored.rotate().returncode == 0
    assert stored.opened(NEW_VAULT) == before
    assert stored.opened(OLD_VAULT) == {}
    doctor = run(stored.environment, "doctor", SKRZYNKA_KEYS=keys(k2=NEW)).stdout
    assert "ok   vault key: k2 seals, 1 in all" in doctor
    with_the_old_one = run(stored.environment, "doctor", SKRZYNKA_KEYS=keys(k1=OLD)).stdout
    assert "BAD  vault key" in with_the_old_one


def test_a_second_time_finds_everything_done(stored):
    stored.rotate()
    before = stored.sealed()
    again = stored.rotate()
    assert again.returncode == 0
    assert counts(again)["accounts.imap_password"] == (0, ACCOUNTS, 0)
    assert sum(anew for anew, _current, _unreadable in counts(again).values()) == 0
    assert stored.sealed() == before


@pytest.mark.parametrize("commits", [0, 1, 2, 4])
def test_killed_after_some_batches_it_is_taken_up_again(stored, commits):
    before = stored.opened(OLD_VAULT)
    assert stored.rotate_and_die(commits) == -9
    moved = stored.opened(NEW_VAULT)
    assert len(moved) == {0: 0, 1: 1, 2: 101, 4: 231}[commits]
    assert stored.opened(OLD_VAULT) | moved == before, "a secret was lost on the way"
    done = stored.rotate()
    assert done.returncode == 0
    assert sum(current for _anew, current, _unreadable in counts(done).values()) == len(moved)
    assert stored.opened(NEW_VAULT) == before


def test_one_secret_that_cannot_be_opened_is_said_and_the_rest_is_done(stored):
    lost = Vault({"k1": NEW}).seal("from elsewhere", context=sealed_context("accounts", 150, "imap_password"))
    stored.session.execute(update(Account).where(Account.id == 150).values(imap_password=lost))
    stored.session.commit()
    done = stored.rotate()
    assert "1 of the secrets cannot be opened" in one_line(done)
    assert counts(done)["accounts.imap_password"] == (ACCOUNTS - 1, 0, 1)
    assert stored.sealed()["accounts", 150, "imap_password"] == lost, "what cannot be opened must stay as it is"
    assert len(stored.opened(NEW_VAULT)) == len(stored.sealed()) - 1


def test_a_secret_copied_into_another_row_is_not_moved_along(stored):
    copied = stored.sealed()["accounts", 1, "imap_password"]
    stored.session.execute(update(Account).where(Account.id == 2).values(imap_password=copied))
    stored.session.commit()
    done = stored.rotate()
    assert done.returncode == 1
    assert counts(done)["accounts.imap_password"] == (ACCOUNTS - 1, 0, 1)


def test_a_secret_that_is_changed_meanwhile_keeps_its_new_value(stored):
    place = ("accounts", 50, "imap_password")
    rotated = Vault({"k2": NEW, "k1": OLD})
    changed = rotated.seal("changed meanwhile", context=sealed_context(*place))

    class SomebodyIsFaster:
        """Opens secrets; right before the command writes one of them, somebody saves another password there."""

        sealed_with_current, seal = rotated.sealed_with_current, rotated.seal

        def unseal(self, sealed, *, context):
            if context == sealed_context(*place):
                with Session(stored.session.get_bind()) as other:
                    other.execute(update(Account).where(Account.id == 50).values(imap_password=changed))
                    other.commit()
            return rotated.unseal(sealed, context=context)

    # One batch per commit would hold a lock that the other waits for; the row comes first in its batch.
    stored.session.execute(update(Account).where(Account.id < 50).values(imap_password=None))
    stored.session.commit()
    rotation.rotate(stored.session, SomebodyIsFaster(), publish=stored.session.commit)
    assert stored.sealed()[place] == changed
    assert stored.opened(NEW_VAULT)[place] == "changed meanwhile"


@ON_SQLITE
def test_nothing_that_is_printed_holds_a_secret_or_a_key(stored):
    done = stored.rotate()
    printed = done.stdout + done.stderr
    assert "hasło" not in printed
    assert not [value for value in keys(k2=NEW, k1=OLD).split(",") if value.partition("=")[2] in printed]


@ON_SQLITE
def test_with_a_wrong_key_nothing_is_touched(stored):
    before = stored.sealed()
    done = run(stored.environment, "keys", "rotate", SKRZYNKA_KEYS=keys(k2=NEW))
    assert "vault key is not the one" in one_line(done)
    assert stored.sealed() == before


@ON_SQLITE
def test_the_word_that_proves_the_key_is_sealed_anew_too(stored):
    before = stored.session.get_one(Installation, 1).key_check
    stored.rotate()
    stored.session.expire_all()
    assert stored.session.get_one(Installation, 1).key_check != before
    confirm_keys(stored.session, NEW_VAULT)


def test_without_tables_it_says_so_in_one_line(environment):
    assert "has no tables yet" in one_line(run(environment, "keys", "rotate"))
