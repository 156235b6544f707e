"""What a check says about a real Dovecot."""

import pytest

from app.mail.dial import NetworkRules
from app.mail.settings import ServerSettings, Side
from tests.servers.ca import Issued
from tests.servers.checking import check, settings, steps
from tests.servers.dovecot import Dovecot
from tests.servers.fixtures import PASSWORD, USER, host_of
from tests.servers.ports import free_ports


def account(port: int, security: str = "tls", host: str = "localhost", **fields: object) -> ServerSettings:
    return settings(port, security, host, **{"username": USER, "password": PASSWORD, **fields})


def test_implicit_tls_is_ok(dovecot_server: Dovecot, network: NetworkRules) -> None:
    result = check(Side.IMAP, account(dovecot_server.tls_port), network)
    assert result.outcome == "ok"
    assert steps(result) == ["resolve", "connect", "tls", "greeting", "login", "inbox"]
    assert result.encrypted
    assert result.server_text is None
    assert "IMAP4REV1" in result.capabilities


def test_an_ok_shows_the_certificate_too(dovecot_server: Dovecot, certificate: Issued, network: NetworkRules) -> None:
    result = check(Side.IMAP, account(dovecot_server.tls_port), network)
    assert result.certificate is not None
    assert result.certificate.sha256 == certificate.sha256
    assert result.certificate.issuer == "CN=Skrzynka test root"
    assert "localhost" in result.certificate.names


def test_starttls_is_ok(dovecot_server: Dovecot, network: NetworkRules) -> None:
    result = check(Side.IMAP, account(dovecot_server.starttls_port, "starttls"), network)
    assert result.outcome == "ok"
    assert steps(result) == ["resolve", "connect", "greeting", "starttls", "login", "inbox"]
    assert result.encrypted


def test_none_upgrades_where_starttls_is_offered_and_says_so(dovecot_server: Dovecot, network: NetworkRules) -> None:
    result = check(Side.IMAP, account(dovecot_server.starttls_port, "none"), network)
    assert result.outcome == "ok"
    assert "starttls" in steps(result)
    assert result.encrypted
    assert [dict(fix.set) for fix in result.fixes] == [{"imap-security": "starttls"}]


def test_none_upgrades_without_looking_at_the_certificate(dovecot_server: Dovecot, network: NetworkRules) -> None:
    server = account(dovecot_server.starttls_port, "none", "expired.skrzynka.test")
    assert check(Side.IMAP, server, network).outcome == "ok"


def test_none_logs_in_clear_where_nothing_better_is_offered(
    plain_dovecot_server: Dovecot, network: NetworkRules
) -> None:
    result = check(Side.IMAP, account(plain_dovecot_server.starttls_port, "none"), network)
    assert result.outcome == "ok"
    assert steps(result) == ["resolve", "connect", "greeting", "login", "inbox"]
    assert not result.encrypted


def test_none_is_refused_where_the_operator_requires_encryption(
    plain_dovecot_server: Dovecot, authority: object, network: NetworkRules
) -> None:
    strict = NetworkRules(network.allow, network.ports, network.ca_file, network.resolver, require_encryption=True)
    result = check(Side.IMAP, account(plain_dovecot_server.starttls_port, "none"), strict)
    assert result.outcome == "tls_required"
    assert "login" not in steps(result)


def test_starttls_that_is_not_offered_is_tls_required(plain_dovecot_server: Dovecot, network: NetworkRules) -> None:
    result = check(Side.IMAP, account(plain_dovecot_server.starttls_port, "starttls"), network)
    assert result.outcome == "tls_required"
    assert steps(result)[-1] == "starttls!"


def test_a_wrong_password_is_auth_failed(dovecot_server: Dovecot, network: NetworkRules) -> None:
    result = check(Side.IMAP, account(dovecot_server.tls_port, password="wrong"), network)
    assert result.outcome == "auth_failed"
    assert steps(result)[-1] == "login!"
    assert result.server_text == "[AUTHENTICATIONFAILED] Authentication failed."


