"""Back to the site that embeds the form, with the account that was added."""

import json
from urllib.parse import urlencode, urlsplit, urlunsplit

from flask import Response

from app.models import Account
from app.web import replies
from app.web.surroundings import whole_form_id
from app.web.visit import Visit


def lead_back(visit: Visit, account: Account) -> Response:
    """Lead to the return address of the link, or else tell the page around the form."""
    if visit.return_address is not None:
        return replies.leave(returning(visit.return_address, account.id, visit.state))
    said = {"account": account.id, "state": visit.state}
    response = replies.page_or_partial("embed/done.html", "embed/_done.html", account=account, said=said)
    if replies.wants_partial():
        response.headers["HX-Retarget"] = f"#{whole_form_id()}"
        response.headers["HX-Reswap"] = "outerHTML"
        # ASCII, because it is a header.
        response.headers["HX-Trigger"] = json.dumps({"skrzynka:saved": said})
    return response


def returning(address: str, account_id: int, state: str | None) -> str:
    """Return ``address`` with the account and the state behind whatever query it has."""
    parts = urlsplit(address)
    added = urlencode({"account": account_id} | ({} if state is None else {"state": state}))
    return urlunsplit(parts._replace(query=f"{parts.query}&{added}" if parts.query else added))
