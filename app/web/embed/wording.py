"""What the pages about clients, and the answers to their servers, say."""

from collections.abc import Mapping
from enum import StrEnum

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.embed import LONGEST_STATE, Flaw

# Every language in its own words, whatever the page is written in.
LANGUAGES: Mapping[str, str] = {"en": "English", "pl": "Polski"}

_FLAWS: Mapping[Flaw, str] = {
    Flaw.SCHEME: _l("Begin with https:// and the name of the server, for example %(example)s."),
    Flaw.NOT_ENCRYPTED: _l(
        "Begin with https:// instead of http://; only on this very machine (localhost) http:// will do."
    ),
    Flaw.CHARACTER: _l(
        "Use only letters without accents, digits and the usual signs of web addresses: no spaces, no backslash."
    ),
    Flaw.CASE: _l("Write https:// and the name of the server in small letters."),
    Flaw.USER_INFO: _l("Leave out the user name and the @: the name of the server comes right behind https://."),
    Flaw.WILDCARD: _l("Name each server in full: an asterisk would let in sites that you do not know."),
    Flaw.HOST: _l("Check the name of the server, for example %(example)s."),
    Flaw.PORT: _l("Check the port: behind the colon stands a number from 1 to 65535."),
    Flaw.DEFAULT_PORT: _l("Leave out the port: browsers do not send this one, because it is the usual one."),
    Flaw.PATH: _l("End after the name of the server, without a slash and what follows it, for example %(example)s."),
    Flaw.FRAGMENT: _l("Leave out the # and what follows it."),
    Flaw.TOO_LONG: _l("Shorten this address to at most 2,000 characters."),
}


class Fault(StrEnum):
    """What is wrong with a request for a link; stable, for programs."""

    UNAUTHORIZED = "unauthorized"
    TOO_MANY_REQUESTS = "too_many_requests"
    WRONG_CONTENT_TYPE = "wrong_content_type"
    TOO_LARGE = "too_large"
    INVALID_JSON = "invalid_json"
    DUPLICATE_FIELD = "duplicate_field"
    UNKNOWN_FIELD = "unknown_field"
    WRONG_TYPE = "wrong_type"
    EMPTY = "empty"
    INVALID = "invalid"
    OTHER_CLIENT = "other_client"
    NOT_REGISTERED = "not_registered"


_FAULTS: Mapping[Fault, str] = {
    Fault.UNAUTHORIZED: _l("Send the key of a registered client in the header Authorization, as Bearer and the key."),
    Fault.TOO_MANY_REQUESTS: _l("Too many requests: wait as many seconds as Retry-After says, then try again."),
    Fault.WRONG_CONTENT_TYPE: _l("Send JSON, with the header Content-Type: application/json."),
    Fault.TOO_LARGE: _l("Send less: no request for a link is this large."),
    Fault.INVALID_JSON: _l("Send one JSON object in UTF-8."),
    Fault.DUPLICATE_FIELD: _l("Send each field once."),
    Fault.UNKNOWN_FIELD: _l("Leave this field out: only client, email, name, return_address and state are known."),
    Fault.WRONG_TYPE: _l("Send this field as a text, or leave it out."),
    Fault.EMPTY: _l("Leave this field out where there is nothing to say."),
    Fault.OTHER_CLIENT: _l("Leave this field out, or send the name of the client that the key belongs to."),
    Fault.NOT_REGISTERED: _l(
        "Send a return address that is registered for the client, letter by letter, or leave this field out."
    ),
}


def flaw_sentence(flaw: Flaw, example: str) -> str:
    """Return why an address is refused, and what to do."""
    return str(_FLAWS[flaw]) % {"example": example}


def fault_sentence(fault: Fault) -> str:
    """Return what is wrong with a request for a link, and what to do."""
    return str(_FAULTS[fault])


def state_sentence() -> str:
    """Return what a state has to be."""
    return str(
        _(
            "Send at most %(count)s printable characters, counted as they stand in an address.",
            count=LONGEST_STATE,
        )
    )
