"""What is read from a message for lists: the usual, the odd, and anything at all."""

from base64 import b64encode
from datetime import UTC, datetime
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.fetching.parsing import Projection, project
from app.mail import content as content_module
from app.mail.content import Content


def message(*lines: str | bytes) -> Content:
    return Content.of(b"\r\n".join(line.encode() if isinstance(line, str) else line for line in lines))


USUAL = (
    "From: =?utf-8?q?Jan_=C5=BB=C3=B3=C5=82w?= <jan@firma.test>",
    "To: Anna <anna@skrzynka.test>, Ola <ola@skrzynka.test>",
    "Subject: =?utf-8?b?WmHFvMOzxYLEhyA=?= =?utf-8?b?Z8SZxZts?=",
    " =?utf-8?q?=C4=85?=",
    "Date: Mon, 02 Nov 2026 10:00:00 +0100",
    "Message-ID: <a@b>",
    "In-Reply-To: <c@d>",
    "References: <e@f>",
    " <c@d>",
    'Content-Type: multipart/mixed; boundary="outer"',
    "",
    "--outer",
    "Content-Type: multipart/alternative; boundary=inner",
    "",
    "--inner",
    "Content-Type: text/html; charset=utf-8",
    "",
    "<style>x {}</style><p>Dzień &amp; noc",
    "--inner",
    "Content-Type: text/plain; charset=iso-8859-2",
    "Content-Transfer-Encoding: quoted-printable",
    "",
    "Dzie=F1 dobry,",
    "> cytat",
    "tre=B6=E6",
    "--inner--",
    "--outer",
    "Content-Type: application/pdf",
    "Content-Disposition: attachment; filename*=utf-8''umowa%20%C5%BC.pdf",
    "Content-Transfer-Encoding: base64",
    "",
    "QUJD" * 10,
    "--outer",
    "Content-Type: message/rfc822",
    "",
    "Subject: inside",
    "",
    "x",
    "--outer--",
)


def test_the_usual_is_read():
    found = project(message(*USUAL))
    assert (found.from_name, found.from_address) == ("Jan Żółw", "jan@firma.test")
    assert found.subject == "Zażółć gęślą"
    assert found.to_text == "Anna <anna@skrzynka.test>, Ola <ola@skrzynka.test>"
    assert found.dated_at == datetime(2026, 11, 2, 9, tzinfo=UTC)
    assert (found.message_id, found.in_reply_to, found.references) == ("<a@b>", "<c@d>", "<e@f> <c@d>")
    assert found.snippet == "Dzień dobry, treść"
    assert [(each["name"], each["type"]) for each in found.attachments] == [
        ("umowa ż.pdf", "application/pdf"),
        ("", "message/rfc822"),
    ]
    assert found.search_text == "jan żółw jan@firma.test zażółć gęślą"
    assert not found.flawed


def test_html_alone_gives_its_text():
    found = project(
        message("Content-Type: text/html", "", "<head><title>x</title></head><b>Dzień</b>&nbsp;dobry<script>")
    )
    assert found.snippet == "Dzień dobry"


def test_of_headers_alone_nothing_else_is_expected():
    headers = message(*USUAL[:10], "", "")
    assert not project(headers, complete=False).flawed
    assert project(headers).flawed


@pytest.mark.parametrize(
    ("raw", "address"),
    [
        ("a@b.pl", ("", "a@b.pl")),
        ("<a@b.pl>", ("", "a@b.pl")),
        ('"Jan, Z." <a@b.pl>', ("Jan, Z.", "a@b.pl")),
        ("Jan (Firma) <a@b.pl>", ("Jan (Firma)", "a@b.pl")),
        ("a@b.pl (Jan)", ("Jan", "a@b.pl")),
        ("Grupa: a@b.pl, c@d.pl;", ("", "a@b.pl")),
        ('"Jan" (a (b) c) <a@b.pl>', ("Jan (a b c)", "a@b.pl")),
        ("=?utf-8?Q?Nowak,_Jan?= <a@b.pl>", ("Nowak, Jan", "a@b.pl")),
        ('"Jan \\"Z\\" Nowak" <a@b.pl>', ('Jan "Z" Nowak', "a@b.pl")),
        ('"Jan <a@b.pl>', ("Jan", "a@b.pl")),
        ("<@c.pl,@d.pl:a@b.pl>", ("", "a@b.pl")),
        ("żółw@żółty.pl", ("", "żółw@żółty.pl")),
        ("Poczta <MAILER-DAEMON>, a@b.pl", ("", "a@b.pl")),
        ("nobody", ("nobody", "")),
        ("", ("", "")),
    ],
)
def test_senders_are_read_however_they_are_written(raw: str, address: tuple[str, str]):
    found = project(message(f"From: {raw}", "", ""))
    assert (found.from_name, found.from_address) == address


