"""The one spelling in which people's addresses are compared."""

import unicodedata


class AddressInvalid(Exception):
    """The text is no e-mail address."""


def address_key(email: str) -> str:
    """Return ``email`` without outer spaces, composed (NFC) and without case.

    Servers may tell capitals in the local part apart (RFC 5321, 2.4); people do not.
    """
    return unicodedata.normalize("NFC", email.strip()).casefold()


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
