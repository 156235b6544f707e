"""faults.md, certificates and TLS: what the handshake itself shows. Real certificates are tested with Dovecot."""

import ssl
from collections.abc import Callable

import pytest

from tests.fakes.mail_server import Peer, Script, imap, smtp
from tests.faults.conftest import Stage
from tests.servers.ca import Authority, Issued


def test_a_weak_key_is_cert_weak(play: Stage, authority: Authority) -> None:
    weak = authority.weak()
    result = play(imap(certificate=weak, implicit=True), "tls")
    assert result.outcome == "cert_weak"
    assert result.certificate is not None
    assert result.certificate.sha256 == weak.sha256


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1 is deprecated:DeprecationWarning")
def test_a_server_that_knows_only_tls_1_0_is_tls_too_old(play: Stage, certificate: Issued) -> None:
    def old(peer: Peer) -> None:
        peer.start_tls(certificate, ssl.TLSVersion.TLSv1)

    assert play(imap(old, certificate=certificate), "tls").outcome == "tls_too_old"


@pytest.mark.parametrize("script", [imap(), smtp()], ids=["imap", "smtp"])
def test_plain_text_on_a_tls_port_is_wrong_security(script: Script, play: Stage) -> None:
    assert play(script, "tls").outcome == "wrong_security"


@pytest.mark.parametrize(("greeting", "outcome"), [(b"hello\r\n", "wrong_security"), (b"\x00\xff\r\n", "tls_failed")])
def test_something_unknown_on_a_tls_port_is_judged_by_whether_it_is_text(
    greeting: bytes, outcome: str, play: Stage
) -> None:
    assert play(imap(greeting), "tls").outcome == outcome


def test_plain_text_of_another_protocol_is_wrong_protocol_and_named(play: Stage) -> None:
    result = play(imap(b"220 mail.skrzynka.test ESMTP\r\n"), "tls")
    assert result.outcome == "wrong_protocol"
    assert result.steps[-1].detail == "smtp"


def test_a_web_server_on_a_tls_port_is_wrong_protocol(play: Stage) -> None:
    def web(peer: Peer) -> None:
        peer.readline()
        peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    result = play(imap(web), "tls")
    assert result.outcome == "wrong_protocol"
    assert result.steps[-1].detail == "http"


@pytest.mark.parametrize("security", ["starttls", "none"])
@pytest.mark.parametrize("make", [imap, smtp], ids=["imap", "smtp"])
def test_tls_on_a_plain_text_port_is_wrong_security_within_a_second_and_a_half(
    security: str, make: Callable[..., Script], play: Stage, certificate: Issued
) -> None:
    result = play(make(certificate=certificate, implicit=True), security)
    assert result.outcome == "wrong_security"
    assert sum(step.ms for step in result.steps) < 1500
    assert result.certificate is not None
    assert result.certificate.sha256 == certificate.sha256


@pytest.mark.parametrize("end", [Peer.close, Peer.reset], ids=["close", "reset"])
def test_a_handshake_that_breaks_off_is_tls_failed(end: Callable[[Peer], None], play: Stage) -> None:
    def hang_up(peer: Peer) -> None:
        peer.readline()
        end(peer)

    assert play(imap(hang_up), "tls").outcome == "tls_failed"


def demand_client_certificate(context: ssl.SSLContext) -> None:
    context.verify_mode = ssl.CERT_REQUIRED


def demand_in_tls_1_2(context: ssl.SSLContext) -> None:
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    demand_client_certificate(context)


@pytest.mark.parametrize("prepare", [demand_client_certificate, demand_in_tls_1_2], ids=["TLS 1.3", "TLS 1.2"])
@pytest.mark.parametrize("make", [imap, smtp], ids=["imap", "smtp"])
def test_a_client_certificate_that_is_demanded_is_tls_failed(
    prepare: Callable[[ssl.SSLContext], None], make: Callable[..., Script], play: Stage, certificate: Issued
) -> None:
    result = play(make(certificate=certificate, implicit=True, prepare=prepare), "tls")
    assert result.outcome == "tls_failed"
    assert play.server.sent(b"secret-canary") == 0


def by_name(other: Issued) -> Callable[[ssl.SSLContext], None]:
    """Show ``other`` to whoever asks for mail.skrzynka.test."""
    inner = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    inner.load_cert_chain(other.chain, other.key)

    def choose(socket: ssl.SSLSocket, name: str | None, _context: ssl.SSLContext) -> None:
        if name == "mail.skrzynka.test":
            socket.context = inner

    return lambda context: setattr(context, "sni_callback", choose)


