"""The same few misfortunes at each point of a conversation: a farewell, a refusal, noise, odd spellings."""

from collections.abc import Callable

import pytest

from tests.fakes.mail_server import Peer, Script, imap, smtp
from tests.faults.conftest import Stage
from tests.servers.ca import Issued
from tests.servers.checking import steps

STARTTLS_GREETING = b"* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] ready\r\n"
STARTTLS_EHLO = b"250-mail.skrzynka.test\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n"
MUTE_GREETING = b"* OK ready\r\n"


def then_close(text: bytes) -> Callable[[Peer], None]:
    def say(peer: Peer) -> None:
        peer.send(text.replace(b"TAG", peer.line.partition(b" ")[0]))
        peer.close()

    return say


def then_listen(text: bytes) -> Callable[[Peer], None]:
    """Say ``text``, read one more line and close: a server that closes on unread data may cut off its own words."""

    def say(peer: Peer) -> None:
        peer.send(text.replace(b"TAG", peer.line.partition(b" ")[0]))
        peer.readline()
        peer.close()

    return say


IMAP_PHASES = {
    "greeting": imap,
    "capabilities": lambda say: imap(MUTE_GREETING, replies={"CAPABILITY": say}),
    "login": lambda say: imap(replies={"AUTHENTICATE": say}),
    "plain login": lambda say: imap(b"* OK [CAPABILITY IMAP4rev1] hi\r\n", replies={"LOGIN": say}),
    "inbox": lambda say: imap(replies={"EXAMINE": say}),
}


@pytest.mark.parametrize(
    ("text", "outcomes"),
    [
        (b"* BYE Too many connections\r\n", {"too_many_connections"}),
        (b"* bye [ALERT] too many simultaneous connections\r\n", {"too_many_connections"}),
        (b"* BYE Rate limit exceeded\n", {"rate_limited"}),
        (b"* BYE [UNAVAILABLE] going down\r\n", {"server_busy", "auth_temp"}),
        (b"* BYE Server shutting down\r\n", {"server_busy", "server_closed"}),
        (b"* BYE\r\n", {"server_busy", "server_closed"}),
    ],
)
@pytest.mark.parametrize("phase", IMAP_PHASES)
def test_a_bye_is_for_later_in_each_phase(phase: str, text: bytes, outcomes: set[str], play: Stage) -> None:
    result = play(IMAP_PHASES[phase](then_close(text)), "none")
    assert result.outcome in outcomes
    assert result.retry == "later"
    assert play.server.sent(b"AUTHENTICATE") + play.server.sent(b" LOGIN") <= 1


def test_a_bye_that_follows_a_good_login_is_not_a_wrong_password(play: Stage) -> None:
    text = b"TAG OK Logged in\r\n* BYE Too many connections from your address\r\n"
    result = play(imap(replies={"AUTHENTICATE": then_listen(text)}), "none")
    assert result.outcome == "too_many_connections"
    assert steps(result)[-2:] == ["login", "inbox!"]


def test_a_bye_instead_of_starttls_is_tls_failed(play: Stage) -> None:
    script = imap(STARTTLS_GREETING, replies={"STARTTLS": then_close(b"* BYE not now\r\n")})
    assert play(script, "starttls").outcome == "tls_failed"


SMTP_PHASES = {
    "greeting": smtp,
    "ehlo": lambda say: smtp(replies={"EHLO": say}),
    "login": lambda say: smtp(replies={"AUTH": say}),
    "sender": lambda say: smtp(replies={"MAIL": say}),
}


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        (b"421 4.7.0 Too many concurrent SMTP connections\r\n", "too_many_connections"),
        (b"421-4.7.0 Our system has detected\r\n421 4.7.0 an unusual rate; rate limited\r\n", "rate_limited"),
        (b"421 closing\r\n", "server_busy"),
        (b"421 4.3.2 shutting down\n", "server_busy"),
        (b"421\r\n", "server_busy"),
    ],
)
@pytest.mark.parametrize("phase", SMTP_PHASES)
def test_421_is_for_later_in_each_phase(phase: str, text: bytes, outcome: str, play: Stage) -> None:
    result = play(SMTP_PHASES[phase](then_close(text)), "none")
    assert result.outcome == outcome
    assert result.retry == "later"


