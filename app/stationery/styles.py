"""Which inline styles a design may have. Every declaration is judged by itself; what is not known to be safe goes."""

import re

# Nothing here takes an element out of its place, runs anything, or asks for a file.
_PROPERTIES = re.compile(
    r"""
    background(-color)? | color(-scheme)? | opacity | display | float | clear | direction | box-sizing | vertical-align
    | (margin|padding)(-(top|right|bottom|left))? | ((min|max)-)?(width|height)
    | border(-(top|right|bottom|left))?(-(color|style|width))? | border(-(top|bottom)-(left|right))?-radius
    | border-(collapse|spacing) | table-layout | list-style-type
    | font(-(family|size|style|variant|weight))? | line-height | text-(align|decoration|indent|transform)
    | (letter|word)-spacing | white-space | word-(break|wrap) | overflow-wrap
    """,
    re.VERBOSE,
)
_FUNCTIONS = frozenset({"rgb", "rgba", "hsl", "hsla", "calc", "min", "max", "clamp"})
# No backslash (an escape may spell anything), no comment, no @, no brace: url(), expression() and the like cannot hide.
_VALUE = re.compile(r"""[\w\s.,#%()!+*/'"-]{1,300}""")
_STRING = re.compile(r""""[^"']*"|'[^"']*'""")
# The one placeholder that a style may hold; its value is a colour and nothing else.
COLOUR_PLACEHOLDER = "{account.colour}"


def safe(style: str) -> str | None:
    """Return the declarations of ``style`` that are safe, or None where none is."""
    kept = []
    for declaration in style.split(";"):
        name, _colon, value = declaration.partition(":")
        name, value = name.strip().lower(), value.strip()
        if _PROPERTIES.fullmatch(name) and _is_safe(value):
            kept.append(f"{name}: {value}")
    return "; ".join(kept) or None


def _is_safe(value: str) -> bool:
    value = value.replace(COLOUR_PLACEHOLDER, "red")
    if not _VALUE.fullmatch(value) or "/*" in value or "*/" in value:
        return False
    # What stands between quotation marks is a name; one mark alone would swallow what follows.
    bare = _STRING.sub("", value)
    if "'" in bare or '"' in bare or bare.count("(") != bare.count(")"):
        return False
    functions = re.findall(r"([\w-]*)\s*\(", bare)
    return all(name.lower() in _FUNCTIONS or not name for name in functions)
