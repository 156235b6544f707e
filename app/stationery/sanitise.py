"""What may stand in a message: text, tables, images that are sent along. Nothing that runs, asks or is fetched.

Applied when a design is saved and again whenever it is shown or sent, so that neither an older rule nor a hand in the
database lets anything through.
"""

import re
from collections.abc import Callable
from html import unescape

import nh3

from app.stationery import styles
from app.stationery.taming import tamed

FRAME = "data-content"
IMAGE = re.compile(r"cid:[A-Za-z0-9][\w.+@-]{0,100}", re.ASCII)

_TAGS = (
    {
        "a",
        "abbr",
        "b",
        "bdi",
        "cite",
        "code",
        "del",
        "em",
        "font",
        "i",
        "ins",
        "kbd",
        "mark",
        "q",
        "s",
        "samp",
        "small",
        "span",
        "strike",
        "strong",
    }
    | {"sub", "sup", "u", "var", "br", "wbr", "img", "hr"}
    | {
        "address",
        "article",
        "aside",
        "blockquote",
        "center",
        "div",
        "figcaption",
        "figure",
        "footer",
        "header",
        "main",
        "p",
        "pre",
    }
    | {"section", "h1", "h2", "h3", "h4", "h5", "h6", "dd", "dl", "dt", "li", "ol", "ul"}
    | {"caption", "col", "colgroup", "table", "tbody", "td", "tfoot", "th", "thead", "tr"}
)
# Gone with all that stands in them.
_SWALLOWED = {
    "applet",
    "audio",
    "canvas",
    "embed",
    "frameset",
    "iframe",
    "noembed",
    "noframes",
    "noscript",
    "object",
    "video",
} | {"math", "plaintext", "script", "select", "style", "svg", "template", "textarea", "title", "xmp"}
_TABLE = {"align", "bgcolor", "height", "valign", "width"}
_ATTRIBUTES = {
    "*": {"align", "dir", "lang", "style", "title", FRAME},
    "a": {"href"},
    "col": {"span", "width"},
    "colgroup": {"span", "width"},
    "font": {"color", "face", "size"},
    "hr": {"size", "width", "color"},
    "img": {"alt", "border", "height", "hspace", "src", "vspace", "width"},
    "ol": {"start", "type"},
    "table": {"border", "cellpadding", "cellspacing", "role", *_TABLE},
    "td": {"colspan", "rowspan", *_TABLE},
    "th": {"colspan", "rowspan", "scope", *_TABLE},
    "tr": set(_TABLE),
    "tbody": set(_TABLE),
    "ul": {"type"},
}
_PLAIN = re.compile(r"[#\w .,%-]{0,100}")
# A control character is no text; some programs skip them, and would read what we did not.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
# What leads elsewhere from any page. "https:/x" does not: where a page has the same scheme, browsers read it as "/x".
_LINK = re.compile(r"[ \t\n]*(?:https?://|mailto:|tel:)", re.ASCII | re.IGNORECASE)
_SCHEMES = {"http", "https", "mailto", "tel", "cid"}


def sanitised(html: str) -> str:
    """Return ``html`` as it may stand in a message; the frame of the content keeps its mark."""
    return _cleaned(html, frames=True)


def sanitised_content(html: str) -> str:
    """Return the text of a message as it may stand inside the frame: what looks like another frame loses its mark."""
    return _cleaned(html, frames=False)


def sanitised_from_others(html: str, source: Callable[[str], str | None]) -> str:
    """Return what somebody else has written as it may be shown here.

    ``source`` is told where an image lies, and says where it is had from; None: it is left out.
    """

    def judge(tag: str, name: str, value: str) -> str | None:
        if name == FRAME:
            return None
        if (tag, name) == ("img", "src"):
            return source(value.strip())
        return _judged(tag, name, value)

    return nh3.clean(
        tamed(_CONTROL.sub("", html)),
        tags=_TAGS,
        clean_content_tags=_SWALLOWED,
        attributes=_ATTRIBUTES,
        attribute_filter=judge,
        url_schemes=_SCHEMES,
        # What ``source`` returns lies here.
        url_relative="pass_through",
    )


def removed(before: str, after: str) -> tuple[str, ...]:
    """Return what of ``before`` is not in ``after``, as people write it: only for telling them, so by its look."""
    named = [name for name, pattern in _TELLTALE.items() if _count(pattern, before) > _count(pattern, after)]
    return (*named, *sorted(_properties(before) - _properties(after))[:_MOST_PROPERTIES])


_TELLTALE = {
    **{
        f"<{tag}>": re.compile(rf"<{tag}\b", re.IGNORECASE)
        for tag in ("script", "style", "form", "input", "button", "iframe", "object", "embed", "svg", "link", "meta")
    },
    "on…": re.compile(r"[\s/\"']on[a-z]+\s*=", re.IGNORECASE),
    "hx-…": re.compile(r"[\s/\"'](?:data-)?hx-[\w:-]+", re.IGNORECASE),
    "srcset": re.compile(r"[\s/\"']srcset\s*=", re.IGNORECASE),
    "javascript:": re.compile(r"javascript\s*:", re.IGNORECASE),
    "class": re.compile(r"[\s/\"']class\s*=", re.IGNORECASE),
    "id": re.compile(r"[\s/\"']id\s*=", re.IGNORECASE),
    "<!-- -->": re.compile(r"<!--"),
    "src": re.compile(r"[\s/\"']src\s*=", re.IGNORECASE),
    "href": re.compile(r"[\s/\"']href\s*=", re.IGNORECASE),
    "url()": re.compile(r"url\s*\(", re.IGNORECASE),
}


_STYLE = re.compile(r"""[\s/"']style\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_MOST_PROPERTIES = 12


def _properties(html: str) -> set[str]:
    """Return the names of the styles that stand in style attributes."""
    declarations = (part for found in _STYLE.findall(html) for part in unescape("".join(found)).split(";"))
    names = (declaration.partition(":")[0].strip().lower() for declaration in declarations)
    return {name for name in names if re.fullmatch(r"[a-z-]{2,40}", name)}


def _count(pattern: re.Pattern[str], text: str) -> int:
    return len(pattern.findall(text))


def _cleaned(html: str, *, frames: bool) -> str:
    def judge(tag: str, name: str, value: str) -> str | None:
        if name == FRAME:
            return "" if frames else None
        return _judged(tag, name, value)

    return nh3.clean(
        _CONTROL.sub("", html),
        tags=_TAGS,
        clean_content_tags=_SWALLOWED,
        attributes=_ATTRIBUTES,
        attribute_filter=judge,
        url_schemes=_SCHEMES,
        url_relative="deny",
    )


def _judged(tag: str, name: str, value: str) -> str | None:
    """Return the value that an attribute may have, or None."""
    match tag, name:
        case _, "style":
            return styles.safe(value)
        case "img", "src":
            return value if IMAGE.fullmatch(value) else None
        case _, "href":
            return value if _LINK.match(value) else None
        case _, "alt" | "title" | "rel":
            return value
        case _:
            return value if value == styles.COLOUR_PLACEHOLDER or _PLAIN.fullmatch(value) else None
