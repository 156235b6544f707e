"""Bytes as text in the character set that a stranger names, if it is that of the text.

The list is closed: what else Python knows by such names is slow beyond measure (punycode), or no character set at all.
"""

import re
from contextlib import suppress
from encodings.aliases import aliases

_CHARSETS = frozenset(
    (
        *("ascii", "utf_8", "utf_7", "utf_16", "utf_16_be", "utf_16_le", "utf_32", "utf_32_be", "utf_32_le"),
        *("latin_1", *(f"iso8859_{part}" for part in (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16)), "tis_620"),
        *(f"cp{page}" for page in (437, 737, 775, 850, 852, 855, 857, 858, 860, 861, 862, 863, 864, 865, 866, 869)),
        *(f"cp{page}" for page in (874, 932, 949, 950, 1125, *range(1250, 1259))),
        *("koi8_r", "koi8_t", "koi8_u", "kz1048", "ptcp154", "hp_roman8"),
        *("mac_cyrillic", "mac_greek", "mac_iceland", "mac_latin2", "mac_roman", "mac_turkish"),
        *("big5", "big5hkscs", "gb2312", "gbk", "gb18030", "hz"),
        *("euc_jp", "euc_jis_2004", "euc_jisx0213", "shift_jis", "shift_jis_2004", "shift_jisx0213"),
        *("iso2022_jp", "iso2022_jp_1", "iso2022_jp_2", "iso2022_jp_2004", "iso2022_jp_3", "iso2022_jp_ext"),
        *("euc_kr", "johab", "iso2022_kr"),
    )
)
_BESIDE_NAMES = re.compile(r"[^a-z0-9]")
# What programs say that have not looked: of UTF-8, of whatever their Windows writes, or of both.
_SAID_OF_ANYTHING = frozenset(("ascii", "utf_8"))
_SAID_OF_UTF_8 = frozenset(("latin_1", "cp1252"))
# The letters ą ś ź Ą Ś Ź in windows-1250 and in ISO-8859-2; the others are the same in both. Where the one has letters
# and quotation marks the other has control characters.
_ONLY_WINDOWS = "ąśźĄŚŹ".encode("cp1250")
_ONLY_ISO = "ąśźĄŚŹ".encode("iso8859_2")
_CONTROLS = bytes(range(0x80, 0xA0))
_SURROGATE = re.compile("[\ud800-\udfff]")


def _bare(name: str) -> str:
    return _BESIDE_NAMES.sub("", name.lower().removeprefix("x-"))


_KNOWN = {_bare(name): name for name in _CHARSETS}
_KNOWN |= {_bare(alias): name for alias, name in aliases.items() if name in _CHARSETS}


def text_of(data: bytes, charset: str) -> str:
    """Return ``data`` as text in a character set that may not exist, or be told wrong; half characters are none."""
    known = _KNOWN.get(_bare(charset[:60]), "ascii")
    if known in _SAID_OF_ANYTHING or (known == "iso8859_2" and _count(data, _CONTROLS)):
        return characters(data)
    if known in _SAID_OF_UTF_8 and not data.isascii():
        # Nobody writes what stands there then: "Ã³".
        with suppress(UnicodeDecodeError):
            return data.decode("utf-8")
    return _SURROGATE.sub("\ufffd", data.decode(known, "replace"))


def characters(data: bytes) -> str:
    """Return ``data`` as UTF-8, or else as what was written in Central Europe before it."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    sound = len(text) - len(text.encode("ascii", "ignore")) - broken
    # A text that is UTF-8 all the same, but was cut or spoiled somewhere.
    return text if sound > broken else _before_utf_8(data)


def _before_utf_8(data: bytes) -> str:
    windows = _count(data, _CONTROLS + _ONLY_WINDOWS)
    return data.decode("cp1250" if windows >= _count(data, _ONLY_ISO) else "iso8859_2", "replace")


def _count(data: bytes, such: bytes) -> int:
    return len(data) - len(data.translate(None, such))
