"""From the bytes that a stranger sent to an XML tree that can be walked without harm.

Document types are refused altogether: no autoconfig file needs one, and entities, external ones and those that grow
without end, are declared nowhere else.
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from defusedxml import DefusedXmlException
from defusedxml import ElementTree as SafeElementTree

from app.mail.documents import LONGEST_DOCUMENT

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

# Those in which XML about mail is written. Python knows others which are no encodings of text at all.
_ENCODINGS = frozenset(
    {"ascii", "us-ascii", "utf-8", "utf8", "utf-16", "latin1", "koi8-r", "shift_jis", "euc-jp", "iso-2022-jp", "gb2312"}
    | {f"iso-8859-{part}" for part in (1, 2, 5, 9, 13, 15)}
    | {f"windows-125{part}" for part in range(8)}
)
# What markup for reading puts on a line of its own, or behind which it begins one.
_LINES = frozenset({"br", "div", "li", "ol", "p", "ul"})
_DECLARED = re.compile(rb"""\s*<\?xml\s[^>]{0,100}?\bencoding\s*=\s*["']([\w.-]{1,40})["']""", re.ASCII)


class NotXml(Exception):
    """The bytes are no document that may be read."""


def tree_of(document: bytes) -> "Element":
    """Return the root of ``document``. Raises NotXml, and nothing else, whatever the bytes are."""
    if len(document) > LONGEST_DOCUMENT:
        raise NotXml
    try:
        # Many a script prints an empty line before the document, which XML forbids and no mail program minds.
        root: Element = SafeElementTree.fromstring(_text_of(document).strip(), forbid_dtd=True)
    except (SafeElementTree.ParseError, DefusedXmlException, UnicodeError) as error:
        raise NotXml from error
    return root


def _text_of(document: bytes) -> str:
    if document.startswith(codecs.BOM_UTF8):
        return document.decode("utf-8-sig")
    if document.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return document.decode("utf-16")
    for start, encoding in ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be")):
        if document.startswith(start):
            return document.decode(encoding)
    declared = _DECLARED.match(document)
    encoding = declared[1].decode("ascii").lower() if declared else "utf-8"
    if encoding not in _ENCODINGS:
        raise NotXml
    return document.decode(encoding)


def children(elements: Iterable["Element"], name: str) -> Iterator["Element"]:
    """Return those of ``elements`` (an element stands for its children) that have the name, in small letters."""
    return (child for child in elements if name_of(child) == name)


def texts(elements: Iterable["Element"], name: str) -> list[str]:
    """Return what stands in the children of that name, without those that are empty."""
    return [text for child in children(elements, name) if (text := text_of(child))]


def text_of(element: "Element") -> str:
    """Return the text at the beginning of ``element``, without white space around it."""
    return (element.text or "").strip()


def words_of(element: "Element") -> str:
    """Return all the words in ``element`` on one line, also those inside markup, which itself is left out."""
    pieces: list[str] = []
    ahead: list[Element | str] = [element]
    while ahead:
        following = ahead.pop()
        if isinstance(following, str):
            pieces.append(following)
            continue
        pieces.append(following.text or "")
        for child in reversed(following):
            gap = " " if name_of(child) in _LINES else ""
            ahead += [gap + (child.tail or ""), child, gap]
    return " ".join("".join(pieces).split())


def name_of(element: "Element") -> str:
    """Return the name in small letters. Some files put everything into a namespace, which has no meaning here."""
    return str(element.tag).rpartition("}")[2].lower()
