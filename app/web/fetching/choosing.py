"""What people choose about the fetching of one account: all of it in one form, so that nothing typed is lost."""

from flask import Response, flash, request, url_for

from app import accounts, clock, fetching
from app.extensions import db
from app.fetching import ChosenMeanwhile
from app.web import replies
from app.web.fetching.blueprint import blueprint
from app.web.fetching.choices import Choices, saved_sentence
from app.web.fetching.view import account_context, folders_context


@blueprint.post("/<id:account_id>/choices")
def choose(account_id: int) -> Response:
    """Save folders, interval and senders, all of them or none; one of the buttons has the folders listed anew.

    Nothing is saved where somebody else has chosen something since the page was opened.
    """
    account, choices, now = accounts.get(db.session, account_id), Choices.of(request), clock.now()
    if choices.errors:
        context = account_context(account, now=now, **choices.shown)
        return replies.page("fetching/account.html", status=422, **context)
    try:
        choices.save(db.session, account, now=now)
    except ChosenMeanwhile as conflict:
        context = account_context(account, now=now, newer=conflict.mark, **choices.shown)
        return replies.page("fetching/account.html", status=422, **context)
    if request.form.get("look") == "y":
        fetching.ask_for_folders(db.session, account, now=now)
    db.session.commit()
    flash(saved_sentence(choices.passed_over), "success")
    return replies.leave(url_for("fetching.show", account_id=account_id))


@blueprint.get("/<id:account_id>/folders")
def folders(account_id: int) -> Response:
    """Show the folders to choose from: to htmx alone, while they are being asked for, else with all around them."""
    account = accounts.get(db.session, account_id)
    if not replies.wants_partial():
        return replies.proceed(url_for("fetching.show", account_id=account_id))
    return replies.page("fetching/_folders.html", **folders_context(account, now=clock.now()))
