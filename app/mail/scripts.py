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
# Scripts that are written together.
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
    scripts = frozenset(unicodedata.name(letter, "COMBINING").partition(" ")[0] for letter in letters)
    if scripts & {"LATIN", "COMBINING"}:
        return False
    return len(scripts) == 1 or any(scripts <= together for together in _TOGETHER)