@pytest.mark.parametrize(("host", "outcome"), [("mail.skrzynka.test", "ok"), ("localhost", "cert_self_signed")])
def test_the_certificate_is_that_of_the_name_that_was_typed(
    host: str, outcome: str, play: Stage, flawed: dict[str, Issued], certificate: Issued
) -> None:
    script = imap(certificate=flawed["self_signed"], implicit=True, prepare=by_name(certificate))
    assert play(script, "tls", host=host).outcome == outcome


def test_an_address_is_judged_by_the_addresses_of_the_certificate(play: Stage, certificate: Issued) -> None:
    assert play(imap(certificate=certificate, implicit=True), "tls", host="127.0.0.1").outcome == "ok"


def test_a_missing_intermediate_is_hinted_at(play: Stage, flawed: dict[str, Issued]) -> None:
    result = play(smtp(certificate=flawed["incomplete_chain"], implicit=True), "tls")
    assert result.outcome == "cert_unknown_issuer"
    assert result.steps[-1].detail == "incomplete chain"


@pytest.mark.parametrize(
    ("flaw", "outcome"),
    [
        ("expired", "cert_expired"),
        ("not_yet_valid", "cert_not_yet_valid"),
        ("self_signed", "cert_self_signed"),
        ("wrong_host", "cert_wrong_host"),
        ("unknown_issuer", "cert_unknown_issuer"),
    ],
)
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_an_smtp_server_with_a_flaw_gets_no_password(
    flaw: str, outcome: str, security: str, play: Stage, flawed: dict[str, Issued]
) -> None:
    ehlo = {"EHLO": b"250-x\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n"}
    result = play(smtp(replies=ehlo, certificate=flawed[flaw], implicit=security == "tls"), security)
    assert result.outcome == outcome
    assert result.certificate is not None
    assert result.certificate.sha256 == flawed[flaw].sha256
    assert play.server.sent(b"AUTH PLAIN") == 0
    assert play.server.connections <= 2


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1 is deprecated:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated:DeprecationWarning")
@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_an_old_version_after_starttls_is_tls_too_old(newest: ssl.TLSVersion, play: Stage, certificate: Issued) -> None:
    def limit(context: ssl.SSLContext) -> None:
        context.maximum_version = newest

    ehlo = {"EHLO": b"250-x\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n"}
    result = play(smtp(replies=ehlo, certificate=certificate, prepare=limit), "starttls")
    assert result.outcome == "tls_too_old"


@pytest.mark.parametrize("make", [imap, smtp], ids=["imap", "smtp"])
def test_tls_records_of_one_byte_each_are_read_as_any_other(
    make: Callable[..., Script], play: Stage, certificate: Issued
) -> None:
    assert play(make(certificate=certificate, implicit=True), "tls").outcome == "ok"


@pytest.mark.parametrize("alert", [b"\x15\x03\x03\x00\x02\x02\x70", b"\x15\x03\x01\x00\x02\x02\x28"])
def test_an_alert_is_an_answer_in_tls(alert: bytes, play: Stage) -> None:
    def refuse(peer: Peer) -> None:
        peer.readline()
        peer.send(alert)
        peer.close()

    assert play(imap(refuse), "tls").outcome == "tls_failed"
    # On a plain-text port the server waits for our hello, and refuses it: it speaks TLS.
    result = play(imap(refuse), "none")
    assert result.outcome == "wrong_security"
    assert [dict(fix.set) for fix in result.fixes] == [{"imap-security": "tls"}]


def test_half_a_record_and_the_end_is_tls_failed(play: Stage) -> None:
    def stop(peer: Peer) -> None:
        peer.readline()
        peer.send(b"\x16\x03\x03\x40\x00\x02")
        peer.close()

    assert play(smtp(stop), "tls").outcome == "tls_failed"


@pytest.mark.parametrize(
    ("greeting", "outcome", "detail"),
    [
        (b"+OK POP3 ready\r\n", "wrong_protocol", "pop3"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "wrong_protocol", "ssh"),
        (b"* OK IMAP4rev1 ready\r\n", "wrong_protocol", "imap"),
        (b"421 4.7.0 Too many connections\r\n", "wrong_security", "plain text"),
        (b"220", "wrong_security", "plain text"),
    ],
)
def test_what_speaks_first_on_a_tls_port_is_named(greeting: bytes, outcome: str, detail: str, play: Stage) -> None:
    def speak(peer: Peer) -> None:
        peer.send(greeting)
        peer.readline()
        peer.close()

    result = play(smtp(speak), "tls")
    assert result.outcome == outcome
    assert result.steps[-1].detail == detail
