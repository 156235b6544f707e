"""An address in, settings out, for whoever has no database and can wait."""

from dataclasses import replace

from app.autodiscovery import providers
from app.autodiscovery.autoconfig_xml import NotAutoconfig, parse
from app.autodiscovery.discovering import discover
from app.autodiscovery.findings import Findings
from app.autodiscovery.found import Found, put_together
from app.autodiscovery.offers import Offer
from app.autodiscovery.personal import anybody_at
from app.autodiscovery.ranking import winner
from app.autodiscovery.sources import Reach
from app.autodiscovery.suggest import Source, domain_of, mailbox_of
from app.mail.settings import Side


def ask_all(email: str, reach: Reach | None) -> Found | None:
    """Return the best that is known of ``email``; without ``reach`` nobody outside is asked."""
    domain = domain_of(email)
    if domain is None:
        return None
    own = providers.offer_of(anybody_at(domain))
    at_hand = [own] if own else []
    has_all = all(winner(at_hand, side) for side in Side)
    findings = Findings() if reach is None or has_all else discover(domain, reach)
    found = put_together(email, [*at_hand, *findings.offers], findings.mail)
    return found and replace(found, complete=findings.complete)


def out_of_document(email: str, document: bytes) -> Found | None:
    """Return what one autoconfig document says about ``email``; None if that is nothing that can be used."""
    try:
        parsed = parse(document, mailbox_of(email))
    except NotAutoconfig:
        return None
    if not any(parsed.ways.values()):
        return None
    offer = Offer(Source.AUTOCONFIG, parsed.ways, parsed.note, oauth_only=parsed.oauth_only)
    return put_together(email, [offer])
