"""The file of providers is read strictly."""

from datetime import date

import pytest

from app.autodiscovery.provider_file import Provider, ProviderFileInvalid, Server, read_providers
from app.mail.settings import ConnectionSecurity, Side

ENTRY = """
[[provider]]
name = "Poczta"
documentation = "https://pomoc.poczta.example/programy"
checked = 2026-11-24
domains = ["poczta.example"]
mx = ["mx.poczta.example"]
username = "local"
imap = ["imap.poczta.example 993 tls", "imap.poczta.example 143 starttls"]
smtp = ["smtp.poczta.example 465 tls"]
imap_switch = true
texts = ["mail_password"]
"""


def test_an_entry_says_all_that_there_is_to_know():
    (provider,) = read_providers(ENTRY)
    assert provider == Provider(
        name="Poczta",
        documentation="https://pomoc.poczta.example/programy",
        checked=date(2026, 11, 24),
        domains=("poczta.example",),
        subdomains=False,
        mx=("mx.poczta.example",),
        servers={
            Side.IMAP: (
                Server("imap.poczta.example", 993, ConnectionSecurity.TLS),
                Server("imap.poczta.example", 143, ConnectionSecurity.STARTTLS),
            ),
            Side.SMTP: (Server("smtp.poczta.example", 465, ConnectionSecurity.TLS),),
        },
        local=frozenset(Side),
        app_password=False,
        imap_switch=True,
        oauth_only=False,
        help="https://pomoc.poczta.example/programy",
        texts=("mail_password",),
    )


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("imap_switch", "imap_swich", "unknown key 'imap_swich'"),
        ('name = "Poczta"', 'nam = "Poczta"', "unknown key"),
        ('name = "Poczta"', "", "name must be a text"),
        ('"Poczta"', "7", "name must be a text"),
        ('"Poczta"', '" Poczta"', "name must be a text"),
        ('"Poczta"', '"Poczta\\nPoczta"', "name must be a text"),
        ("https://pomoc", "http://pomoc", "documentation must be an https address"),
        ('documentation = "https://pomoc.poczta.example/programy"', "", "documentation must be"),
        ("texts =", 'help = "javascript:alert(1)"\ntexts =', "help must be an https address"),
        ("2026-11-24", '"2026-11-24"', "checked must be a date"),
        ("2026-11-24", "2026-11-24T10:00:00", "checked must be a date"),
        ("2026-11-24", "true", "checked must be a date"),
        ('["poczta.example"]', '"poczta.example"', "domains must be a list of texts"),
        ('["poczta.example"]', "[7]", "domains must be a list of texts"),
        ('["poczta.example"]', '["Poczta.Example"]', "must write 'Poczta.Example' as 'poczta.example'"),
        ('["poczta.example"]', '["żółw.pl"]', "must write 'żółw.pl' as 'xn--w-uga1v8h.pl'"),
        ('["poczta.example"]', '["poczta..example"]', "which is no host"),
        ('["poczta.example"]', '["{domain}"]', "which is no host"),
        (
            '["poczta.example"]',
            '["poczta.example", "poczta.example"]',
            "the domain 'poczta.example' stands there twice",
        ),
        ('["mx.poczta.example"]', '["*.poczta.example"]', "which is no host"),
        ('"local"', '"nickname"', "username and smtp_username must be"),
        ("true", '"yes"', "imap_switch must be true or false"),
        ("true", "1", "imap_switch must be true or false"),
        ('["smtp.poczta.example 465 tls"]', "[]", "both servers must be there"),
        ('["smtp.poczta.example 465 tls"]', '"smtp.poczta.example 465 tls"', "smtp must be a list"),
        ("465 tls", "465", "HOST PORT SECURITY"),
        ("465 tls", "465 ssl", "HOST PORT SECURITY"),
        ("465 tls", "0 tls", "HOST PORT SECURITY"),
        ("465 tls", "70000 tls", "HOST PORT SECURITY"),
        ("465 tls", "465  tls", "HOST PORT SECURITY"),
        ("465 tls", "465 tls now", "HOST PORT SECURITY"),
        ("smtp.poczta.example 465", "{server} 465", "which is no host"),
        ("smtp.poczta.example 465", "{mx} 465", "{mx} has no meaning"),
        ("mail_password", "buy_a_pigeon", "unknown code in texts"),
        ("mail_password", "no_imap", "both servers must be there, or a text"),
        ("[[provider]]", "[provider]", "[[provider]] entries"),
        ("[[provider]]", "[[providers]]", "[[provider]] entries"),
        ("[[provider]]", "version = 1\n[[provider]]", "nothing else"),
        ("[[provider]]", "[[provider]", "not TOML"),
    ],
)
def test_what_is_not_understood_is_an_error(old, new, why):
    assert old in ENTRY
    with pytest.raises(ProviderFileInvalid) as refused:
        read_providers(ENTRY.replace(old, new, 1))
    assert why in str(refused.value)


def test_an_entry_must_be_found_by_something():
    nowhere = ENTRY.replace('domains = ["poczta.example"]', "").replace('mx = ["mx.poczta.example"]', "")
    with pytest.raises(ProviderFileInvalid, match="domains or mx must be there"):
        read_providers(nowhere)


@pytest.mark.parametrize("other", ['name = "Inna"', 'domains = ["inna.example"]', 'mx = ["mx.inna.example"]'])
def test_two_entries_do_not_share_a_name_a_domain_or_an_exchanger(other):
    key = other.partition(" ")[0]
    second = "\n".join(
        line if line.partition(" ")[0] == key or line.partition(" ")[0] not in ("name", "domains", "mx") else changed
        for line in ENTRY.splitlines()
        for changed in [{"name": 'name = "N"', "domains": "", "mx": 'mx = ["n.example"]'}.get(line.partition(" ")[0])]
    )
    with pytest.raises(ProviderFileInvalid, match="stands there twice"):
        read_providers(ENTRY + second)


def test_a_provider_without_imap_needs_no_servers():
    closed = ENTRY.replace("mail_password", "no_imap")
    closed = "\n".join(line for line in closed.splitlines() if not line.startswith(("imap =", "smtp =")))
    (provider,) = read_providers(closed)
    assert provider.servers == {Side.IMAP: (), Side.SMTP: ()}
