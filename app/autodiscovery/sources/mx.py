"""Who takes the domain's mail: mostly the hoster where its mailboxes are, whose settings are known."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from app.autodiscovery import providers
from app.autodiscovery.offers import Offer
from app.autodiscovery.personal import anybody_at
from app.autodiscovery.racing import Asker, race, rule_out_silence
from app.autodiscovery.ranking import Slot, both_settled, winner
from app.autodiscovery.sources import autoconfig, ispdb
from app.autodiscovery.sources.reach import Reach
from app.autodiscovery.suggest import Source
from app.mail.deadline import Deadline
from app.mail.owners import registrable
from app.mail.settings import Side


def ask(domain: str, hosts: tuple[str, ...], reach: Reach, deadline: Deadline) -> Offer | None:
    """Return what is known of the hoster behind the exchangers ``hosts`` of ``domain``, for the addresses there.

    Raises Unheard.
    """
    if not hosts:
        return None
    hoster = registrable(hosts[0])
    offer = providers.offer_of_mx(hosts[0], anybody_at(domain))
    if offer is None and hoster and hoster != domain:
        offer = _ask_about(hoster, domain, reach, deadline)
    return replace(offer, source=Source.MX) if offer else None


def _ask_about(hoster: str, domain: str, reach: Reach, deadline: Deadline) -> Offer | None:
    askers: list[Asker[Offer]] = [
        *autoconfig.askers(hoster, reach, for_domain=domain),
        partial(ispdb.ask, hoster, reach, for_domain=domain),
    ]
    answers = race(askers, deadline, both_settled)
    offers = [answer for answer in answers if isinstance(answer, Offer)]
    if not offers:
        rule_out_silence(answers)
        return None
    return _best_of(offers, silent=any(isinstance(answer, Slot) for answer in answers))


def _best_of(offers: Sequence[Offer], *, silent: bool) -> Offer:
    """Return one offer that has for each side what the best-ranked of ``offers`` says about it."""
    best = {side: offer for side in Side if (offer := winner(offers, side)) is not None}
    winning = [offer for offer in offers if offer in best.values()]
    return Offer(
        Source.MX,
        {side: best[side].ways[side] if side in best else () for side in Side},
        next((offer.provider for offer in winning if offer.provider), None),
        oauth_only=frozenset(side for side, offer in best.items() if side in offer.oauth_only),
        unheard=frozenset(side for side in Side if silent and side not in best),
    )