@pytest.mark.parametrize(
    "raw",
    [
        "N <=?utf-8?q?evil=40x.test=3E=2C_other=40y.test?=>",
        "=?utf-8?q?evil=40x.test?=",
        "=?utf-8?q?evil?=@x.test",
        "<jan@firma.test@x.test>",
        "<jan@firma.test x>",
        "a:" * 4000,
        "(" * 4000,
    ],
)
def test_no_address_is_made_up_from_what_is_none(raw: str):
    assert project(message(f"From: {raw}", "", "")).from_address == ""


@pytest.mark.parametrize(
    "piece",
    [b"=?", b"=?a?q?", b'"', b'\\"', b"(", b"\\(", b"<", b"a:", b"\x0b", b"a@", b" ", b"\r\n ", b";a=", b"=?a?q?b?="],
)
def test_what_a_header_holds_takes_time_in_proportion(piece: bytes):
    block = b"".join(
        name + b": x" + piece * (60_000 // len(piece)) + b"y\r\n" for name in (b"From", b"To", b"Content-Type")
    )
    begun = perf_counter()
    project(Content.of(b"Subject: " + piece * (60_000 // len(piece)) + b"\r\n" + block + b"\r\nx"))
    assert perf_counter() - begun < 1, "what grows with the square takes minutes"


def test_a_large_message_is_read_without_being_held(monkeypatch):
    monkeypatch.setattr(content_module, "MOST_IN_MEMORY", 1000)
    large = Content()
    for line in (*USUAL[:-8], "x" * 3_000_000, *USUAL[-8:]):
        large.write(line.encode() + b"\r\n")
    assert large.weight == 0
    found = project(large)
    assert [each["type"] for each in found.attachments] == ["application/pdf", "message/rfc822"]
    small = Content.of(b"".join(large.chunks()))
    assert small.digest == large.digest
    large.close()


# Pieces that mean something, put together at random.
PIECES = st.lists(
    st.one_of(
        st.binary(max_size=12),
        st.sampled_from(
            [
                *(b"%s: " % name for name in (b"From", b"To", b"Subject", b"Date", b"Content-Type", b"References")),
                *(
                    b"\r\n",
                    b"\n",
                    b"\r\n\r\n",
                    b"\r\n ",
                    b"--x",
                    b"--x--",
                    b"multipart/mixed; boundary=x",
                    b"text/html",
                ),
                *(b"=?utf-8?b?", b"=?utf-16?q?=D8?=", b"?=", b"<", b">", b"@", b"(", b'"', b"\\", b"\0", b"<!--"),
                *(
                    b"Content-Transfer-Encoding: base64\r\n",
                    b"filename*0*=utf-8''%ff",
                    b"; name*=x'y'%00",
                    b"charset=hex",
                ),
            ]
        ),
    ),
    max_size=60,
)


@given(PIECES)
def test_nothing_that_a_message_holds_is_too_much(pieces: list[bytes]):
    found = project(Content.of(b"".join(pieces)))
    assert isinstance(found, Projection)
    for text in (found.subject, found.from_name, found.from_address, found.to_text, found.snippet):
        assert "\0" not in text
        text.encode("utf-8")
    for each in found.attachments:
        assert "\0" not in str(each["name"])
        str(each["name"]).encode("utf-8")
    for one in (found.message_id, found.in_reply_to):
        assert one is None or (one.isascii() and len(one) < 998)


ZOLW = "Wieść: gęś i źrebię („ŚĄŹ”)"


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("us-ascii", "utf-8"),
        ("iso-8859-1", "utf-8"),
        ("windows-1252", "utf-8"),
        ("unknown-8bit", "utf-8"),
        ("", "utf-8"),
        ("", "cp1250"),
        ("us-ascii", "cp1250"),
        ("utf-8", "cp1250"),
        ("unknown-8bit", "cp1250"),
        ("iso-8859-2", "cp1250"),
        ("", "iso8859_2"),
        ("us-ascii", "iso8859_2"),
        ("utf-8", "iso8859_2"),
        ("iso-8859-2", "iso8859_2"),
        ("windows-1250", "cp1250"),
    ],
)
def test_a_text_is_read_although_its_character_set_was_told_wrong_or_not_at_all(said: str, written: str):
    text = ZOLW if written != "iso8859_2" else ZOLW.replace("„", "").replace("”", "")
    raw = text.encode(written)
    kind = f"Content-Type: text/plain; charset={said}" if said else "X-Nothing: said"
    found = project(
        message(b"From: " + "Gęś".encode(written) + b" <jan@firma.test>", b"Subject: " + raw, kind, "", raw)
    )
    assert (found.snippet, found.subject, found.from_name) == (text, text, "Gęś")
    word = b"Subject: =?%s?b?%s?=" % (said.encode() or b"x", b64encode(raw))
    assert project(message(word, "", "")).subject == text
