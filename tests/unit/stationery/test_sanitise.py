"""What a design may not bring into a message, however it is written: read again as a browser reads it."""

import re

import html5lib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.stationery import removed, sanitised
from app.stationery.styles import safe
from tests.unit.stationery.corpus import CORPUS

URLS = {
    "src",
    "href",
    "background",
    "action",
    "formaction",
    "poster",
    "srcset",
    "data",
    "xlink:href",
    "cite",
    "longdesc",
}
RUNS = {
    "script",
    "style",
    "svg",
    "math",
    "iframe",
    "object",
    "embed",
    "form",
    "input",
    "button",
    "link",
    "meta",
    "base",
}
RUNS |= {"template", "noscript", "textarea", "select", "frameset", "audio", "video", "applet", "isindex", "portal"}


def faults(html: str) -> list[str]:
    """Return what a browser would run, ask for or fetch in ``html``."""
    found = []
    for element in html5lib.parse(html, namespaceHTMLElements=False).iter():
        if not isinstance(element.tag, str):
            found.append(f"a comment: {element.text}")
            continue
        if element.tag.rpartition("}")[2].lower() in RUNS:
            found.append(f"<{element.tag}>")
        for name, value in element.attrib.items():
            if re.match(r"on|hx-|data-(?!content$)|form|id$|class$|name$|ping$|target$", str(name).lower()):
                found.append(f"{name}={value}")
            if name in URLS and not (
                re.fullmatch(r"cid:[\w.+@-]+", value) if name == "src" else re.match(r"https?://|mailto:|tel:", value)
            ):
                found.append(f"{name}={value}")
            if name == "style" and re.search(
                r"url|\(|\\|@|expression|import|position|behavior|/\*", value, re.IGNORECASE
            ):
                found.append(f"style={value}")
    return found


@pytest.mark.parametrize("hostile", CORPUS, ids=lambda text: ascii(text)[1:50])
def test_nothing_of_it_runs_asks_or_is_fetched(hostile):
    clean = sanitised(hostile)
    assert faults(clean) == []
    # What is clean stays as it is, however often it is read and written.
    assert sanitised(clean) == clean


@pytest.mark.parametrize("hostile", CORPUS, ids=lambda text: ascii(text)[1:50])
def test_nor_between_others_or_inside_a_table(hostile):
    for around in ("<table><tr><td>{}</td></tr></table>", '<div title="{}"><p>{}', "<b><i>{}</b></i>{}", "{}{}"):
        assert faults(sanitised(around.replace("{}", hostile))) == []


TAGS = (
    "svg",
    "math",
    "style",
    "mtext",
    "mglyph",
    "table",
    "p",
    "noscript",
    "template",
    "title",
    "select",
    "xmp",
    "desc",
)
PIECES = st.sampled_from(
    [
        *(f"<{tag}>" for tag in TAGS),
        *(f"</{tag}>" for tag in TAGS),
        *(
            "<!--",
            "-->",
            "<a title='",
            "'>",
            '"',
            "`",
            "&lt;",
            "&#x3c;",
            "]]>",
            "<![CDATA[",
            "<div data-content>",
            "</div>",
        ),
        *("<img src=x onerror=alert(1)>", "<script>alert(1)</script>", "<annotation-xml encoding=text/html>"),
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=14).map("".join))
def test_no_mixture_of_tags_turns_into_something_else(mixture):
    clean = sanitised(mixture)
    assert faults(clean) == []
    assert sanitised(clean) == clean


@pytest.mark.parametrize(
    "style",
    [
        "background: url(https://x.test/a.png)",
        "background: URL('//x.test')",
        "background-image: image-set('a.png' 1x)",
        "background: u\\72l(x)",
        "background: u/**/rl(x)",
        "background: \\75\\72\\6c(x)",
        "width: expression(alert(1))",
        "behavior: url(x.htc)",
        "-moz-binding: url(x)",
        "position: fixed",
        "@import 'x'",
        "color: red; } body { background: url(x)",
        "font-family: 'a;background:url(x)",
        "list-style: url(x)",
        "list-style-image: url(x)",
        "cursor: url(x), auto",
        "content: url(x)",
        "filter: url(x)",
        "background: var(--x)",
        "background: env(x)",
        "background: attr(title)",
        "background: element(#x)",
        "background: cross-fade(url(x), url(y))",
        "color: {account.name}",
        "color: red\\",
        "z-index: 9",
        "--x: url(y)",
    ],
)
def test_a_style_neither_fetches_nor_leaves_its_place(style):
    kept = safe(f"{style}; color: red") or ""
    assert re.sub(r"(color|font-family): [\w' ]+(; )?", "", kept) == ""


def test_what_designs_are_made_of_stays():
    design = (
        '<table width="100%" style="border-collapse: collapse; background-color: #ffffff"><tbody><tr>'
        '<td align="center" bgcolor="{account.colour}" style="padding: 12px 0 calc(1px + 2%); '
        "font: 16px/1.5 'Segoe UI', sans-serif; "
        'color: rgb(1, 2, 3); border-top: 2px solid {account.colour} !important">'
        '<a href="mailto:{account.email}?subject=Re: {date}" rel="noopener noreferrer">Żółw &amp; Syn</a>&nbsp;'
        '<img src="cid:logo" width="120" alt="Logo"></td></tr></tbody></table>'
    )
    assert sanitised(design) == design


def test_what_was_taken_out_is_named():
    hostile = '<script>x</script><p onclick="x" hx-get="/y" style="background: url(z)"><img src="https://a.test/b.png">'
    assert removed(hostile, sanitised(hostile)) == ("<script>", "on…", "hx-…", "src", "url()", "background")
    assert removed("<p>a = b</p>", "<p>a = b</p>") == ()
    nowhere = '<a href="/accounts/">x</a> <a href="https://x.test">y</a>'
    assert removed(nowhere, sanitised(nowhere)) == ("href",)
    faded = (
        """<!--[if mso]>x<![endif]--><p class="a" style="color: red; position: fixed; font-family: &quot;A&quot;">"""
    )
    assert removed(faded, sanitised(faded)) == ("class", "<!-- -->", "position")


NESTING = ("<div>", "<b>", "<table><td>")


@pytest.mark.parametrize("length", [60_000])
@pytest.mark.parametrize("piece", ["<div>", "<b>", "<table><td>", "<!--", "<a ", "style='a:(", "&", "{", "<p onx="])
def test_a_long_design_is_read_in_time(piece, length):
    # No clock: a pattern that tries everything would not come back at all.
    text = (piece * length)[:length]
    clean = sanitised(text)
    # The browser's part is played by a parser that is no good at thousands of levels.
    assert faults(sanitised(text[: length // 10]) if piece in NESTING else clean) == []
    assert faults("".join(sorted(set(re.findall(r"<[^>]*>", clean))))) == []
    assert safe(text) is None
    removed(text, "")
