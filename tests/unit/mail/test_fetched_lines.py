"""Lines that are made to be slow to read cost no more than others."""

import time

import pytest

from app.mail.connection import LONGEST_LINE
from app.mail.dialogue import Answer
from app.mail.fetched_lines import FolderStatus, folder_of, item_of, status_of


@pytest.mark.parametrize(
    "part",
    [b"BODY[HEADER", b"BODY[HEADER] ", b'BODY[] "', b'BODY[] "\\', b"BODY[", b"FLAGS (", b" UID 1", b'INTERNALDATE "'],
)
def test_the_same_beginning_again_and_again_is_read_once(part: bytes):
    line = b"* 1 FETCH (UID 7 " + part * (LONGEST_LINE // len(part)) + b"\r\n"
    began = time.process_time()
    item_of(Answer(line))
    # From each of its thousands of beginnings to its end, it would be seconds.
    assert time.process_time() - began < 0.3


@pytest.mark.parametrize("part", [b"A", b"A ", b" (", b") ", b"MESSAGES 1", b'"', b"\\"])
@pytest.mark.parametrize(
    "line", [b"* STATUS INBOX (%s)\r\n", b'* STATUS "%s (MESSAGES 1)\r\n', b"* LIST (%s) NIL x\r\n"]
)
def test_a_folder_is_read_once_too(line: bytes, part: bytes):
    answer = Answer(line % (part * (LONGEST_LINE // len(part))))
    began = time.process_time()
    status_of(answer)
    folder_of(answer)
    assert time.process_time() - began < 0.3


def test_numbers_are_those_of_whole_words():
    answer = Answer(b"* STATUS INBOX (messages 3 XUIDNEXT 9 UIDVALIDITY 7)\r\n")
    assert status_of(answer) == ("INBOX", FolderStatus(uidvalidity=7, exists=3))


def test_headers_are_found_by_what_was_asked_for():
    line = b'* 1 FETCH (UID 7 BODY[HEADER.FIELDS (FROM)]<0> "From: a@firma.test")\r\n'
    item = item_of(Answer(line))
    assert item is not None
    assert item.content is not None
    assert item.content.part(0, item.content.size) == b"From: a@firma.test"