def test_421_before_the_next_command_is_the_answer_to_it(play: Stage) -> None:
    result = play(smtp(replies={"AUTH": then_listen(b"235 welcome\r\n421 4.7.0 Too many connections\r\n")}), "none")
    assert result.outcome == "too_many_connections"
    assert steps(result)[-2:] == ["login", "sender!"]


@pytest.mark.parametrize("end", [Peer.close, Peer.reset], ids=["close", "reset"])
@pytest.mark.parametrize("script", [*IMAP_PHASES.values(), *SMTP_PHASES.values()])
def test_hanging_up_is_server_closed_in_each_phase(
    script: Callable[[Callable[[Peer], None]], Script], end: Callable[[Peer], None], play: Stage
) -> None:
    assert play(script(end), "none").outcome == "server_closed"


@pytest.mark.parametrize(
    ("replies", "outcome"),
    [
        ({"EHLO": b"502 5.5.1 no\r\n", "HELO": b"250 hello\r\n"}, "auth_method_missing"),
        ({"EHLO": b"500-what\r\n500 what?\r\n", "HELO": b"250-hello\r\n250 you\r\n"}, "auth_method_missing"),
        ({"EHLO": b"550 go away\r\n", "HELO": b"550 go away\r\n"}, "protocol_error"),
        ({"EHLO": b"550 no\r\n", "HELO": b"550 Too many connections\r\n"}, "too_many_connections"),
        ({"EHLO": b"450 later\r\n"}, "server_busy"),
        ({"EHLO": b"250-x\r\n250-AUTH=LOGIN PLAIN\r\n250 SIZE\r\n"}, "ok"),
        ({"EHLO": b"250-x\n250-auth=plain\n250 8BITMIME\n"}, "ok"),
        ({"EHLO": b"250-x\r\n250-AUTH LOGIN\r\n250 AUTH=LOGIN PLAIN\r\n"}, "ok"),
        ({"EHLO": b"250-x\r\n250 auth Plain Login\r\n"}, "ok"),
        ({"EHLO": b"250-x\r\n250-\r\n250-\xff\xfe\x00\r\n250 AUTH PLAIN\r\n"}, "ok"),
        ({"EHLO": b"250 AUTH PLAIN\r\n"}, "auth_method_missing"),
        ({"EHLO": b"250-x\r\n250 AUTH\r\n"}, "auth_method_missing"),
        ({"AUTH": b"235\r\n"}, "ok"),
        ({"AUTH": b"235-2.7.0 come\r\n235 2.7.0 in\r\n"}, "ok"),
        ({"AUTH": b"535-5.7.8 wrong\r\n535 5.7.8 \xff\x00\r\n"}, "auth_failed"),
        ({"AUTH": b"250 fine\r\n"}, "protocol_error"),
    ],
)
def test_an_smtp_server_of_another_kind_is_understood(replies: dict[str, bytes], outcome: str, play: Stage) -> None:
    assert play(smtp(replies=replies), "none").outcome == outcome


