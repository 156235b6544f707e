"""Verdicts on replies that no session test plays, and texts as they are shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.mail.failures import Refused
from app.mail.outcomes import Outcome, Retry, retry_of
from app.mail.replies import Phase, judge
from app.mail.reply_texts import MISSING_FOLDER, Example
from app.mail.texts import LONGEST_TEXT, plain_text, without_secret


@pytest.mark.parametrize(
    ("phase", "status", "text", "outcome"),
    [
        (Phase.LOGIN, "NO", "[EXPIRED] Your password has expired", Outcome.WEB_LOGIN_REQUIRED),
        (Phase.LOGIN, "NO", "[LIMIT] Too many connections", Outcome.TOO_MANY_CONNECTIONS),
        (Phase.LOGIN, "NO", "[authenticationfailed] no", Outcome.AUTH_FAILED),
        (Phase.LOGIN, "BYE", "Disconnected", Outcome.SERVER_CLOSED),
        (Phase.LOGIN, "BYE", "Authentication failed", Outcome.AUTH_FAILED),
        (Phase.LOGIN, "421", "4.7.0 closing", Outcome.SERVER_BUSY),
        (Phase.LOGIN, "504", "5.5.4 unrecognized authentication type", Outcome.AUTH_METHOD_MISSING),
        (Phase.LOGIN, "525", "5.7.13 no", Outcome.ACCOUNT_BLOCKED),
        (Phase.LOGIN, "538", "5.7.8 Authentication failed", Outcome.TLS_REQUIRED),
        (Phase.LOGIN, "535", "5.7.13 no", Outcome.ACCOUNT_BLOCKED),
        (Phase.LOGIN, "535", "5.7.14 no", Outcome.WEB_LOGIN_REQUIRED),
        (Phase.LOGIN, "454", "4.7.0 Authentication failed", Outcome.AUTH_TEMP),
        (Phase.LOGIN, "432", "4.3.2 Concurrent connections limit exceeded.", Outcome.TOO_MANY_CONNECTIONS),
        (Phase.LOGIN, "334", "VXNlcm5hbWU6", Outcome.PROTOCOL_ERROR),
        (Phase.LOGIN, "NO", "[UNAVAILABLE] [AUTHENTICATIONFAILED] wrong password", Outcome.AUTH_TEMP),
        (Phase.LOGIN, "NO", "[LIMIT] no", Outcome.RATE_LIMITED),
        (Phase.SENDER, "550", "Must issue a STARTTLS command first", Outcome.TLS_REQUIRED),
        (Phase.SENDER, "452", "4.3.1 Insufficient system storage", Outcome.SERVER_BUSY),
        (Phase.GREETING, "554", "5.7.1 blocked", Outcome.PROTOCOL_DISABLED),
        (Phase.GREETING, "421", "too many connections", Outcome.TOO_MANY_CONNECTIONS),
        (Phase.COMMAND, "550", "no", Outcome.PROTOCOL_ERROR),
        (Phase.INBOX, "BAD", "what?", Outcome.PROTOCOL_ERROR),
        (Phase.INBOX, "NO", "Authentication failed", Outcome.FOLDER_MISSING),
    ],
)
def test_a_reply_means_what_its_phase_code_and_wording_say(
    phase: Phase, status: str, text: str, outcome: Outcome
) -> None:
    assert judge(phase, Refused(status, text)) is outcome


@pytest.mark.parametrize("example", MISSING_FOLDER.examples, ids=lambda example: example.text)
def test_a_folder_that_is_not_there_is_no_blocked_account_whatever_its_name(example: Example) -> None:
    for text in (example.text, example.text.upper(), f"[CANNOT] {example.text}"):
        assert judge(Phase.INBOX, Refused("NO", text)) is Outcome.FOLDER_MISSING
    assert judge(Phase.INBOX, Refused("NO", f"[UNAVAILABLE] {example.text}")) is Outcome.SERVER_BUSY


def test_an_account_that_is_blocked_is_so_also_where_a_folder_is_opened() -> None:
    assert judge(Phase.INBOX, Refused("NO", "Your account has been suspended")) is Outcome.ACCOUNT_BLOCKED


@given(
    st.sampled_from(sorted(set(Phase) - {Phase.ENVELOPE, Phase.RECIPIENT, Phase.CONTENT})),
    st.sampled_from(["NO", "BAD", "BYE", "421", "454", "530", "535", "554", "354"]),
    st.text(),
)
def test_no_reply_is_ever_internal_or_about_a_message(phase: Phase, status: str, text: str) -> None:
    outcome = judge(phase, Refused(status, text))
    assert outcome not in {Outcome.OK, Outcome.INTERNAL}
    assert retry_of(outcome) is not Retry.MESSAGE


@given(st.text())
def test_a_shown_text_is_short_and_printable(text: str) -> None:
    shown = plain_text(text)
    assert shown is None or (len(shown) <= LONGEST_TEXT and shown.isprintable())


def test_a_text_without_a_secret_keeps_the_rest() -> None:
    assert without_secret("user anna, password hunter22 refused", "hunter22") == "user anna, password *** refused"
    assert without_secret("nothing to hide", "") == "nothing to hide"


def test_a_password_is_hidden_however_it_was_written() -> None:
    assert without_secret('LOGIN anna "a\\\\b\\"c" failed', 'a\\b"c') == 'LOGIN anna "***" failed'
    assert without_secret("HUNTER22 refused", "hunter22") == "*** refused"
