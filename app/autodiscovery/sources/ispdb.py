"""What the database of providers says (Mozilla's, or the operator's own)."""

from urllib.parse import urlsplit

from app.autodiscovery.offers import Offer
from app.autodiscovery.sources.reach import Reach
from app.autodiscovery.sources.reading import fetched, read
from app.autodiscovery.suggest import Source
from app.mail.deadline import Deadline
from app.mail.documents import HTTPS_PORT


def ask(domain: str, reach: Reach, deadline: Deadline, *, for_domain: str = "") -> Offer | None:
    """Return what the database says about ``domain``, for the addresses of ``for_domain`` if that is another one.

    Raises StepFailed.
    """
    if not reach.ispdb_url:
        return None
    port = urlsplit(reach.ispdb_url).port or HTTPS_PORT
    document = fetched(f"{reach.ispdb_url.rstrip('/')}/{domain}", reach, deadline, port=port)
    return read(document, for_domain or domain, Source.ISPDB, reach.rules) if document else None