@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        (imap(b"* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] mail [192.0.2.1] ready\r\n"), "ok"),
        (imap(b"* ok [capability imap4rev1 sasl-ir auth=plain] ready\r\n"), "ok"),
        (imap(b"* OK [CAPABILITY IMAP4rev2 SASL-IR AUTH=PLAIN] ready\n"), "ok"),
        (imap(b"* OK ready\r\n* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\r\n"), "ok"),
        (imap(b"* OK \xff\x00\x80 ready\r\n"), "ok"),
        (imap(b"* OK\r\n"), "ok"),
        (imap(MUTE_GREETING, replies={"CAPABILITY": b"TAG OK nothing\r\n"}), "protocol_error"),
        (imap(MUTE_GREETING, replies={"CAPABILITY": b"* CAPABILITY IMAP4\r\nTAG OK\r\n"}), "ok"),
        (
            imap(MUTE_GREETING, replies={"CAPABILITY": b"* capability imap4rev1 auth=plain sasl-ir\r\nTAG ok x\r\n"}),
            "ok",
        ),
        (imap(replies={"AUTHENTICATE": b"* 7 EXISTS\r\n* OK still here\r\n* FLAGS ()\r\nTAG OK in\r\n"}), "ok"),
        (imap(replies={"AUTHENTICATE": b"* CAPABILITY IMAP4rev1 IDLE\r\nTAG OK [READ-WRITE] in\r\n"}), "ok"),
        (imap(replies={"AUTHENTICATE": b"TAG OK [CAPABILITY IMAP4rev1 IDLE] \xff in\r\n"}), "ok"),
        (imap(replies={"AUTHENTICATE": b"* LIST () NIL {3}\r\na\r\n\r\nTAG OK in\r\n"}), "ok"),
        (imap(replies={"AUTHENTICATE": b"TAG NO \x00\xff no\r\n"}), "auth_failed"),
        (imap(replies={"AUTHENTICATE": b"TAG no\r\n"}), "auth_failed"),
        (imap(replies={"AUTHENTICATE": b"TAG BAD Invalid credentials\r\n"}), "auth_failed"),
        (imap(replies={"AUTHENTICATE": b"+ \r\n"}), "protocol_error"),
        (imap(replies={"AUTHENTICATE": b"nonsense\r\n"}), "protocol_error"),
        (imap(replies={"EXAMINE": b"* OK still here\r\n* 3 EXISTS\r\n* XYZ what\r\nTAG OK done\r\n"}), "ok"),
        (imap(replies={"EXAMINE": b"* FLAGS (\\Seen)\r\n* LIST () NIL {5}\r\nINBOX\r\nTAG OK done\r\n"}), "ok"),
        (imap(replies={"EXAMINE": b"TAG NO [NONEXISTENT] Unknown Mailbox: INBOX (Failure)\r\n"}), "folder_missing"),
        (imap(replies={"EXAMINE": b"TAG BAD User is authenticated but not connected.\r\n"}), "protocol_disabled"),
        (imap(replies={"EXAMINE": b"TAG NO Mailbox is temporarily unavailable\r\n"}), "server_busy"),
        (imap(replies={"EXAMINE": b"TAG NO Invalid credentials\r\n"}), "folder_missing"),
    ],
)
def test_an_imap_server_of_another_kind_is_understood(script: Script, outcome: str, play: Stage) -> None:
    assert play(script, "none").outcome == outcome


