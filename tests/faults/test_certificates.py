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
