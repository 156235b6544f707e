"""Between plain text and HTML."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.sending.content import cleaned, html_of, plain_text_of


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two<br>lines</p>", "One\n\nTwo\nlines\n"),
        ("<h1>T</h1><p>a <b>b</b>  c</p>", "T\n\na b c\n"),
        ("<ul><li>a<li>b</ul><ol><li>x<li>y</ol>", "- a\n- b\n\n1. x\n2. y\n"),
        ("<p><a href='https://a.pl/x'>here</a></p>", "here (https://a.pl/x)\n"),
        ("<p><a href='https://a.pl/'>https://a.pl</a></p>", "https://a.pl\n"),
        ("<blockquote><p>said</p></blockquote><p>answer</p>", "> said\n\nanswer\n"),
        ("<p>seen</p><script>x</script><style>y</style>", "seen\n"),
        ("<pre>a\n  b</pre>", "a\n  b\n"),
        ("<p>a &lt;b&gt; &amp;</p>", "a <b> &\n"),
        ("<p>&gt;</p><p>a</p>", ">\n\na\n"),
        ("<p>x<img alt='logo' src='cid:1'></p>", "x[logo]\n"),
    ],
)
def test_html_is_read_as_text(html: str, text: str) -> None:
    assert plain_text_of(html) == text


def test_plain_text_becomes_paragraphs_without_markup() -> None:
    assert html_of(cleaned("a <b>\r\nc\r\n\r\n\r\nd")) == "<p>a &lt;b&gt;<br>\nc</p>\n<p>d</p>"


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("(https://a.pl/x).", '(<a href="https://a.pl/x">https://a.pl/x</a>).'),
        ("<https://a.pl/?a=1&b=2>", '&lt;<a href="https://a.pl/?a=1&amp;b=2">https://a.pl/?a=1&amp;b=2</a>&gt;'),
        ("a  https://a.pl  b", 'a&nbsp; <a href="https://a.pl">https://a.pl</a>&nbsp; b'),
        (
            "https://a.pl\nhttp://b.pl",
            '<a href="https://a.pl">https://a.pl</a><br>\n<a href="http://b.pl">http://b.pl</a>',
        ),
        ("ola@a.pl, javascript:x", '<a href="mailto:ola@a.pl">ola@a.pl</a>, javascript:x'),
    ],
)
def test_addresses_in_plain_text_lead_there(text: str, html: str) -> None:
    assert html_of(text) == f"<p>{html}</p>"
    # They say already where they lead.
    assert plain_text_of(html_of(text)) == text + "\n"


@given(st.text() | st.text(st.sampled_from("htps:/.@ąa&<>\"'()\n ")))
@example("https://a.pl/&lt;\"'")
def test_what_was_typed_is_kept_and_nothing_in_it_is_markup_but_links(text: str) -> None:
    html = html_of(cleaned(text))
    assert "<" not in re.sub(r'</?p>|<br>|<a href="[^"<>]*">|</a>', "", html)
    said = plain_text_of(html).split()
    assert said == cleaned(text).replace("\xa0", " ").split() or "\x1c" in text or "\x1f" in text
