"""The vault: a secret opens with its key, at its place, unchanged, and nowhere else; and it never shows itself."""

import base64
import logging
import traceback

import pytest

from app.vault import KEY_BYTES, SecretUnreadable, Vault, generate_key, sealed_context

SECRET = "zażółć gęślą jaźń"
PLACE = sealed_context("accounts", 7, "imap_password")
OLD, NEW = generate_key(), generate_key()


@pytest.fixture
def vault() -> Vault:
    return Vault({"k1": OLD})


def unreadable(vault: Vault, sealed: str, context: str = PLACE) -> str:
    """Return what is said about a secret that must not open."""
    with pytest.raises(SecretUnreadable) as refusal:
        vault.unseal(sealed, context=context)
    return "".join(traceback.format_exception(refusal.value))


@pytest.mark.parametrize("secret", [SECRET, "", " spaces ", "a\0b", "\U0001f511" * 1000])
def test_what_is_sealed_opens_again(vault, secret):
    sealed = vault.seal(secret, context=PLACE)
    assert vault.unseal(sealed, context=PLACE) == secret


def test_a_sealed_secret_is_text_that_does_not_contain_it(vault):
    sealed = vault.seal(SECRET, context=PLACE)
    assert sealed.isascii()
    assert SECRET.encode() not in base64.urlsafe_b64decode(sealed.partition(".")[2])


def test_the_same_secret_is_sealed_differently_each_time(vault):
    nonces = {base64.urlsafe_b64decode(vault.seal(SECRET, context=PLACE)[3:])[:12] for _ in range(200)}
    assert len(nonces) == 200


@pytest.mark.parametrize(
    "elsewhere",
    [
        sealed_context("accounts", 8, "imap_password"),
        sealed_context("accounts", 7, "smtp_password"),
        sealed_context("connection_tests", 7, "imap_password"),
        "",
    ],
)
def test_a_secret_copied_to_another_place_does_not_open(vault, elsewhere):
    unreadable(vault, vault.seal(SECRET, context=PLACE), elsewhere)


def test_any_changed_bit_is_noticed(vault):
    key_id, _, encoded = vault.seal("short", context=PLACE).partition(".")
    box = base64.urlsafe_b64decode(encoded)
    for place in range(8 * len(box)):
        changed = bytearray(box)
        changed[place // 8] ^= 1 << place % 8
        unreadable(vault, f"{key_id}.{base64.urlsafe_b64encode(changed).decode()}")


@pytest.mark.parametrize("length", [0, 1, 11, 12, 13, 27])
def test_a_truncated_secret_does_not_open(vault, length):
    box = base64.urlsafe_b64decode(vault.seal(SECRET, context=PLACE).partition(".")[2])
    unreadable(vault, f"k1.{base64.urlsafe_b64encode(box[:length]).decode()}")


@pytest.mark.parametrize("rubbish", ["", ".", "k1", "k1.", "k1.###", "k1.ą", SECRET, "k1.AAAA.AAAA"])
def test_rubbish_is_said_to_be_unreadable(vault, rubbish):
    unreadable(vault, rubbish)


def test_an_unknown_key_is_said_to_be_unreadable(vault):
    sealed = Vault({"k2": OLD}).seal(SECRET, context=PLACE)
    unreadable(vault, sealed)


def test_another_key_under_the_same_id_does_not_open(vault):
    unreadable(vault, Vault({"k1": NEW}).seal(SECRET, context=PLACE))


def test_after_a_new_key_the_old_one_still_opens_and_the_new_one_seals(vault):
    sealed_before = vault.seal(SECRET, context=PLACE)
    rotated = Vault({"k2": NEW, "k1": OLD})
    sealed_after = rotated.seal(SECRET, context=PLACE)
    assert rotated.unseal(sealed_before, context=PLACE) == rotated.unseal(sealed_after, context=PLACE) == SECRET
    assert not rotated.sealed_with_current(sealed_before)
    assert rotated.sealed_with_current(sealed_after)
    assert Vault({"k2": NEW}).unseal(sealed_after, context=PLACE) == SECRET
    unreadable(vault, sealed_after)


def test_what_is_derived_differs_by_purpose_and_by_key(vault):
    both = Vault({"k2": NEW, "k1": OLD})
    derived = {
        vault.derive("session"),
        vault.derive("connection-test receipt"),
        both.derive("session"),
        both.derive("connection-test receipt"),
        OLD,
        NEW,
    }
    assert len(derived) == 6
    assert {len(key) for key in derived} == {KEY_BYTES}


def test_what_is_derived_is_the_same_after_a_restart_and_for_an_older_key(vault):
    assert Vault({"k1": OLD}).derive("session") == vault.derive("session")
    assert Vault({"k2": NEW, "k1": OLD}).derive("session", key_id="k1") == vault.derive("session")


def test_a_mac_differs_by_message_by_purpose_and_by_key(vault):
    macs = {
        vault.mac("receipt", b"one"),
        vault.mac("receipt", b"other"),
        vault.mac("session", b"one"),
        Vault({"k1": NEW}).mac("receipt", b"one"),
    }
    assert len(macs) == 4
    assert all(len(bytes.fromhex(mac)) == 32 for mac in macs)
    assert vault.mac("receipt", b"one") == Vault({"k1": OLD}).mac("receipt", b"one")


@pytest.mark.parametrize("keys", [{}, {"k1": b""}, {"k1": OLD[:16]}, {"k1": OLD, "k2": OLD + b"\0"}])
def test_a_vault_is_not_made_of_bad_keys(keys):
    with pytest.raises(ValueError, match="key") as refusal:
        Vault(keys)
    assert repr(OLD[:16])[2:-1] not in str(refusal.value)


def test_new_keys_are_different_and_long_enough():
    keys = {generate_key() for _ in range(100)}
    assert len(keys) == 100
    assert {len(key) for key in keys} == {KEY_BYTES}


def test_a_vault_shows_no_key(vault):
    shown = f"{vault!r} {vault} {[vault]} {vault.current}"
    for form in (repr(OLD)[2:-1], OLD.hex(), base64.b64encode(OLD).decode()):
        assert form not in shown


def test_a_refusal_carries_neither_the_secret_nor_what_was_sealed(vault, caplog):
    sealed = vault.seal(SECRET, context=PLACE)
    elsewhere = sealed_context("accounts", 8, "imap_password")
    with pytest.raises(SecretUnreadable, match=elsewhere) as refusal:
        vault.unseal(sealed, context=elsewhere)
    logging.getLogger("test").error("refused", exc_info=refusal.value)
    assert "SecretUnreadable" in caplog.text
    for form in (SECRET, sealed, sealed.partition(".")[2][:20], repr(OLD)[2:-1]):
        assert form not in caplog.text
