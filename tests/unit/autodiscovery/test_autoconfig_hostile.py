"""Documents that are broken, wrong or made to do harm: refused at once, and never with another exception."""

import re
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from app.autodiscovery.autoconfig_xml import NotAutoconfig, Parsed, parse
from app.mail.documents import LONGEST_DOCUMENT
from tests.unit.autodiscovery.test_autoconfig import ADDRESS, CORPUS, IMAP, SMTP, document

# How long an example takes says more about the machine than about what is tested.
UNHURRIED = examples(deadline=None)
GOOD = document("<displayName>Firma</displayName>", IMAP, SMTP)
TEXT = GOOD.decode()
BOMB = "".join(f'<!ENTITY e{level} "{f"&e{level - 1};" * 10}">' for level in range(1, 12))
OUTSIDE = '<!DOCTYPE clientConfig [<!ENTITY x SYSTEM "{}">]>'

MALFORMED = {
    "nothing": b"",
    "white space": b" \n\t ",
    "zeros": b"\0" * 100,
    "noise": bytes(range(256)) * 4,
    "a text": b"Not found",
    "JSON": b'{"imap": {"host": "imap.firma.example"}}',
    "HTML": b"<!doctype html><html><head><title>Firma</title><body><p>Welcome<br></html>",
    "XHTML": b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body/></html>',
    "an Autodiscover answer": b'<?xml version="1.0"?><Autodiscover><Response><Account/></Response></Autodiscover>',
    "cut in the middle": GOOD[: len(GOOD) // 2],
    "cut in a name": GOOD[: GOOD.index(b"<hostname") + 5],
    "cut at its end": GOOD[:-1],
    "something behind it": GOOD + b"<more/>",
    "a text behind it": GOOD + b"bye",
    "two roots": GOOD + GOOD,
    "elements across": TEXT.replace("</hostname>", "</port>", 1).encode(),
    "not closed": TEXT.replace("</port>", "", 1).encode(),
    "an attribute twice": TEXT.replace('type="imap"', 'type="imap" type="pop3"').encode(),
    "an attribute without quotes": TEXT.replace('type="imap"', "type=imap").encode(),
    "a bare ampersand": TEXT.replace("Firma<", "Firma & Syn<").encode(),
    "an entity of HTML": TEXT.replace("Firma<", "Firma&nbsp;Syn<").encode(),
    "a control character": TEXT.replace("Firma<", "Fir\x01ma<").encode(),
    "a reference to zero": TEXT.replace("Firma<", "Firma&#0;<").encode(),
    "half a pair": TEXT.replace("Firma<", "Firma&#xd800;<").encode(),
    "a comment that does not end": TEXT.replace("<displayName>", "<!-- <displayName>").encode(),
    "CDATA that does not end": TEXT.replace("Firma<", "<![CDATA[Firma<").encode(),
    "a prefix without a namespace": TEXT.replace("<port>", "<x:port>", 1).replace("</port>", "</x:port>", 1).encode(),
    "two declarations": b"<?xml version='1.0'?><?xml version='1.0'?>" + GOOD,
    "latin-2 that says UTF-8": TEXT.replace("Firma", "Żółw").encode("iso-8859-2"),
    "UTF-8 that says UTF-16": b"<?xml version='1.0' encoding='utf-16'?>" + GOOD,
    "half a character": GOOD.replace(b"Firma", b"Firma\xc5"),
    "UTF-16 that ends early": TEXT.encode("utf-16")[:-1],
    "UTF-32": TEXT.encode("utf-32"),
    "UTF-7": b"<?xml version='1.0' encoding='utf-7'?>+ADw-clientConfig/+AD4-",
    "EBCDIC": TEXT.encode("cp037"),
    "an unknown encoding": b"<?xml version='1.0' encoding='klingon'?>" + GOOD,
    "a codec that is no encoding": b"<?xml version='1.0' encoding='rot13'?>" + GOOD,
    "a codec that unpacks": b"<?xml version='1.0' encoding='zlib'?>" + GOOD,
    "a document type": b"<!DOCTYPE clientConfig>" + GOOD,
    "a billion laughs": f"<!DOCTYPE clientConfig [<!ENTITY e0 'ha'>{BOMB}]>".encode()
    + GOOD.replace(b"Firma", b"&e11;"),
    "a quadratic blow-up": b"<!DOCTYPE c [<!ENTITY a '%s'>]><c>%s</c>" % (b"a" * 50_000, b"&a;" * 50_000),
    "a file of ours": OUTSIDE.format("file:///etc/passwd").encode() + GOOD.replace(b"Firma", b"&x;"),
    "a file from elsewhere": OUTSIDE.format("http://127.0.0.1:1/x").encode() + GOOD.replace(b"Firma", b"&x;"),
    "a parameter entity": b'<!DOCTYPE c [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>' + GOOD,
    "a foreign DTD": b'<!DOCTYPE clientConfig SYSTEM "http://127.0.0.1:1/x.dtd">' + GOOD,
    "one byte too many": GOOD + b" " * (LONGEST_DOCUMENT + 1 - len(GOOD)),
    "10 MB": GOOD.replace(b"Firma", b"F" * 10_000_000),
    "10 MB of elements": b"<clientConfig>" + b"<a/>" * 2_500_000 + b"</clientConfig>",
    "depth that does not end": b"<a>" * (LONGEST_DOCUMENT // 3),
}


@pytest.mark.parametrize("broken", MALFORMED.values(), ids=MALFORMED)
def test_what_is_broken_is_refused_at_once(broken):
    started = time.process_time()
    with pytest.raises(NotAutoconfig):
        parse(broken, ADDRESS)
    assert time.process_time() - started < 1.5


HEAVY = {
    "depth": document("<a>" * 30_000 + "</a>" * 30_000, IMAP),
    "many sections": document(*[IMAP] * 900),
    "many attributes": document("<a " + " ".join(f"a{number}=''" for number in range(20_000)) + "/>", IMAP),
    "a long name": document(f"<{'a' * 100_000}/>", IMAP),
    "a long value": document(f"<displayName>{'%A' * 100_000}</displayName>", IMAP),
    "many placeholders": document(IMAP.replace("%EMAILADDRESS%", "%EMAILADDRESS%" * 10_000)),
    "a long host": document(IMAP.replace("imap.firma", "a." * 50_000 + "firma")),
    "many comments": document("<!---->" * 30_000, IMAP),
    "many references": document(f"<displayName>{'&#65;' * 40_000}</displayName>", IMAP),
    "many domains": document("<domain>a</domain>" * 10_000, IMAP),
    "many links": document(*["<documentation url='https://a.example/'/>"] * 5_000, IMAP),
}


@pytest.mark.parametrize("heavy", HEAVY.values(), ids=HEAVY)
def test_what_is_heavy_costs_little(heavy):
    assert len(heavy) <= LONGEST_DOCUMENT
    tracemalloc.start()
    started = time.process_time()
    try:
        assert isinstance(parse(heavy, ADDRESS), Parsed)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert time.process_time() - started < 3
    assert peak < 100_000_000


def test_twice_as_much_takes_at_most_about_twice_as_long():
    def seconds(sections: int) -> float:
        heavy = document(*[IMAP] * sections)
        times = []
        for _ in range(5):
            started = time.process_time()
            parse(heavy, ADDRESS)
            times.append(time.process_time() - started)
        return min(times)

    assert seconds(800) < 4 * 8 * seconds(100)


@UNHURRIED
@given(st.binary(max_size=2000))
def test_any_bytes_are_read_or_refused(body):
    _read_or_refused(body)


SHAPES = [path.read_bytes() for path in sorted(CORPUS.glob("*.xml"))]
CUTS = st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 40), st.binary(max_size=12)), min_size=1, max_size=6)


