"""How the fetching of one account stands: seen live, begun at once, paused, taken up again."""

from flask import Response, flash, request, url_for

from app import accounts, clock, fetching, sending
from app.extensions import db
from app.models import Account
from app.web import replies
from app.web.fetching.blueprint import blueprint
from app.web.fetching.question import about_a_late_answer, question_about, what_was_decided
from app.web.fetching.view import Context, account_context, state_context


@blueprint.get("/<id:account_id>")
def show(account_id: int) -> Response:
    """Show how the fetching of an account stands: to htmx only that, else with all that can be chosen about it."""
    account, now = accounts.get(db.session, account_id), clock.now()
    if replies.wants_partial():
        context = state_context(account, now=now) | _of_the_question(account, request.args.get("question"))
        return replies.page("fetching/_state_update.html", **context)
    return replies.page("fetching/account.html", **account_context(account, now=now))


def _of_the_question(account: Account, shown: str | None) -> Context:
    """Return what has become of the question that a page shows, by its mark; nothing for a page that shows none."""
    if shown is None:
        return {}
    question = question_about(account)
    if question is None:
        return {"decided": what_was_decided(account, shown)}
    return {"question": question, "asks_anew": question.mark != shown}


@blueprint.post("/<id:account_id>/now")
def begin(account_id: int) -> Response:
    """Have an account fetched at once."""
    account = accounts.get(db.session, account_id)
    if account.active:
        fetching.fetch_now(db.session, account, now=clock.now())
        # What waits for a person in the same mailbox is tried again as well.
        sending.holds.let_go(db.session, account.id)
        db.session.commit()
    return replies.proceed(url_for("fetching.show", account_id=account_id))


@blueprint.post("/<id:account_id>/pause")
def pause(account_id: int) -> Response:
    """Fetch nothing until somebody says otherwise."""
    fetching.pause(db.session, accounts.get(db.session, account_id), now=clock.now())
    db.session.commit()
    return replies.proceed(url_for("fetching.show", account_id=account_id))


@blueprint.post("/<id:account_id>/mailbox")
def say_which(account_id: int) -> Response:
    """Say whether an account that has got another server leads to the same mailbox; what was fetched stays anyway."""
    account, said = accounts.get(db.session, account_id), request.form.get("mailbox")
    if said in ("same", "another"):
        say = fetching.say_same if said == "same" else fetching.say_another
        question = request.form.get("question", "")
        if not say(db.session, account, question=question, now=clock.now()):
            flash(about_a_late_answer(account, question), "info")
        db.session.commit()
    return replies.leave(url_for("fetching.show", account_id=account_id))


@blueprint.post("/<id:account_id>/troubles/<id:trouble_id>/retry")
def retry(account_id: int, trouble_id: int) -> Response:
    """Have a message tried once more that was left aside."""
    account = accounts.get(db.session, account_id)
    for trouble, _folder in fetching.list_troubles(db.session, account.id):
        if trouble.id == trouble_id:
            fetching.retry(db.session, trouble, now=clock.now())
            db.session.commit()
    return replies.leave(url_for("fetching.show", account_id=account_id))


@blueprint.get("/<id:account_id>/choices")
@blueprint.get("/<id:account_id>/mailbox")
@blueprint.get("/<id:account_id>/now")
@blueprint.get("/<id:account_id>/pause")
@blueprint.get("/<id:account_id>/troubles/<id:trouble_id>/retry")
def lead_to_the_state(account_id: int, **_rest: int) -> Response:
    """Lead to the state whoever reloads an address that its form is only sent to."""
    return replies.proceed(url_for("fetching.show", account_id=account_id))
