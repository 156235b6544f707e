"""Tells people by mail that an account waits for them: once about each time, however many processes try to.

That somebody is told and the message that tells them are one transaction; what follows it may be lost, since the sweep
of sending takes up whatever was queued. Where no other account can send, the pages say it alone.
"""

import logging

from flask import current_app, url_for
from flask_babel import force_locale, format_datetime
from flask_babel import gettext as _

from app import accounts, clock, fetching, sending, users
from app.config import LAST_RESORT_LOCALE
from app.extensions import current_config, db, queue
from app.fetching import Episode
from app.jobs.sending import send
from app.logs import without_words
from app.models import Account

log = logging.getLogger("skrzynka.owner_notices")


def tell() -> None:
    """Tell about every account that waits, each in a transaction of its own: none hinders the others."""
    messages = []
    for episode in fetching.list_untold(db.session):
        try:
            queued = _told(episode)
            db.session.commit()
        except Exception as error:  # noqa: BLE001 -- it is tried again at the next turn, and the others are told now
            log.error("Nobody could be told about account %s: %s", episode.account_id, without_words(error))
            db.session.rollback()
        else:
            messages += queued
    for message_id in messages:
        queue.enqueue(send, message_id)


def _told(episode: Episode) -> list[str]:
    """Queue what tells about ``episode``, and return the ids of the messages."""
    now = clock.now()
    # First of all: whoever else is about to do the same waits here, and then finds it done.
    if not fetching.take(db.session, episode, now=now):
        return []
    account = accounts.get(db.session, episode.account_id)
    senders = sending.able_to_send(db.session, besides=account.id)
    messages = []
    for person in users.responsible_for(db.session, account.added_by, can_be_told=sending.can_be_told):
        with force_locale(current_config().locale or person.locale or LAST_RESORT_LOCALE):
            subject, text = _subject(episode, account), _text(episode, account)
        messages.append(sending.notify(db.session, senders, person, subject, text, now=now))
    return [message_id for message_id in messages if message_id]


def _subject(episode: Episode, account: Account) -> str:
    if episode.for_password:
        return str(_("The password of %(email)s is not accepted any more", email=account.email))
    return str(_("Mail of %(email)s is not fetched any more", email=account.email))


def _text(episode: Episode, account: Account) -> str:
    said = {"name": account.name, "email": account.email, "host": account.imap_host}
    said["time"] = str(format_datetime(episode.held_at, "medium"))
    if episode.for_password:
        what = _(
            "Since %(time)s Skrzynka has fetched no mail of the account “%(name)s” (%(email)s): its server %(host)s "
            "does not accept the password. Nothing more is tried, so that the server does not lock the account.",
            **said,
        )
        advice = _(
            "Sign in to Skrzynka, open the account and enter the password that holds now. Fetching then goes on from "
            "where it stopped."
        )
    else:
        what = _(
            "Since %(time)s Skrzynka has fetched no mail of the account “%(name)s” (%(email)s): somebody has to change "
            "something about the account first.",
            **said,
        )
        advice = _(
            "Sign in to Skrzynka and open the page about the fetching of the account: it says why and what to do."
        )
    quoted = [_("The server's own words: %(text)s", text=episode.server_text)] if episode.server_text else []
    return "\n\n".join([what, *quoted, advice, *_address(episode), _("Everything that was fetched so far is kept.")])


def _address(episode: Episode) -> list[str]:
    """Return the address of the page that helps, if this installation knows its own."""
    if not current_config().address:
        return []
    with current_app.test_request_context(base_url=current_config().address):
        if episode.for_password:
            page = url_for("accounts.edit", account_id=episode.account_id, _external=True, _anchor="imap-password")
        else:
            page = url_for("fetching.show", account_id=episode.account_id, _external=True)
    return [page]
