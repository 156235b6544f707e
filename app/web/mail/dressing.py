"""The stationery of a draft: that of its account or another one, asked about where the two differ, and shown."""

from datetime import datetime
from hashlib import sha256
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.models import Account, OutgoingMessage
from app.sending import Answer, Decision, Dress, Shown, decide, taken_up
from app.stationery import Values
from app.web.access import current_person
from app.web.stationery import choosing, wording


def linked_id(account: Account | None) -> int | None:
    """Return what messages from ``account`` are written on: its own stationery, else the default; None: nothing."""
    own = account.stationery_id if account is not None else None
    return choosing.seen_id(str(own or ""))


def decided(posted: MultiDict[str, str], account: Account | None) -> tuple[Shown, Decision]:
    """Return what the page showed and what holds now. A page that says nothing follows its account."""
    linked = linked_id(account)
    if "stationery" not in posted:
        return Shown(Dress(linked)), Decision(Dress(linked))
    shown = Shown(
        Dress(number(posted.get("stationery-shown", "")), posted.get("stationery-by-hand") == "y"),
        asked=posted.get("stationery-asked") == "y",
        gone=posted.get("stationery-gone") == "y",
    )
    chosen, answer = posted["stationery"], posted.get("stationery-answer", "")
    if chosen and name_of(number(chosen)) is None:
        return shown, Decision(Dress(linked), gone=True)
    # Without an account there is nothing to ask about yet.
    switched = account is not None and posted.get("stationery-sender", "") != posted.get("sender", "")
    known = Answer(answer) if answer in list(Answer) else None
    return shown, decide(shown, number(chosen), linked, switched=switched, answer=known)


def of_draft(message: OutgoingMessage, account: Account | None) -> Decision:
    """Return what a draft is written on that is opened again."""
    return taken_up(message.stationery_choice, message.stationery_id, linked_id(account))


def dress_view(decision: Decision, account: Account | None, content: str, message_id: str) -> dict[str, Any]:
    """Return what the choice, the question and the picture need; ``content`` is what was written, as HTML."""
    dress, linked = decision.dress, linked_id(account)
    mine = name_of(dress.stationery_id)
    # What the picture shows has this address; where it stays the same nothing has to be shown anew.
    seen = f"{hash_of(content)}-{dress.stationery_id or 0}-{account.id if account else 0}"
    chosen = shown_by(decision, account)
    return {
        "decision": decision,
        "stationery_choices": [("", _("No stationery")), *((str(id_), name) for id_, name, _d in choosing.known())],
        "stationery_sender": str(account.id) if account is not None else "",
        "question": _question(dress, linked, account) if decision.asks and account is not None else "",
        "follow_words": _("Use “%(name)s”", name=name_of(linked)) if linked is not None else _("Use no stationery"),
        "keep_words": _("Keep “%(name)s”", name=mine) if mine is not None else _("Keep it plain"),
        "picture_seen": seen,
        "picture_url": url_for("mail.picture", message_id=message_id, seen=seen, **chosen),
    }


def shown_by(decision: Decision, account: Account | None) -> dict[str, Any]:
    """Return what the address of the picture of a draft says besides its text."""
    return {"stationery": decision.dress.stationery_id, "sender": account.id if account is not None else None}


def gone_sentence(decision: Decision) -> str:
    """Return what is said where a stationery was deleted while somebody wrote on it."""
    name = name_of(decision.dress.stationery_id)
    if name is None:
        return str(_("The stationery of this message was deleted meanwhile. It is plain now; choose another one here."))
    return str(
        _(
            "The stationery of this message was deleted meanwhile. It has “%(name)s” now, which its account uses; "
            "choose another one here.",
            name=name,
        )
    )


def followed_sentence(dress: Dress) -> str:
    """Return what is said where a message has got the stationery of its account."""
    name = name_of(dress.stationery_id)
    if name is None:
        return str(_("It has no stationery now, like other messages from this account."))
    return str(_("It has the stationery “%(name)s” now, like other messages from this account.", name=name))


def values_of(account: Account | None, moment: datetime) -> Values:
    """Return what the placeholders stand for in a message from ``account`` by the person of this request."""
    name, email, colour = (account.name, account.email, account.colour) if account is not None else ("…", "…", "")
    person = current_person()
    return wording.values(
        moment,
        account_name=name,
        account_email=email,
        account_colour=colour,
        sender_name=name,
        sender_email=person.email or email,
    )


def name_of(stationery_id: int | None) -> str | None:
    """Return the name of a stationery that there is."""
    return next((name for id_, name, _default in choosing.known() if id_ == stationery_id), None)


def number(text: str) -> int | None:
    """Return the id that a field of a form holds, or None."""
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 10 else None


def hash_of(content: str) -> str:
    """Return a short word that differs where ``content`` does."""
    return sha256(content.encode()).hexdigest()[:16]


def _question(dress: Dress, linked: int | None, account: Account) -> str:
    if dress.stationery_id is None:
        return str(
            _(
                "You chose no stationery for this message, and messages from “%(account)s” have “%(theirs)s”.",
                account=account.name,
                theirs=name_of(linked),
            )
        )
    mine = name_of(dress.stationery_id)
    if linked is None:
        return str(
            _(
                "You chose “%(mine)s” for this message, and messages from “%(account)s” have no stationery.",
                mine=mine,
                account=account.name,
            )
        )
    return str(
        _(
            "You chose “%(mine)s” for this message, and messages from “%(account)s” have “%(theirs)s”.",
            mine=mine,
            account=account.name,
            theirs=name_of(linked),
        )
    )
