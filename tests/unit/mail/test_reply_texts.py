"""Every wording of the data file means what it stands under, however it is dressed."""

import time
from collections.abc import Iterator

import pytest

from app.mail.failures import Refused
from app.mail.outcomes import Outcome, Retry, retry_of
from app.mail.replies import Phase, judge
from app.mail.reply_texts import WORDINGS, Example, Wording

EXAMPLES = [(wording, example) for wording in WORDINGS for example in wording.examples]
NAMES = [f"{example.server}: {example.text[:50]}" for _, example in EXAMPLES]


def spellings(text: str) -> Iterator[str]:
    yield text
    yield text.lower()
    yield text.upper()


def imap_replies(text: str) -> Iterator[Refused]:
    for dressed in (text, f"[ALERT] {text}", f"[AUTHENTICATIONFAILED] {text}", f"[alert] {text}\n[ALERT] no"):
        yield Refused("NO", dressed)
    yield Refused("BYE", text)


def smtp_replies(text: str) -> Iterator[Refused]:
    for code in ("", "5.7.8 ", "5.7.0 "):
        yield Refused("535", code + text)
        words = text.split(" ")
        # Wrapped at each blank; servers repeat the code in front of each line.
        for place in range(1, len(words)):
            yield Refused("535", f"{code}{' '.join(words[:place])}\n{code}{' '.join(words[place:])}")
        yield Refused("535", "\n".join(code + word for word in words))


@pytest.mark.parametrize(("wording", "example"), EXAMPLES, ids=NAMES)
def test_an_example_means_what_it_stands_under(wording: Wording, example: Example) -> None:
    assert wording.is_in(example.text.lower()), "an example stands beside the pattern that finds it"
    for text in spellings(example.text):
        for refused in (*imap_replies(text), *smtp_replies(text)):
            assert judge(Phase.LOGIN, refused) is wording.outcome, refused


def test_every_wording_has_an_example_with_its_server() -> None:
    for wording in WORDINGS:
        assert wording.examples, wording.pattern
        assert all(example.server and example.text for example in wording.examples)


@pytest.mark.parametrize(("wording", "example"), EXAMPLES, ids=NAMES)
def test_a_word_of_temporary_turns_a_permanent_verdict_into_one_for_later(wording: Wording, example: Example) -> None:
    for text in (
        f"Temporary problem: {example.text}",
        f"{example.text} Please try again later",
        f"{example.text}, tymczasowo",
    ):
        for status in ("NO", "535"):
            outcome = judge(Phase.LOGIN, Refused(status, text))
            assert outcome is not Outcome.AUTH_FAILED
            if wording.outcome in {Outcome.AUTH_FAILED, Outcome.ACCOUNT_BLOCKED, Outcome.PROTOCOL_DISABLED}:
                assert retry_of(outcome) is Retry.LATER, text


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        # A sentence about something else decides nothing.
        ("Invalid login or password. Telnet is disabled on this host.", Outcome.AUTH_FAILED),
        ("Invalid credentials (SSLv3 is disabled)", Outcome.AUTH_FAILED),
        ("Invalid login or password (note: telnet is disabled)", Outcome.AUTH_FAILED),
        ("Login failed. Your account will be locked after 3 attempts.", Outcome.AUTH_FAILED),
        ("Authentication failed; see https://skrzynka.test/accounts-that-are-disabled", Outcome.AUTH_FAILED),
        ("Authentication failed. This attempt was logged.", Outcome.AUTH_FAILED),
        ("Wrong password for user imap", Outcome.AUTH_FAILED),
        # Both possible: both are said.
        ("Invalid credentials. IMAP access is disabled for new accounts.", Outcome.AUTH_OR_DISABLED),
        # A block for good is for the person, a block for a while is for the clock.
        ("Account locked due to too many failed logins", Outcome.ACCOUNT_BLOCKED),
        ("Account temporarily locked due to too many failed logins", Outcome.RATE_LIMITED),
        ("temporarily blocked due to too many failed logins", Outcome.RATE_LIMITED),
        ("Too many failed logins, blocked temporarily", Outcome.RATE_LIMITED),
        ("IMAP access is temporarily disabled", Outcome.AUTH_TEMP),
        ("Account temporarily disabled", Outcome.AUTH_TEMP),
        # Nothing known.
        ("", Outcome.AUTH_FAILED),
        ("Nope.", Outcome.AUTH_FAILED),
        ("[ALERT] See https://skrzynka.test", Outcome.AUTH_FAILED),
        ("[ALERT]", Outcome.AUTH_FAILED),
    ],
)
@pytest.mark.parametrize("status", ["NO", "535"])
def test_a_text_is_judged_by_what_it_says_about_this_login(status: str, text: str, outcome: Outcome) -> None:
    assert judge(Phase.LOGIN, Refused(status, text)) is outcome


@pytest.mark.parametrize(
    "text",
    [
        "[a" * 500_000,
        "invalid or " * 90_000,
        "imap " * 200_000,
        "too many " * 100_000,
        "user " * 200_000,
        "x" * 1_000_000,
    ],
)
@pytest.mark.parametrize("status", ["NO", "535", "421"])
def test_a_hostile_text_is_judged_at_once(status: str, text: str) -> None:
    started = time.process_time()
    judge(Phase.LOGIN, Refused(status, text))
    assert time.process_time() - started < 0.5
