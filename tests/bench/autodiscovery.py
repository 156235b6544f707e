"""How fast settings are found, on an internet of 50 ms: against the source itself, and when nobody answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from app.autodiscovery import Source
from app.autodiscovery.autoconfig_xml import parse
from app.autodiscovery.discovering import discover
from app.mail.deadline import Deadline
from app.mail.documents import fetch
from tests.bench.figure import Figure, interleaved, median
from tests.bench.house import Client, House
from tests.fakes.dns import SILENT
from tests.fakes.internet import Internet, config, internet, silence
from tests.servers.ca import Authority

DOMAIN = "infirma.test"
# Known without asking anybody, and known to nobody.
KNOWN, UNKNOWN = "anna@wp.pl", "anna"
# As many as Mozilla's database of providers has, in the shapes that they have there.
DOCUMENTS = 163
CORPUS = Path(__file__).parents[1] / "unit" / "autodiscovery" / "corpus"


def measure(house: House) -> list[Figure]:
    """Return the figures of autodiscovery."""
    with _somewhere() as net:
        net.provider(DOMAIN, config(DOMAIN, "imap.infirma.test", "smtp.infirma.test"))
        net.delay = 0.05
        found, alone = (median(times) for times in interleaved([partial(_found, net), partial(_alone, net)], rounds=9))
    return [
        Figure("Known provider, in the form, above the bare partial", _known(house), "ms", 50),
        Figure("Settings found by the job, with 50 ms added to each answer, median", found, "ms"),
        Figure("The same, against the best source alone", found / alone, "x", 1.2),
        Figure("Every source silent", _silent(), "s", 8.2),
        Figure(f"{DOCUMENTS} autoconfig documents of our corpus, parsed in all", _parsed(), "s", 1),
    ]


@contextmanager
def _somewhere() -> Iterator[Internet]:
    with TemporaryDirectory() as folder, internet(Authority(Path(folder))) as net:
        net.mx(DOMAIN)
        yield net


def _found(net: Internet) -> None:
    (offer,) = discover(DOMAIN, net.reach).offers
    assert offer.source is Source.AUTOCONFIG


def _alone(net: Internet) -> None:
    with Deadline(8) as deadline:
        fetch(f"https://autoconfig.{DOMAIN}/mail/config-v1.1.xml", net.reach.rules, deadline)


def _silent() -> float:
    with _somewhere() as net:
        for publish in (net.provider, net.well_known, net.database):
            publish(DOMAIN, silence)
        net.names[DOMAIN, "MX"] = SILENT
        for service in ("_imaps", "_imap", "_submissions", "_submission"):
            net.names[f"{service}._tcp.{DOMAIN}", "SRV"] = SILENT
        started = perf_counter()
        assert not discover(DOMAIN, net.reach).offers
        return perf_counter() - started


def _known(house: House) -> float:
    client = Client(house.port)
    client.sign_in()
    fields = {"csrf_token": client.token("/accounts/new"), "suggested": "{}"}
    asking = [
        partial(client.ask, "/accounts/suggestions", {**fields, "email": email}, htmx=True)
        for email in (KNOWN, UNKNOWN)
    ]
    known, bare = (median(times) for times in interleaved(asking, rounds=100))
    return known - bare


def _parsed() -> float:
    """Return how long as many documents take as there are in a database, read as if each had just been fetched."""
    shapes = [path.read_bytes() for path in sorted(CORPUS.glob("*.xml"))]
    documents = [document for document, _ in zip(cycle(shapes), range(DOCUMENTS), strict=False)]
    started = perf_counter()
    for document in documents:
        parse(document, f"anna@{DOMAIN}")
    return perf_counter() - started
