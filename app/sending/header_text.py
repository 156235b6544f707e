"""What may stand in a header: text that cannot become another header, and that is read as what it says."""

import re
import unicodedata
from enum import StrEnum

LONGEST_SUBJECT = 500
# RFC 2047: what looks like this is decoded by whoever reads it, and may turn into line breaks and headers there.
_ENCODED_WORD = re.compile(r"=\?.*\?=", re.DOTALL)
# RFC 5322, 3.6.4, without the obsolete and the quoted forms.
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}@[!-;=?-~]{1,250}>")
# Control characters, lone surrogates, and line and paragraph separators.
_FORBIDDEN = frozenset({"Cc", "Cs", "Zl", "Zp"})
_MOST_REFERENCES = 40


class Flaw(StrEnum):
    """Why a text must not stand in a header."""

    CONTROL_CHARACTER = "control_character"
    ENCODED_WORD = "encoded_word"


def flaw_of(text: str) -> Flaw | None:
    """Return what is wrong with ``text`` in a header, or None."""
    if any(unicodedata.category(character) in _FORBIDDEN for character in text):
        return Flaw.CONTROL_CHARACTER
    return Flaw.ENCODED_WORD if _ENCODED_WORD.search(text) else None


def single_spaced(text: str) -> str:
    """Return ``text`` with one space for each run of white space: headers are folded there, and unfolded by others."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def message_ids(text: str) -> list[str]:
    """Return the message ids in ``text``, the oldest and the newest ones if they are too many for a header."""
    found = list(dict.fromkeys(_MESSAGE_ID.findall(text)))
    # RFC 5322 asks for all of them, old servers for short headers; the first one names the thread.
    return found if len(found) <= _MOST_REFERENCES else [found[0], *found[1 - _MOST_REFERENCES :]]
