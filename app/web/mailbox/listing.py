"""The list of fetched messages, of one account or of all."""

from flask import Response, request

from app import clock
from app.web import replies
from app.web.mailbox.blueprint import blueprint
from app.web.mailbox.filter import Filter
from app.web.mailbox.view import list_context


@blueprint.get("/")
def index() -> Response:
    """Show messages, the latest first, as far as they are asked for."""
    asked = Filter.of(request.args)
    context = list_context(asked, now=clock.now())
    return replies.page_or_partial("mailbox/list.html", "mailbox/_list_update.html", **context)
