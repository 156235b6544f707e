"""A text in a design: values are escaped, the text stays inside its frame and can be taken out again."""

from dataclasses import dataclass, replace

import html5lib
import pytest

from app.stationery import STARTERS, Values, render
from tests.unit.stationery.corpus import CORPUS
from tests.unit.stationery.framed import text_in
from tests.unit.stationery.test_sanitise import faults

HOSTILE = """"><script>alert(1)</script>{date}' & <b>"""
VALUES = Values(
    account_name="Biuro",
    account_email="biuro@infirma.pl",
    account_colour="#2f74d0",
    sender_name="Maria",
    sender_email="maria@infirma.pl",
    date="1 marca 2026",
    time="12:00",
    year="2026",
)


@dataclass
class Image:
    name: str
    content_id: str
    media_type: str = "image/png"
    data: bytes = b"x"


@dataclass
class Design:
    html: str
    images: tuple[Image, ...] = ()


TABLE = Design("<p>before {account.name}</p><table><tr><td data-content></td></tr></table><p>after</p>")


def frames(html: str):
    root = html5lib.parse(html, namespaceHTMLElements=False)
    return [element for element in root.iter() if "data-content" in element.attrib]


def test_the_text_stands_in_the_frame_and_the_values_around_it():
    done = render(TABLE, "<p>Dzień <b>dobry</b> {date}</p>", VALUES)
    assert text_in(done.html) == "<p>Dzień <b>dobry</b> {date}</p>"
    assert "before Biuro" in done.html
    assert done.html.startswith("<!doctype html>")
    assert done.images == ()


def test_without_a_design_the_message_is_plain():
    done = render(None, "<p>x</p>", VALUES)
    assert text_in(done.html) == "<p>x</p>"
    assert text_in("<p>a message of somebody else</p>") is None


@pytest.mark.parametrize("name", ["account_name", "account_email", "account_colour", "sender_name", "date"])
def test_a_value_is_never_html_nor_a_placeholder(name):
    placeholder = "{" + name.replace("_", ".", 1) + "}"
    design = Design(
        f'<p title="{placeholder}" style="color: {placeholder}">{placeholder}</p><img src="cid:{placeholder}">'
        f'<a href="https://x.test/?{placeholder}">x</a><div data-content></div>'
    )
    done = render(design, "text", replace(VALUES, **{name: HOSTILE}))
    assert faults(done.html.partition("<body>")[2]) == []
    assert "<script" not in done.html
    assert text_in(done.html) == "text"
    if name != "account_colour":
        assert "{date}" in done.html


def test_the_text_of_one_design_moves_into_another():
    text = "<p>Text</p><table><tbody><tr><td>1</td></tr></tbody></table><ul><li>a</li></ul>"
    designs = [None, TABLE, *(Design(source) for source in STARTERS.values())]
    kept = text
    for design in designs * 2:
        kept = text_in(render(design, kept, VALUES).html) or ""
    assert kept == text


@pytest.mark.parametrize("text", CORPUS, ids=lambda text: ascii(text)[1:50])
def test_no_text_breaks_out_of_its_frame(text):
    done = render(TABLE, text + "</td></tr></table></div></body><div data-content>", VALUES)
    (frame,) = frames(done.html)
    body = html5lib.parse(done.html, namespaceHTMLElements=False).find("body")
    assert [child.tag for child in body] == ["p", "table", "p"]
    assert frame.tag == "td"
    inside = text_in(done.html)
    assert text_in(render(TABLE, inside, VALUES).html) == inside


def test_only_images_that_are_shown_go_along_under_names_of_their_own():
    images = (Image("logo", "1@stationery"), Image("unused", "2@stationery"))
    done = render(
        Design('<img src="cid:logo"><img src="cid:gone" alt="x"><div data-content></div>', images),
        '<img src="cid:logo">',
        VALUES,
    )
    assert [image.content_id for image in done.images] == ["1@stationery"]
    assert '<img src="cid:1@stationery">' in done.html
    # The text's own image of the same name is not the design's.
    assert text_in(done.html) == '<img src="cid:logo">'
    assert '<img alt="x">' in done.html


@pytest.mark.parametrize(
    "source", ["", "<p>x</p>", "<div data-content></div>" * 2, "<li><div data-content></div></li>"]
)
def test_no_text_is_lost_in_a_design_that_was_broken_since(source):
    done = render(Design(source), "the text", VALUES)
    assert text_in(done.html) == "the text"
    assert len(frames(done.html)) == 1