@pytest.mark.parametrize(
    ("flaw", "outcome"),
    [
        ("expired", "cert_expired"),
        ("not_yet_valid", "cert_not_yet_valid"),
        ("self_signed", "cert_self_signed"),
        ("wrong_host", "cert_wrong_host"),
        ("unknown_issuer", "cert_unknown_issuer"),
        ("incomplete_chain", "cert_unknown_issuer"),
        ("complete_chain", "ok"),
    ],
)
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_flaw_of_the_certificate_is_named_and_the_certificate_shown(
    *,
    flaw: str,
    outcome: str,
    security: str,
    dovecot_server: Dovecot,
    flawed: dict[str, Issued],
    network: NetworkRules,
) -> None:
    port = dovecot_server.tls_port if security == "tls" else dovecot_server.starttls_port
    result = check(Side.IMAP, account(port, security, host_of(flaw)), network)
    assert result.outcome == outcome
    assert result.certificate is not None
    assert result.certificate.sha256 == flawed[flaw].sha256


@pytest.mark.parametrize("flaw", ["expired", "self_signed", "unknown_issuer", "wrong_host"])
def test_a_pin_is_offered_and_holds(
    flaw: str, dovecot_server: Dovecot, flawed: dict[str, Issued], network: NetworkRules
) -> None:
    host = host_of(flaw)
    refused = check(Side.IMAP, account(dovecot_server.tls_port, host=host), network)
    pins = [fix.set["imap-pin"] for fix in refused.fixes if fix.why == "cert_pin"]
    assert pins == [flawed[flaw].sha256]
    assert check(Side.IMAP, account(dovecot_server.tls_port, host=host, pin=pins[0]), network).outcome == "ok"


def test_a_pin_is_compared_ignoring_case_and_colons(
    dovecot_server: Dovecot, flawed: dict[str, Issued], network: NetworkRules
) -> None:
    plain = flawed["expired"].sha256.upper()
    pin = ":".join(plain[index : index + 2] for index in range(0, 64, 2))
    server = account(dovecot_server.tls_port, host="expired.skrzynka.test", pin=pin)
    assert check(Side.IMAP, server, network).outcome == "ok"


@pytest.mark.parametrize("fast_mode", [False, True])
def test_another_certificate_than_the_pinned_one_is_cert_changed(
    fast_mode: bool, dovecot_server: Dovecot, certificate: Issued, network: NetworkRules
) -> None:
    server = account(dovecot_server.tls_port, pin="0" * 64)
    result = check(Side.IMAP, server, network, fast_mode=fast_mode)
    assert result.outcome == "cert_changed"
    assert not result.encrypted
    assert [(fix.why, fix.set["imap-pin"]) for fix in result.fixes] == [("cert_repin", certificate.sha256)]


def test_fast_mode_skips_certificate_checks(dovecot_server: Dovecot, network: NetworkRules) -> None:
    server = account(dovecot_server.tls_port, host="expired.skrzynka.test")
    result = check(Side.IMAP, server, network, fast_mode=True)
    assert result.outcome == "ok"
    assert result.encrypted


def test_tls_on_a_starttls_port_is_wrong_security_with_the_right_one(
    dovecot_server: Dovecot, network: NetworkRules
) -> None:
    result = check(Side.IMAP, account(dovecot_server.starttls_port, "tls"), network)
    assert result.outcome == "wrong_security"
    assert [dict(fix.set) for fix in result.fixes] == [{"imap-security": "starttls"}]


@pytest.mark.parametrize("security", ["starttls", "none"])
def test_a_tls_port_without_tls_is_wrong_security_with_the_right_one(
    security: str, dovecot_server: Dovecot, network: NetworkRules
) -> None:
    result = check(Side.IMAP, account(dovecot_server.tls_port, security), network)
    assert result.outcome == "wrong_security"
    assert [dict(fix.set) for fix in result.fixes] == [{"imap-security": "tls"}]
    assert sum(step.ms for step in result.steps) < 1500


def test_nobody_listening_is_connect_refused(network: NetworkRules) -> None:
    result = check(Side.IMAP, account(free_ports(1)[0]), network)
    assert result.outcome == "connect_refused"
    assert steps(result) == ["resolve", "connect!"]


def test_a_name_that_does_not_exist_is_dns_not_found(network: NetworkRules) -> None:
    result = check(Side.IMAP, account(993 + 1024, host="nowhere.skrzynka.test"), network)
    assert result.outcome == "dns_not_found"
    assert steps(result) == ["resolve!"]