@pytest.mark.parametrize("challenge", [b"+ \r\n", b"+\r\n", b"+ \n", b"+ go on\r\n"])
def test_an_imap_challenge_of_any_kind_is_answered_once(challenge: bytes, play: Stage) -> None:
    def ask(peer: Peer) -> None:
        tag = peer.line.partition(b" ")[0]
        peer.send(challenge)
        peer.readline()
        peer.send(tag + b" OK in\r\n")

    script = imap(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi\r\n", replies={"AUTHENTICATE": ask})
    assert play(script, "none").outcome == "ok"


@pytest.mark.parametrize("challenge", [b"334 \r\n", b"334\r\n", b"334 =\r\n", b"334-\r\n334 \r\n"])
def test_an_smtp_challenge_of_any_kind_is_answered_once(challenge: bytes, play: Stage) -> None:
    def ask(peer: Peer) -> None:
        peer.send(challenge)
        peer.readline()
        peer.send(b"235 in\r\n")

    assert play(smtp(replies={"AUTH": ask}), "none").outcome == "ok"
    assert play.server.sent(b"AUTH PLAIN") == 1


def test_a_challenge_without_end_is_left_without_a_word(play: Stage) -> None:
    def ask(peer: Peer) -> None:
        while True:
            peer.send(b"334 VXNlcm5hbWU6\r\n")
            if not peer.readline():
                return

    result = play(smtp(replies={"EHLO": b"250-x\r\n250 AUTH LOGIN\r\n", "AUTH": ask}), "none")
    assert result.outcome == "protocol_error"
    # Three lines: the command, the user name, the password; a QUIT would be taken for a third answer.
    assert len(play.server.records[-1].lines) == 1 + 3


@pytest.mark.parametrize("make", [imap, smtp], ids=["imap", "smtp"])
def test_authentication_that_is_offered_inside_tls_only_is_used(
    make: Callable[..., Script], play: Stage, certificate: Issued
) -> None:
    if make is smtp:
        plain = b"250-x\r\n250 STARTTLS\r\n"
        script = smtp(replies={"EHLO": plain}, inside={"EHLO": b"250-x\r\n250 AUTH PLAIN\r\n"}, certificate=certificate)
    else:
        script = imap(STARTTLS_GREETING, certificate=certificate)
    assert play(script, "starttls").outcome == "ok"
    assert play.server.sent_in_clear(b"AUTH") == 0


@pytest.mark.parametrize(
    "script",
    [
        smtp(replies={"EHLO": STARTTLS_EHLO + b"220 go ahead\r\n", "STARTTLS": b"220 go ahead\r\n"}),
        smtp(replies={"EHLO": STARTTLS_EHLO, "STARTTLS": b"220-go\r\n220 ahead\r\n220 x\r\n"}),
        smtp(replies={"EHLO": STARTTLS_EHLO, "STARTTLS": b"220 go ahead\r\n\r\n"}),
        smtp(replies={"EHLO": STARTTLS_EHLO, "STARTTLS": b"299 fine\r\n"}),
        imap(STARTTLS_GREETING, replies={"STARTTLS": b"TAG OK go ahead\r\nTAG OK again\r\n"}),
        imap(STARTTLS_GREETING, replies={"STARTTLS": b"TAG ok go ahead\n* PREAUTH in\n"}),
        imap(b"* PREAUTH in\r\n"),
        imap(b"* preauth [capability IMAP4rev1 STARTTLS] in\r\n"),
    ],
)
def test_an_answer_that_comes_too_early_or_too_late_is_tls_unsafe(script: Script, play: Stage) -> None:
    result = play(script, "starttls")
    assert result.outcome == "tls_unsafe"
    assert result.server_text is None
    assert all(play.server.sent(word) == 0 for word in (b"AUTHENTICATE", b"AUTH PLAIN", b" LOGIN", b"secret-canary"))


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (b"530 5.7.0 Authentication required\r\n", "rejected_sender"),
        (b"550 5.7.1 Client must authenticate first: please log in\r\n", "rejected_sender"),
        (b"553 sorry, authentication is required\r\n", "rejected_sender"),
    ],
)
def test_a_sender_who_should_log_in_is_offered_to(reply: bytes, outcome: str, play: Stage) -> None:
    result = play(smtp(replies={"MAIL": reply}), "none", auth=False)
    assert result.outcome == outcome
    assert [fix.why for fix in result.fixes] == ["use_auth"]


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (b"530 5.7.0 Must issue a STARTTLS command first\r\n", "tls_required"),
        (b"550 5.7.1 Your account has been suspended\r\n", "account_blocked"),
        (b"550 Your account is temporarily blocked\r\n", "rate_limited"),
        (b"553 5.7.1 <a@b.test>: Sender address rejected: not owned by user anna\r\n", "rejected_sender"),
    ],
)
def test_a_sender_is_not_blamed_for_something_else(reply: bytes, outcome: str, play: Stage) -> None:
    result = play(smtp(replies={"MAIL": reply}), "none", auth=outcome != "tls_required")
    assert result.outcome == outcome
    assert result.fixes == ()


@pytest.mark.parametrize("reply", [b"TAG NO [AUTHENTICATIONFAILED] no\r\n", b"TAG NO invalid or IMAP is disabled\r\n"])
@pytest.mark.parametrize(
    ("username", "address", "other"),
    [
        ("anna@skrzynka.test", "anna@skrzynka.test", "anna"),
        ("Anna@Skrzynka.test", "anna@skrzynka.test", "anna"),
        ("anna", "anna@skrzynka.test", "anna@skrzynka.test"),
        ("other", "anna@skrzynka.test", "anna@skrzynka.test"),
        ("anna@skrzynka.test", "", "anna"),
    ],
)
def test_the_other_form_of_the_user_name_is_suggested_and_never_tried(
    *, reply: bytes, username: str, address: str, other: str, play: Stage
) -> None:
    result = play(imap(replies={"AUTHENTICATE": reply}), "none", username=username, address=address)
    assert [(fix.why, dict(fix.set)) for fix in result.fixes] == [("use_username", {"imap-username": other})]
    assert play.server.connections == 1
    assert play.server.sent(b"AUTHENTICATE") == 1