@UNHURRIED
@given(st.sampled_from(SHAPES), CUTS)
def test_a_document_that_was_damaged_is_read_or_refused(shape, cuts):
    for place, length, put in cuts:
        start = place % (len(shape) + 1)
        shape = shape[:start] + put + shape[start + length :]
    _read_or_refused(shape)


WORDS = st.sampled_from(
    ["clientConfig", "emailProvider", "incomingServer", "outgoingServer", "hostname", "port", "username", "enable"]
)
LEAVES = st.builds(lambda word, text: f"<{word}>{re.sub('[<&]', '', text)}</{word}>", WORDS, st.text(max_size=12))
TREES = st.recursive(
    LEAVES,
    lambda inner: st.builds(
        lambda word, type_, parts: f"<{word} type='{type_}'>{''.join(parts)}</{word}>",
        WORDS,
        st.sampled_from(["imap", "smtp", "pop3", ""]),
        st.lists(inner, max_size=5),
    ),
    max_leaves=20,
)


@UNHURRIED
@given(st.lists(TREES, max_size=4), st.text(max_size=20))
def test_any_tree_and_any_address_are_read_or_refused(trees, local):
    _read_or_refused(document(*trees).replace(b"\r", b""), f"{local}@firma.example")


def _read_or_refused(body: bytes, address: str = ADDRESS) -> None:
    try:
        parsed = parse(body, address)
    except NotAutoconfig:
        return
    for ways in parsed.ways.values():
        for way in ways:
            assert re.fullmatch(r"[a-z0-9:.-]+", way.host)
            assert 1 <= way.port <= 65535
            assert way.username.isprintable()
