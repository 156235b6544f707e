"""What is known of providers without asking anybody: the entries of ``providers.toml``, found by domain or exchanger.

User names are made of the address as it is given. A tag (``anna+list@``) belongs to the address and not to the account,
so whoever asks gives the address of the mailbox.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from app.autodiscovery.offers import Offer, ProviderNote, Way
from app.autodiscovery.provider_file import DOMAIN, MX, Provider, read_providers
from app.autodiscovery.suggest import Source
from app.mail.address import host_or_none
from app.mail.settings import Side

BUILT_IN = Path(__file__).with_name("providers.toml")


def offer_of(address: str) -> Offer | None:
    """Return what is known of the provider of ``address``. It has no ways where mail programs have none."""
    domain = host_or_none(address.rpartition("@")[2]) or ""
    provider = _of_domain(domain)
    return _offer(provider, address, domain, mx_host="") if provider else None


def offer_of_mx(mx_host: str, address: str) -> Offer | None:
    """Return what is known of the provider that takes the mail for ``address`` at ``mx_host``."""
    host, domain = (host_or_none(name) or "" for name in (mx_host, address.rpartition("@")[2]))
    provider = _of_exchanger(host, domain)
    return _offer(provider, address, domain, mx_host=host) if provider else None


def help_page(host: str) -> str | None:
    """Return where the provider of the server ``host`` explains app passwords and its switches, or None."""
    endings = _endings(host_or_none(host) or "")
    return next((_help_pages()[ending] for ending in endings if ending in _help_pages()), None)


@cache
def known_domains() -> frozenset[str]:
    """Return the domains whose addresses the built-in providers host."""
    return frozenset(domain for provider in built_in() for domain in provider.domains)


@cache
def built_in() -> tuple[Provider, ...]:
    """Return the entries of the file, which is read once."""
    return read_providers(BUILT_IN.read_text(encoding="utf-8"))


def _offer(provider: Provider, address: str, domain: str, mx_host: str) -> Offer:
    # Who brings a domain along logs in with the whole address; what stands before the @ is not one person's there.
    local = provider.local if _of_domain(domain) is provider else frozenset()
    ways = {side: _ways(provider, side, address, domain, mx_host, local=side in local) for side in Side}
    note = ProviderNote(
        provider.name,
        app_password=provider.app_password,
        imap_switch=provider.imap_switch,
        oauth_only=provider.oauth_only,
        local_part=Side.IMAP in local,
        help_url=provider.help,
        texts=provider.texts,
    )
    oauth_only = frozenset(Side) if provider.oauth_only else frozenset[Side]()
    return Offer(Source.PROVIDER, ways, note, closed=not any(ways.values()), oauth_only=oauth_only)


def _ways(provider: Provider, side: Side, address: str, domain: str, mx_host: str, *, local: bool) -> tuple[Way, ...]:
    username = address.rpartition("@")[0] if local else address
    return tuple(
        Way(server.host.replace(MX, mx_host).replace(DOMAIN, domain), server.port, server.security, username)
        for server in provider.servers[side]
    )


def _of_domain(domain: str) -> Provider | None:
    exact = _by_domain().get(domain)
    above = (_by_domain().get(ending) for ending in _endings(domain))
    return exact or next((provider for provider in above if provider is not None and provider.subdomains), None)


def _of_exchanger(host: str, domain: str) -> Provider | None:
    # The longest ending says most.
    found = (_by_exchanger().get(ending) for ending in _endings(host))
    exact = (
        _by_exchanger().get(host.removesuffix(domain) + DOMAIN) if domain and host.endswith(f".{domain}") else None,
    )
    return next((provider for provider in (*exact, *found) if provider is not None), None)


def _endings(host: str) -> Iterator[str]:
    labels = host.split(".") if host else []
    return (".".join(labels[place:]) for place in range(len(labels)))


@cache
def _by_domain() -> Mapping[str, Provider]:
    return {domain: provider for provider in built_in() for domain in provider.domains}


@cache
def _by_exchanger() -> Mapping[str, Provider]:
    return {exchanger: provider for provider in built_in() for exchanger in provider.mx}


@cache
def _help_pages() -> Mapping[str, str]:
    return {name: provider.help for provider in built_in() for name in (*_hosts(provider), *provider.domains)}


def _hosts(provider: Provider) -> Sequence[str]:
    return [server.host for servers in provider.servers.values() for server in servers if server.is_fixed]
