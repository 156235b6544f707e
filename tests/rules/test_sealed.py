"""Every column that could hold a secret is sealed, or has a reason not to be, and the rotation of keys finds it."""

import re

from sqlalchemy import Text

from app.models import SEALED, Base, rotation

# What sounds like a secret and is none.
NO_SECRETS = {
    "accounts.email_key": "an address, in the spelling that is compared",
    "users.email_key": "an address, in the spelling that is compared",
    "embed_clients.key_hash": "SHA-256 of 32 random bytes",
    "users.password_hash": "argon2id; nobody has to read it again",
    "sign_in_links.token_hash": "SHA-256 of 32 random bytes",
    "accounts.smtp_same_credentials": "yes or no",
    "connection_tests.imap_password_typed": "yes or no",
    "connection_tests.smtp_password_typed": "yes or no",
}
SOUNDS_SECRET = re.compile(r"passw|secret|token|key|credential|private|seed")
COLUMNS = {f"{table.name}.{column.name}": column for table in Base.metadata.sorted_tables for column in table.columns}


def test_what_sounds_like_a_secret_is_sealed_or_explained():
    secret = {name for name, column in COLUMNS.items() if SOUNDS_SECRET.search(column.name)}
    sealed = {name for name in secret if COLUMNS[name].info.get(SEALED)}
    assert secret - sealed == set(NO_SECRETS)
    assert len(sealed) >= 5


def test_a_sealed_column_can_hold_whatever_the_vault_makes():
    assert all(isinstance(column.type, Text) for column in COLUMNS.values() if column.info.get(SEALED))


def test_the_rotation_finds_every_sealed_column_by_a_key_that_it_can_walk_along():
    walked = {f"{table.name}.{column.name}": table for table, column in rotation.sealed_columns()}
    assert set(walked) == {name for name, column in COLUMNS.items() if column.info.get(SEALED)}
    assert all(len(table.primary_key.columns) == 1 for table in walked.values())
