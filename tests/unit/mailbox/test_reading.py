"""Messages taken apart and answered: the usual, and anything at all."""

import base64
import quopri
from datetime import UTC, datetime
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.fetching.parsing import project
from app.mail.content import Content
from app.mailbox import file_data, read, reply_to, shown
from app.mailbox import reading as reading_module

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def message(*lines: str) -> Content:
    return Content.of("\r\n".join(lines).encode())


def test_texts_of_a_list_stand_below_each_other():
    said = ("Content-Type: multipart/mixed; boundary=x", "", "--x", "", "one", "--x", "", "two", "--x--")
    assert read(message(*said)).text.split() == ["one", "two"]


def test_base64_is_decoded_however_it_is_broken_into_lines(monkeypatch):
    monkeypatch.setattr(reading_module, "_BLOCK", 7)
    head = ("Content-Type: multipart/mixed; boundary=x", "", "--x", "Content-Disposition: attachment; filename=a")
    content = message(*head, "Content-Transfer-Encoding: base64", "", "SGV", "sbG8g", "d29y", "bGQ", "--x--")
    (file,) = read(content).files
    data = file_data(content, file.number)
    assert data is not None
    assert b"".join(data[1]) == b"Hello world"


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4, 56, 57, 58, 1000, 11_000, 20_000, 100_000])
@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "8bit"])
def test_a_file_is_as_large_as_it_will_be_when_it_is_saved(size, encoding):
    data = "ż".encode() * (size // 2) + b"a" * (size % 2)
    codecs = {"base64": base64.encodebytes, "quoted-printable": quopri.encodestring, "8bit": bytes}
    head = b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Disposition: attachment; filename=a\r\n"
    encoded = codecs[encoding](data).replace(b"\n", b"\r\n")
    content = Content.of(head + f"Content-Transfer-Encoding: {encoding}\r\n\r\n".encode() + encoded + b"\r\n--x--")
    (file,) = read(content).files
    saved = file_data(content, file.number)
    assert saved is not None
    length = sum(map(len, saved[1]))
    assert abs(length - size) <= 2, "but for a line's end"
    assert file.size == length if size < 5000 else file.size >= length
    assert encoding == "quoted-printable" or abs(file.size - length) <= length // 1000


def test_an_invitation_is_a_file():
    reading = read(message("Content-Type: text/calendar; method=REQUEST", "", "BEGIN:VCALENDAR", "END:VCALENDAR"))
    assert [(each.number, each.name, each.media_type) for each in reading.files] == [(0, "invite.ics", "text/calendar")]
    assert reading.text == ""
    head = (
        "Content-Type: multipart/alternative; boundary=x",
        "",
        "--x",
        "Content-Type: text/html",
        "",
        "<p>Come",
        "--x",
    )
    both = read(message(*head, "Content-Type: text/calendar", "Content-ID: <a>", "", "BEGIN:VCALENDAR", "--x--"))
    assert (both.html.strip(), [each.name for each in both.files]) == ("<p>Come", ["invite.ics"])


def test_another_version_of_the_text_is_no_file():
    head = (
        "Content-Type: multipart/alternative; boundary=x",
        "",
        "--x",
        "",
        "text",
        "--x",
        "Content-Type: text/x-amp-html",
    )
    assert read(message(*head, "", "<html amp>", "--x--")).files == []


@pytest.mark.parametrize(
    ("inner", "name"),
    [
        (("Subject: =?utf-8?q?=C5=BB=C3=B3=C5=82w?=", "", "x"), "Żółw.eml"),
        (("From: a@b.test", "", "x"), "message.eml"),
        ((), "message.eml"),
    ],
)
def test_an_attached_message_is_called_by_its_subject(inner, name):
    head = ("Content-Type: multipart/mixed; boundary=x", "", "--x", "Content-Type: message/rfc822", "", *inner, "--x--")
    assert [each.name for each in read(message(*head)).files] == [name]


def test_an_attached_message_keeps_its_name():
    head = ("Content-Type: multipart/mixed; boundary=x", "", "--x", "Content-Type: message/rfc822; name=a.eml", "")
    assert [each.name for each in read(message(*head, "Subject: b", "", "c", "--x--")).files] == ["a.eml"]


@pytest.mark.parametrize(
    "kind", ["multipart/mixed", "multipart/mixed; boundary=other", "multipart/alternative; boundary="]
)
def test_what_cannot_be_taken_apart_is_shown_as_it_is(kind):
    content = message(f"Content-Type: {kind}", "", "--x", "Content-Type: text/plain", "", "Dzień dobry", "--x--")
    reading = read(content)
    assert reading.flawed
    assert "Dzień dobry" in reading.text
    assert "Dzień dobry" in project(content).snippet


def test_a_text_without_end_is_cut(monkeypatch):
    monkeypatch.setattr(reading_module, "LONGEST_TEXT", 10)
    reading = read(message("", "x" * 100))
    assert (reading.text, reading.cut) == ("x" * 10, True)


@given(st.binary(max_size=400))
def test_anything_can_be_read_answered_and_shown(raw: bytes):
    for head in (b"", b"Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/html\n\n"):
        content = Content.of(head + raw)
        reading = read(content)
        reply_to(reading, NOON)
        html = shown(reading, lambda number: f"/images/{number}", remote=False)
        assert "<script" not in html.lower()
        for file in reading.files:
            assert file_data(content, file.number) is not None


@pytest.mark.parametrize(
    "subject", ["Oferta", "Re: Oferta", "RE: Oferta", "Odp: Oferta", "AW: Oferta", "re[2]: Oferta", "Re : Oferta"]
)
def test_a_subject_gets_one_mark(subject):
    assert reply_to(read(message(f"Subject: {subject}", "", "")), NOON).subject == "Re: Oferta"


def test_an_answer_goes_where_the_sender_wants_it():
    reply = reply_to(read(message("From: a@firma.test", "Reply-To: Biuro <b@firma.test>", "", "")), NOON)
    assert reply.to == '"Biuro" <b@firma.test>'


def test_others_are_those_who_got_it_each_once_but_for_oneself():
    head = (
        "From: Jan <jan@firma.test>",
        'To: "Biuro" <BIURO@infirma.test>, Ola <ola@firma.test>, nobody, Zespół: a@firma.test, b@firma.test;',
        "Cc: OLA@firma.test, jan@firma.test, =?utf-8?q?=C5=BB=C3=B3=C5=82w?= <c@firma.test>",
    )
    reply = reply_to(read(message(*head, "", "")), NOON, ["biuro@infirma.test"])
    assert reply.to == '"Jan" <jan@firma.test>'
    assert reply.cc == '"Ola" <ola@firma.test>, a@firma.test, b@firma.test, "Żółw" <c@firma.test>'


def test_html_is_quoted_as_text():
    head = ("From: a@b.test", "Content-Type: text/html", "", "<style>x</style><p>One &amp; two</p><p>three<br>four</p>")
    assert reply_to(read(message(*head)), NOON).quote == "> One & two\n> three\n> four"


@pytest.mark.parametrize("subject", ["More: less", "Fire: now"])
def test_a_word_that_ends_like_the_mark_is_none(subject):
    assert reply_to(read(message(f"Subject: {subject}", "", "")), NOON).subject == f"Re: {subject}"


def test_an_answer_to_a_stranger_who_gives_no_address_goes_to_nobody():
    assert reply_to(read(message("From: " + "a:" * 4000, "", "")), NOON).to == ""


@pytest.mark.parametrize("piece", ["<br ", "<style ", "</style ", "<!-- ", "&amp", "\n", "<"])
def test_html_is_quoted_in_time_in_proportion(piece):
    begun = perf_counter()
    reply_to(read(message("Content-Type: text/html", "", piece * 100_000)), NOON)
    assert perf_counter() - begun < 2, "what grows with the square takes minutes"


@pytest.mark.parametrize(
    ("href", "kept"),
    [
        ("https://firma.test/x", True),
        (" HTTP://firma.test", True),
        ("mailto:jan@firma.test", True),
        ("tel:+48 22 1234567", True),
        ("/accounts/1/remove", False),
        ("/accounts/1/remove?a:b", False),
        ("?a:b", False),
        ("//firma.test/x", False),
        ("javascript:alert(1)", False),
        ("cid:logo", False),
        # A browser reads what follows its page's own scheme as relative to that page, unless there are two slashes.
        ("https:/accounts/1/remove", False),
        ("https:accounts/", False),
        ("https:\\accounts/", False),
        ("https:/&#9;/accounts/", False),
        # No schemes: a letter, and a space, that only look like it.
        ("http\u017f://x/../../../accounts/1", False),
        ("\xa0https://x/../../../accounts/1", False),
        ("&#1;https:/accounts/", False),
    ],
)
def test_links_lead_elsewhere_or_nowhere(href, kept):
    html = shown(read(message("Content-Type: text/html", "", f'<a href="{href}">x</a>')), str, remote=False)
    assert ("href=" in html) is kept


@pytest.mark.parametrize(
    "source",
    [
        "https://t.test/1.png",
        "HTTP://t.test/1.png",
        " https://t.test/1.png ",
        "//t.test/1.png",
        "cid:unknown",
        "data:image/png;base64,AA",
        "/accounts/1",
        "javascript:x",
    ],
)
def test_no_image_is_shown_from_elsewhere(source):
    reading = read(message("Content-Type: text/html", "", f'<img src="{source}"><img srcset="{source}">'))
    html = shown(reading, str, remote=False)
    assert "src=" not in html
    assert "t.test" not in html


def placed(image: str) -> str:
    """Return what is shown of an image of another server."""
    html = shown(read(message("Content-Type: text/html", "", image)), str, remote=False)
    return html.partition("<body>")[2].partition("</body>")[0].strip()


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("", '<span class="left-out"></span>'),
        (
            'alt="Rabat &amp; &quot;więcej&quot; &lt;b&gt;"',
            '<span class="left-out" role="img" aria-label="Rabat &amp; &quot;więcej&quot; &lt;b&gt;">'
            "Rabat &amp; &quot;więcej&quot; &lt;b&gt;</span>",
        ),
        (
            'width=600 height="200px"',
            '<span class="left-out" style="width: 600px; height: 200px; aspect-ratio: 600 / 200"></span>',
        ),
        ('width="50%" height=auto', '<span class="left-out" style="width: 50%"></span>'),
        (
            "width=1 style=\"height: auto; position: fixed; font-family: 'A'\"",
            '<span class="left-out" style="width: 1px; height: auto; font-family: &#x27;A&#x27;"></span>',
        ),
    ],
)
def test_an_image_that_is_not_shown_leaves_its_room_and_its_words(said, place):
    assert placed(f'<img src="https://t.test/1.png" {said}>') == place


def test_what_only_looks_like_an_image_stays_what_it_is():
    assert placed("&lt;img alt=x&gt;") == "&lt;img alt=x&gt;"
    assert placed("<p title='<img alt=\"x\">'>text</p>").count("<span") == 0
    content = message(
        *("Content-Type: multipart/related; boundary=x", "", "--x", "Content-Type: text/html", ""),
        *('<img alt="ours" src="cid:a"><img alt=" src=">', "--x"),
        *("Content-Type: image/png", "Content-ID: <a>", "", "x", "--x--"),
    )
    html = shown(read(content), lambda _span: "/here", remote=False)
    assert html.count('src="/here"') == html.count("<img") == html.count("<span") == 1


@pytest.mark.parametrize("source", ["https:/accounts/1", "https:accounts/1", "http\u017f://x/../../../accounts/1"])
def test_no_image_is_a_page_of_ours(source):
    reading = read(message("Content-Type: text/html", "", f'<img src="{source}">'))
    assert "src=" not in shown(reading, str, remote=True)
