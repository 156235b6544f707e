"""A test message to oneself: sent with one press, waited for, and shown with the time that it took."""

from flask import Response, abort, flash, url_for
from flask_babel import gettext as _

from app import accounts, clock, jobs, sending
from app.accounts import AccountNotFound
from app.extensions import QueueUnavailable, db, queue
from app.mail.address import canonical_host
from app.models import RoundTrip
from app.sending import AccountGone
from app.web import replies
from app.web.access import current_person
from app.web.mail import pacing
from app.web.mail.blueprint import blueprint, checked_id
from app.web.mail.view import round_trip_context


@blueprint.post("/tests/of/<id:account_id>")
def start_test(account_id: int) -> Response:
    """Send a message from an account to itself."""
    account = accounts.get(db.session, account_id)
    if not account.active:
        flash(_("This account is switched off. Switch it on first, then send a test message."), "warning")
    elif pacing.put_off_until(current_person().id) is not None:
        flash(_("These are too many messages in a short time. Wait a few minutes, then try again."), "warning")
    else:
        started = _started(account_id)
        return replies.leave(url_for("mail.show_test", round_trip_id=started.id))
    return replies.leave(url_for("accounts.edit", account_id=account_id))


@blueprint.get("/tests/of/<id:account_id>")
def lead_to_the_account(account_id: int) -> Response:
    """Lead to the account whoever reloads the address that its button is sent to."""
    return replies.proceed(url_for("accounts.edit", account_id=account_id))


@blueprint.get("/tests/<round_trip_id>")
def show_test(round_trip_id: str) -> Response:
    """Show how far a test message has come."""
    context = round_trip_context(_own(round_trip_id), now=clock.now())
    return replies.page_or_partial("mail/test.html", "mail/_test.html", **context)


@blueprint.post("/tests/<round_trip_id>/cancel")
def cancel_test(round_trip_id: str) -> Response:
    """Wait no longer."""
    sending.round_trips.cancel(db.session, _own(round_trip_id))
    db.session.commit()
    return replies.proceed(url_for("mail.show_test", round_trip_id=round_trip_id))


@blueprint.get("/tests/<round_trip_id>/cancel")
def lead_to_the_test(round_trip_id: str) -> Response:
    """Lead to the test message whoever reloads an address that its form is only sent to."""
    return replies.proceed(url_for("mail.show_test", round_trip_id=round_trip_id))


def _started(account_id: int) -> RoundTrip:
    account = accounts.get(db.session, account_id)
    try:
        started = sending.round_trips.start(
            db.session,
            account,
            current_person().id,
            canonical_host(account.email.rpartition("@")[2]),
            subject=_("Test message from Skrzynka"),
            text=_("This message was sent to see whether the account sends and receives. You can delete it."),
            now=clock.now(),
        )
    except AccountGone as gone:
        raise AccountNotFound(account_id) from gone
    db.session.commit()
    try:
        queue.enqueue(jobs.sending.send, started.message_id)
        queue.enqueue(jobs.sending.watch, started.id)
    except QueueUnavailable:
        sending.round_trips.cancel(db.session, started)
        db.session.commit()
        flash(_("The job queue cannot be reached, so nothing was sent. Try again in a moment."), "warning")
    return started


def _own(round_trip_id: str) -> RoundTrip:
    found = sending.find_own_round_trip(db.session, checked_id(round_trip_id), current_person().id)
    if found is None:
        abort(404)
    return found
