"""A message as it travels: whole lines, headers that say what was meant, and a size that is right."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.sending.attachments import file_name, media_type
from app.sending.compose import File, InlineImage, Letter, compose
from app.sending.content import cleaned, html_of
from app.sending.header_text import flaw_of, message_ids, single_spaced
from app.sending.headers import Head, HeaderNotKept, written
from app.sending.recipients import Recipient

MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
POLISH = "Zażółć gęślą jaźń, a potem jeszcze dłuższy temat z wieloma słowami i polskimi literami"
words = st.one_of(
    st.text(max_size=120),
    st.text(alphabet='ab =?_żółć"\\,<>@:;()[].', max_size=200),
    st.text(alphabet="Zażółć gęślą jaźń a b", min_size=60, max_size=300),
)


def head(subject: str = "Temat", name: str = "Jan", **more: object) -> Head:
    to = [Recipient(name, "jan@firma.pl"), Recipient("", "żółw@firma.pl")]
    return Head(Recipient("Biuro", "biuro@firma.pl"), to, [], subject, MOMENT, "<a@firma.pl>", **more)  # type: ignore[arg-type]  # any field


def sent(letter: Letter) -> tuple[bytes, EmailMessage]:
    rendered = compose(letter)
    wire = b"".join(rendered.pieces())
    assert len(wire) == rendered.size
    assert wire == b"".join(compose(letter).pieces()), "a second try must send the same bytes"
    assert wire.count(b"\n") == wire.count(b"\r") == wire.count(b"\r\n")
    assert max(len(line) for line in wire.split(b"\r\n")) <= 998
    return wire, message_from_bytes(wire, policy=policy.default)  # type: ignore[return-value]  # what the policy says


@given(words, words)
@settings(max_examples=300, deadline=None)
def test_a_header_says_what_was_meant_or_is_not_written(subject: str, name: str) -> None:
    subject, name = single_spaced(subject), single_spaced(name)[:200].strip()
    if flaw_of(subject) or flaw_of(name):
        return
    # Compares by itself what it has written with what was meant.
    lines = written(head(subject, name))
    assert lines.count(b"\r\nBcc:") == 0
    assert len(lines.split(b"\r\nSubject: ")) == 2


@pytest.mark.parametrize("subject", ["a\r\nBcc: x@firma.pl", "a\nb", "=?utf-8?q?a=0D=0ABcc:_x=40y.pl?="])
def test_a_header_that_would_become_another_is_not_written(subject: str) -> None:
    with pytest.raises(HeaderNotKept):
        written(head(subject))


def test_only_what_no_person_has_written_says_so() -> None:
    assert b"\r\nAuto-Submitted: auto-generated\r\n" in written(head(automatic=True))
    assert b"Auto-Submitted" not in written(head())


def test_a_long_polish_subject_keeps_its_spaces() -> None:
    wire, message = sent(Letter(head(POLISH), "<p>x</p>"))
    assert message["Subject"] == POLISH
    assert max(len(line) for line in wire.partition(b"\r\n\r\n")[0].split(b"\r\n")) <= 78


def test_no_boundary_begins_like_another_and_related_says_what_its_root_is() -> None:
    file = File("umowa.pdf", "application/pdf", 1, lambda: [b"x"])
    _wire, message = sent(Letter(head(), "<p>x</p>", [InlineImage("logo", "image/png", b"\x89PNG")], [file]))
    parts = [part for part in message.walk() if part.is_multipart()]
    assert [part.get_content_subtype() for part in parts] == ["mixed", "alternative", "related"]
    assert parts[2].get_param("type") == "text/html"
    boundaries = [part.get_boundary() or "" for part in parts]
    for boundary in boundaries:
        assert [other for other in boundaries if other.startswith(boundary)] == [boundary]


@given(st.text(max_size=400), st.binary(max_size=400))
@settings(max_examples=100, deadline=None)
def test_any_text_and_any_file_arrive(text: str, content: bytes) -> None:
    html = html_of(cleaned(text))
    pieces = [content[:7], content[7:90], content[90:]]
    file = File("umowa żółta.bin", "application/pdf", len(content), lambda: pieces)
    image = InlineImage("logo", "image/png", b"\x89PNG")
    _wire, message = sent(Letter(head(), html, [image], [file]))
    (found,) = message.iter_attachments()
    assert found.get_payload(decode=True) == content
    assert found.get_filename() == "umowa żółta.bin"
    body = message.get_body(["html"])
    assert body is not None
    assert body.get_content().replace("\r\n", "\n").strip() == html.strip()


def test_the_thread_is_kept() -> None:
    ids = message_ids("<one@x.pl> rubbish <two@x.pl> <one@x.pl> <no at> <a\r\nb@x.pl>")
    assert ids == ["<one@x.pl>", "<two@x.pl>"]
    _wire, message = sent(Letter(head(in_reply_to=ids[-1], references=ids), ""))
    assert message["In-Reply-To"] == "<two@x.pl>"
    assert message["References"].split() == ids


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("C:\\dom\\umowa żółta.pdf", "umowa żółta.pdf"),
        ("../../etc/passwd", "passwd"),
        ("a\r\nb.txt", "a b.txt"),
        ("", "file"),
        ("<>", "file"),
        ("x" * 300 + ".pdf", "x" * 146 + ".pdf"),
        ("=?utf-8?q?x?=.exe", "file"),
    ],
)
def test_files_travel_under_a_plain_name(typed: str, kept: str) -> None:
    assert file_name(typed) == kept


def test_the_kind_of_a_file_is_what_its_name_says() -> None:
    assert [media_type(name) for name in ("a.pdf", "a", "a.tar.gz", "a.eml")] == [
        "application/pdf",
        "application/octet-stream",
        "application/octet-stream",
        "message/rfc822",
    ]
