"""What is an address of somebody here."""

import unicodedata

from app.mail.address import address_key


class AddressInvalid(Exception):
    """The text is no e-mail address."""


def checked_address(email: str) -> str:
    """Return ``email`` without outer spaces. Raises AddressInvalid.

    It names a person here, so only what could not be told apart is refused: ``anna@localhost`` is as good as any
    other. Whether it can be written to is another question, which whoever writes has to ask.
    """
    address = unicodedata.normalize("NFC", email.strip())
    local, separator, domain = address.rpartition("@")
    if not (local and separator and domain) or len(address_key(address)) > 320:
        raise AddressInvalid(f"{address[:80]!r} is no e-mail address")
    if any(character.isspace() or not character.isprintable() for character in address):
        raise AddressInvalid(f"{address[:80]!r} is no e-mail address")
    return address
