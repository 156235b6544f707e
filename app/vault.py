"""Seals and unseals secrets at rest with AES-256-GCM (NIST SP 800-38D).

A sealed secret is the text ``kid.nonce+ciphertext`` (the second part in URL-safe base64). The context (table, row and
field) is bound to it as associated data, so a sealed value copied to another row or column cannot be opened there.
"""

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
_NONCE_BYTES = 12


class SecretUnreadable(Exception):
    """A sealed secret cannot be opened: its key is unknown, or it was sealed for another place."""


def generate_key() -> bytes:
    """Return 32 new random bytes, fit to be a vault key."""
    return os.urandom(KEY_BYTES)


def sealed_context(table: str, row: object, column: str) -> str:
    """Return the context that binds a secret to one column of one row."""
    return f"{table}/{row}/{column}"


@dataclass(frozen=True, slots=True)
class Vault:
    """Keys by id; the first seals, all unseal."""

    keys: Mapping[str, bytes] = field(repr=False)

    def __post_init__(self) -> None:
        if not self.keys:
            raise ValueError("a vault needs at least one key")
        if any(len(key) != KEY_BYTES for key in self.keys.values()):
            raise ValueError(f"a vault key has {KEY_BYTES} bytes")

    @property
    def current(self) -> str:
        """The id of the key that seals."""
        return next(iter(self.keys))

    def seal(self, secret: str, *, context: str) -> str:
        """Return ``secret`` sealed for ``context`` with the current key."""
        nonce = os.urandom(_NONCE_BYTES)
        box = AESGCM(self.keys[self.current]).encrypt(nonce, secret.encode(), context.encode())
        return f"{self.current}.{base64.urlsafe_b64encode(nonce + box).decode()}"

    def unseal(self, sealed: str, *, context: str) -> str:
        """Return the secret sealed for ``context``. Raises SecretUnreadable."""
        key_id, _, encoded = sealed.partition(".")
        try:
            box = base64.urlsafe_b64decode(encoded)
            key = self.keys[key_id]
            return AESGCM(key).decrypt(box[:_NONCE_BYTES], box[_NONCE_BYTES:], context.encode()).decode()
        except (KeyError, InvalidTag, ValueError, binascii.Error):
            # "from None": the chained exception would carry the ciphertext into tracebacks and logs.
            raise SecretUnreadable(f"the secret of {context} cannot be opened with the configured keys") from None

    def sealed_with_current(self, sealed: str) -> bool:
        """Say whether ``sealed`` needs no rotation."""
        return sealed.partition(".")[0] == self.current

    def derive(self, purpose: str, *, key_id: str | None = None) -> bytes:
        """Return 32 bytes for ``purpose``, derived from one key (the current one unless told) by HKDF (RFC 5869)."""
        hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode())
        return hkdf.derive(self.keys[key_id or self.current])

    def mac(self, purpose: str, message: bytes) -> str:
        """Return HMAC-SHA-256 of ``message`` in hex, with the key derived for ``purpose``."""
        return hmac.new(self.derive(purpose), message, hashlib.sha256).hexdigest()
