"""Between plain text and HTML: what somebody typed as paragraphs, and what HTML says to whoever reads plain text."""

import html
import re
from html.parser import HTMLParser

from app import stationery
from app.stationery import Piece

_LINE_ENDS = re.compile(r"\r\n?|[\u2028\u2029\x85\v\f]")
# Nothing that a person means: NUL and the like cannot be stored, shown or sent.
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")
_BLOCKS = frozenset(
    {"address", "article", "blockquote", "div", "dl", "dd", "dt", "fieldset", "figure", "footer", "h1", "h2", "h3"}
    | {"h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "table", "tr", "ul"}
)
# Elements with space around them.
_PARAGRAPHS = frozenset({"p", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "pre", "table", "ul"})
_UNSEEN = frozenset({"head", "script", "style", "template", "title"})


def cleaned(text: str) -> str:
    """Return ``text`` as it is kept: lines that end in a line feed, and no control characters but tabs."""
    return _CONTROLS.sub("", _LINE_ENDS.sub("\n", text))


# What a level of quotation is while HTML is read: somebody may have typed ">", but nobody this.
_QUOTE = "\0"


def html_of(text: str) -> str:
    """Return plain text as HTML: blank lines part paragraphs, line breaks stay, nothing in it is markup.

    Addresses of the web and of mail lead there.
    """
    paragraphs = [paragraph.strip("\n") for paragraph in re.split(r"\n[ \t]*\n", text)]
    return "\n".join(f"<p>{_lines(paragraph)}</p>" for paragraph in paragraphs if paragraph.strip())


def plain_text_of(content: str) -> str:
    """Return what HTML says, as plain text: paragraphs, lists, quotations, and where links lead."""
    reader = _Reader()
    reader.feed(content)
    reader.close()
    return reader.text()


def _lines(paragraph: str) -> str:
    # More than one space counts where somebody lined something up.
    spaced = re.sub(r"(?m)^ | (?= )", "\xa0", paragraph)
    return "".join(map(_piece, stationery.linked(spaced))).replace("\n", "<br>\n")


def _piece(piece: Piece) -> str:
    said = html.escape(piece.text, quote=False).replace("\xa0", "&nbsp;")
    return said if piece.address is None else f'<a href="{html.escape(piece.address)}">{said}</a>'


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = [""]
        self._quotes = 0
        self._unseen = 0
        self._verbatim = 0
        self._links: list[tuple[str, str]] = []
        self._lists: list[int | None] = []

    def text(self) -> str:
        """Return what was read."""
        joined = "\n".join(line.replace(_QUOTE, "> ").rstrip() for line in self._lines)
        return re.sub(r"\n{3,}", "\n\n", joined).strip("\n") + "\n"

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Begin what ``tag`` stands for."""
        self._unseen += tag in _UNSEEN
        if tag == "br":
            self._lines.append(self._margin)
        if tag in _BLOCKS:
            self._break(blank=tag in _PARAGRAPHS and not (tag in ("ol", "ul") and self._lists))
        self._quotes += tag == "blockquote"
        self._verbatim += tag == "pre"
        if tag == "blockquote":
            self._lines[-1] = self._margin
        if tag in ("ol", "ul"):
            self._lists.append(0 if tag == "ol" else None)
        given = dict(attributes)
        if tag == "li":
            self._write(self._bullet())
        elif tag == "hr":
            self._write("-" * 20)
        elif tag == "a":
            self._links.append((given.get("href") or "", self._lines[-1]))
        elif tag == "img" and given.get("alt"):
            self._write(f"[{given['alt']}]")
        elif tag in ("td", "th") and self._lines[-1].strip(_QUOTE + " "):
            self._write("| " if self._lines[-1].endswith(" ") else " | ")

    def handle_endtag(self, tag: str) -> None:
        """End what ``tag`` stands for."""
        self._unseen = max(0, self._unseen - (tag in _UNSEEN))
        self._verbatim = max(0, self._verbatim - (tag == "pre"))
        if tag == "a" and self._links:
            self._name_target(*self._links.pop())
        if tag in ("ol", "ul") and self._lists:
            self._lists.pop()
        if tag == "blockquote":
            self._quotes = max(0, self._quotes - 1)
            while len(self._lines) > 1 and not self._lines[-1].strip(_QUOTE + " "):
                self._lines.pop()
        if tag in _BLOCKS:
            self._break(blank=tag in _PARAGRAPHS and not self._lists)

    def handle_data(self, data: str) -> None:
        """Write words."""
        if self._unseen:
            return
        if self._verbatim:
            first, *others = data.split("\n")
            self._lines[-1] += first
            self._lines += [self._margin + other for other in others]
            return
        # A no-break space is a space to plain text; it is not one that may be dropped.
        words = re.sub(r"[ \t\n\r\f]+", " ", data)
        if not self._lines[-1].strip(_QUOTE + " ") or self._lines[-1].endswith(" "):
            words = words.lstrip(" ")
        self._write(words.replace("\xa0", " "))

    @property
    def _margin(self) -> str:
        return _QUOTE * self._quotes

    def _write(self, words: str) -> None:
        if not self._unseen:
            self._lines[-1] += words

    def _break(self, *, blank: bool) -> None:
        if self._lines[-1].strip(_QUOTE + " "):
            self._lines.append(self._margin)
        else:
            self._lines[-1] = self._margin
        if blank and len(self._lines) > 1 and self._lines[-2].strip(_QUOTE + " "):
            self._lines.append(self._margin)

    def _bullet(self) -> str:
        indent = "  " * max(0, len(self._lists) - 1)
        number = self._lists[-1] if self._lists else None
        if number is None:
            return f"{indent}- "
        self._lists[-1] = number + 1
        return f"{indent}{number + 1}. "

    def _name_target(self, target: str, before: str) -> None:
        said = self._lines[-1].removeprefix(before)
        if target.startswith(("http://", "https://")) and target.rstrip("/") not in said:
            self._write(f" ({target})")
