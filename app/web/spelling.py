"""Which labels of a domain name may be shown as people write them: those that cannot pass for another.

In the A-label (xn--...) no letter looks like another, so whatever is not sure to be harmless stays one. The rules are
those that browsers have, with fewer exceptions (UTS 39, 5.2; Unicode calls a writing system a script).
"""

import unicodedata

import idna

# All that European alphabets add to ASCII, without what looks like i, q or n beside an apostrophe.
_EUROPEAN = frozenset(map(chr, range(0xDF, 0x180))) - {"\u0131", "\u0138", "\u0149"}
# Letters that look like Latin ones. A label of nothing else spells another word to whoever reads it.
_LIKE_LATIN = frozenset("\u0430\u0441\u0435\u04bb\u0456\u0458\u04cf\u043e\u0440\u0455\u0445\u0443\u0501\u051b\u051d")
_LIKE_LATIN |= frozenset("\u043a\u043c\u0442\u0433\u043f\u0438\u044c\u0432\u043d\u04bd\u0475\u0461\u0491")
_LIKE_LATIN |= frozenset("\u03b1\u03b9\u03ba\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7\u03c9\u03b7\u03b3\u03b5\u03c3\u03c2")
# The same in Armenian, Ethiopic, Georgian, Hebrew and Thai.
_LIKE_LATIN |= frozenset("\u0561\u0563\u0566\u0567\u056c\u0570\u0575\u0578\u057d\u0581\u0582\u0584\u0585")
_LIKE_LATIN |= frozenset("\u1200\u1220\u1230\u1260\u1270\u1290\u12a8\u12d0\u12d8\u1320\u1350")
_LIKE_LATIN |= frozenset("\u10d8\u10dd\u10e7\u10e3\u10ee\u10ff")
_LIKE_LATIN |= frozenset("\u05d3\u05d5\u05d7\u05d9\u05df\u05e1")
_LIKE_LATIN |= frozenset("\u0e17\u0e19\u0e1a\u0e1e\u0e23\u0e2b\u0e40\u0e41\u0e50\u0e14\u0e25\u0e1b\u0e1f\u0e21")
# An o, a dash and a slash in Japanese.
_LIKE_LATIN |= frozenset("\u3007\u30fc\u4e00\u30ce")
# Han characters whose names do not begin with that of their script: the iteration mark, the closing mark, and zero.
_HAN = frozenset("\u3005\u3006\u3007")
# Scripts that are written together. UTS 39 lets Latin join them; next to it, a circle or a dash would pass for its own.
_TOGETHER = (
    frozenset({"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"}),
    frozenset({"CJK", "HANGUL"}),
    frozenset({"CJK", "BOPOMOFO"}),
)


def as_written(label: str) -> str:
    """Return ``label`` in the script that people write it in, or as it is if that could pass for another."""
    if not label.startswith("xn--"):
        return label
    try:
        written = idna.ulabel(label)
    except idna.IDNAError:
        return label
    return written if _is_unmistakable(written) else label


def _is_unmistakable(label: str) -> bool:
    foreign = {letter for letter in label if not letter.isascii()}
    if foreign <= _EUROPEAN:
        return True
    letters = {letter for letter in label if not (letter.isascii() and (letter.isdigit() or letter == "-"))}
    if any(letter.isascii() for letter in letters) or letters <= _LIKE_LATIN:
        return False
    scripts = frozenset(map(_script, letters))
    if scripts & {"LATIN", "COMBINING"}:
        return False
    return len(scripts) == 1 or any(scripts <= together for together in _TOGETHER)


def _script(letter: str) -> str:
    return "CJK" if letter in _HAN else unicodedata.name(letter, "COMBINING").partition(" ")[0]
