"""What a check says about a real Postfix."""

import pytest

from app.mail.dial import NetworkRules
from app.mail.settings import ServerSettings, Side
from tests.servers.checking import check, settings, steps
from tests.servers.dovecot import Dovecot
from tests.servers.fixtures import PASSWORD, USER
from tests.servers.postfix import REFUSED_SENDER, Postfix


def account(port: int, security: str = "tls", host: str = "localhost", **fields: object) -> ServerSettings:
    return settings(port, security, host, **{"username": USER, "password": PASSWORD, "sender": USER, **fields})


def test_implicit_tls_is_ok(postfix_server: Postfix, network: NetworkRules) -> None:
    result = check(Side.SMTP, account(postfix_server.tls_port), network)
    assert result.outcome == "ok"
    assert steps(result) == ["resolve", "connect", "tls", "greeting", "login", "sender"]
    assert result.encrypted
    assert "AUTH PLAIN LOGIN" in result.capabilities


def test_starttls_is_ok(postfix_server: Postfix, network: NetworkRules) -> None:
    result = check(Side.SMTP, account(postfix_server.starttls_port, "starttls"), network)
    assert result.outcome == "ok"
    assert steps(result) == ["resolve", "connect", "greeting", "starttls", "login", "sender"]


def test_none_upgrades_where_starttls_is_offered_and_says_so(postfix_server: Postfix, network: NetworkRules) -> None:
    result = check(Side.SMTP, account(postfix_server.starttls_port, "none"), network)
    assert result.outcome == "ok"
    assert result.encrypted
    assert [dict(fix.set) for fix in result.fixes] == [{"smtp-security": "starttls"}]


def test_none_is_ok_in_clear_where_nothing_better_is_offered(postfix_server: Postfix, network: NetworkRules) -> None:
    result = check(Side.SMTP, account(postfix_server.plain_port, "none"), network)
    assert result.outcome == "ok"
    assert not result.encrypted


def test_without_authentication_there_is_no_login(postfix_server: Postfix, network: NetworkRules) -> None:
    result = check(Side.SMTP, account(postfix_server.tls_port, auth=False), network)
    assert result.outcome == "ok"
    assert steps(result) == ["resolve", "connect", "tls", "greeting", "sender"]


def test_a_refused_sender_is_rejected_sender_in_the_servers_words(
    postfix_server: Postfix, network: NetworkRules
) -> None:
    result = check(Side.SMTP, account(postfix_server.tls_port, sender=REFUSED_SENDER), network)
    assert result.outcome == "rejected_sender"
    assert steps(result)[-1] == "sender!"
    assert result.server_text is not None
    assert "This sender is not yours" in result.server_text


@pytest.mark.parametrize(("security", "port"), [("tls", "tls_port"), ("starttls", "starttls_port")])
def test_a_wrong_password_is_auth_failed(
    security: str, port: str, postfix_server: Postfix, network: NetworkRules
) -> None:
    result = check(Side.SMTP, account(getattr(postfix_server, port), security, password="wrong"), network)
    assert result.outcome == "auth_failed"
    assert steps(result)[-1] == "login!"


def test_starttls_that_is_not_offered_is_tls_required(postfix_server: Postfix, network: NetworkRules) -> None:
    result = check(Side.SMTP, account(postfix_server.plain_port, "starttls"), network)
    assert result.outcome == "tls_required"
    assert result.server_text is None


def test_a_certificate_for_another_host_is_cert_wrong_host(postfix_server: Postfix, network: NetworkRules) -> None:
    result = check(Side.SMTP, account(postfix_server.tls_port, host="stranger.test"), network)
    assert result.outcome == "cert_wrong_host"
    assert result.certificate is not None
    assert "localhost" in result.certificate.names


def test_an_authority_that_is_not_trusted_is_cert_unknown_issuer(
    postfix_server: Postfix, network: NetworkRules
) -> None:
    strangers = NetworkRules(network.allow, network.ports, None, network.resolver)
    assert check(Side.SMTP, account(postfix_server.tls_port), strangers).outcome == "cert_unknown_issuer"


def test_tls_on_a_starttls_port_is_wrong_security(postfix_server: Postfix, network: NetworkRules) -> None:
    result = check(Side.SMTP, account(postfix_server.starttls_port, "tls"), network)
    assert result.outcome == "wrong_security"
    assert [dict(fix.set) for fix in result.fixes] == [{"smtp-security": "starttls"}]


def test_a_tls_port_without_tls_is_wrong_security(postfix_server: Postfix, network: NetworkRules) -> None:
    result = check(Side.SMTP, account(postfix_server.tls_port, "starttls"), network)
    assert result.outcome == "wrong_security"
    assert [dict(fix.set) for fix in result.fixes] == [{"smtp-security": "tls"}]


def test_an_imap_server_on_the_smtp_port_is_wrong_protocol(dovecot_server: Dovecot, network: NetworkRules) -> None:
    result = check(Side.SMTP, account(dovecot_server.starttls_port, "starttls"), network)
    assert result.outcome == "wrong_protocol"
    assert result.steps[-1].detail == "imap"
