"""What stands in the place of an image that is not shown: its room, and its words, without a browser's broken sign."""

import re
from html import escape, unescape

from app.stationery.marker import TAG

_ATTRIBUTE = re.compile(r'([\w:-]+)="([^"]*)"')
# As the standard reads widths and heights: what follows a number is no matter.
_LENGTH = re.compile(r"\s*(\d{1,5}(?:\.\d{1,3})?)(%?)")

STYLE = (
    # Whatever the style of an image says about its words, that was meant for another ground.
    ".left-out{background:#eef0f4!important;color:#566073!important;font:13px/1.4 sans-serif!important;"
    "display:inline-block;overflow:hidden;text-align:start;text-indent:.4em}"
    # Of no size that is known.
    ".left-out:not([style]){min-width:1.4em;min-height:1.4em;padding-inline-end:.4em}"
)


def with_places(html: str) -> str:
    """Return sanitised ``html``, in which images have lost their sources, with a place of the same size for each."""
    # Each tag is looked at, so that what looks like one inside a value is passed over with its own.
    return TAG.sub(lambda found: _place(found) if found[2] == "img" else found[0], html)


def _place(image: re.Match[str]) -> str:
    said = {name: unescape(value) for name, value in _ATTRIBUTE.findall(image[3])}
    if "src" in said:
        return image[0]
    words, style = said.get("alt", "").strip(), _style(said)
    styled = f' style="{escape(style)}"' if style else ""
    named = f' role="img" aria-label="{escape(words)}"' if words else ""
    return f'<span class="left-out"{styled}{named}>{escape(words)}</span>'


def _style(said: dict[str, str]) -> str:
    sizes = {name: _LENGTH.match(said.get(name, "")) for name in ("width", "height")}
    rules = [f"{name}: {size[1]}{size[2] or 'px'}" for name, size in sizes.items() if size is not None]
    width, height = sizes["width"], sizes["height"]
    if width is not None and height is not None and not width[2] + height[2]:
        # Where a style sets one of them the other one follows, as with an image.
        rules.append(f"aspect-ratio: {width[1]} / {height[1]}")
    return "; ".join([*rules, *filter(None, [said.get("style")])])
