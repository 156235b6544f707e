"""What the pages show of fetched messages, in the person's language."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from app import accounts, fetching, mailbox, stationery
from app.extensions import db
from app.mailbox import Listed, Position
from app.models import Account, Folder
from app.web.fetching.folder_names import folder_title
from app.web.mail.letter import readable_size
from app.web.mailbox.filter import Filter
from app.web.mailbox.top import counted, folder_choices
from app.web.moments import Moment, moment_of

Context = dict[str, Any]
PER_PAGE = 50
# A message that took longer than this has two times that are worth telling.
_SLOW = timedelta(minutes=10)
# How often, in milliseconds, the top of the list looks for new messages.
POLL_MS = 10_000


@dataclass(frozen=True, slots=True)
class Row:
    """A message in the list."""

    listed: Listed
    account: Account | None
    sender: str
    subject: str
    received: Moment
    # Where it lies, unless in the inbox.
    folder: str
    address: str


def list_context(asked: Filter, *, now: datetime) -> Context:
    """Return what the list of messages needs."""
    known = {account.id: account for account in accounts.list_all(db.session)}
    choices = folder_choices(asked) if asked.account_id is not None else []
    if asked.folder_id not in [choice.folder_id for choice in choices]:
        # Another account was chosen meanwhile, or the folder is gone.
        asked = replace(asked, folder_id=None)
    found = mailbox.list_messages(
        db.session,
        account_id=asked.account_id,
        folder_id=asked.folder_id,
        search=asked.search,
        unread=asked.unread,
        below=_position(asked.below),
        most=PER_PAGE + 1,
    )
    folders = fetching.folders_by_id(db.session, {each.placement.folder_id for each in found})
    rows = [
        _row(each, known.get(each.placement.account_id or 0), folders.get(each.placement.folder_id), asked, now)
        for each in found[:PER_PAGE]
    ]
    more = len(found) > PER_PAGE
    return {
        "rows": rows,
        "asked": asked,
        "accounts": [("", _("All accounts")), *((account.id, account.name) for account in known.values())],
        "has_accounts": bool(known),
        "narrowed": bool(asked.search or asked.unread or asked.account_id),
        # All of them, and one: there is nothing to choose.
        "folders": choices if len(choices) > 2 else [],
        **counted(asked, len(rows), more=more),
        "older": asked.address(below=rows[-1].listed.placement.id) if more else None,
        "latest": asked.address() if asked.below is not None else None,
        # Who searches looks for what is there, and each search reads all of it.
        "poll_url": asked.address() if known and asked.below is None and not asked.search else None,
        "poll_ms": POLL_MS,
        "look": f"{now.timestamp() * 1000:.0f}",
    }


def message_context(listed: Listed, *, asked: Filter, images: bool, now: datetime) -> Context:
    """Return what the page about one message needs; ``asked`` is the list that it was opened from."""
    message, placement = listed.message, listed.placement
    content = mailbox.whole(db.session, message)
    reading = mailbox.read(content)
    content.close()
    account = accounts.find(db.session, placement.account_id) if placement.account_id is not None else None
    there = mailbox.find_on_server(db.session, placement)
    folder_id = (there or placement).folder_id
    return {
        "message": message,
        "placement": placement,
        "account": account,
        "has_others": bool(mailbox.others(reading.headers, own_addresses(account))),
        "subject": _subject(listed),
        "sender": _with_name(message.from_name, message.from_address) or _("Unknown sender"),
        "copies": reading.headers.text("cc", 2000),
        "folder": _folder(fetching.folders_by_id(db.session, [folder_id]).get(folder_id)),
        "gone": there is None,
        "received": moment_of(placement.received_at, now),
        "written": _written(listed, now),
        "back": asked.arguments,
        "back_url": asked.address(below=asked.below),
        "text": stationery.linked(reading.text.strip()),
        "has_html": bool(reading.html.strip()),
        "blocked": not images and mailbox.has_remote_images(reading),
        "images": "all" if images else None,
        "files": [(file, file.name or _("file without a name"), readable_size(file.size)) for file in reading.files],
        "flawed": message.flawed or reading.flawed,
        "cut": reading.cut,
        "headers_only": "" if message.complete else _headers_only(listed, gone=there is None),
        "marks": True,
    }


def own_addresses(account: Account | None) -> tuple[str, ...]:
    """Return by which addresses whoever answers from ``account`` is known; many log in with an older one."""
    return () if account is None else (account.email, account.imap_username)


def _row(listed: Listed, account: Account | None, folder: Folder | None, asked: Filter, now: datetime) -> Row:
    message, placement = listed.message, listed.placement
    sender = message.from_name or message.from_address or _("Unknown sender")
    address = url_for("mailbox.show", placement_id=placement.id, **asked.arguments)
    said = (_subject(listed), moment_of(placement.received_at, now))
    return Row(listed, account, sender, *said, _folder(folder), address)


def _folder(folder: Folder | None) -> str:
    return "" if folder is None or folder.name == "INBOX" else folder_title(folder)


def _written(listed: Listed, now: datetime) -> Moment | None:
    """Return when a message says that it was written, where that tells something else than when it arrived."""
    dated_at = listed.message.dated_at
    differs = dated_at is not None and abs(listed.placement.received_at - dated_at) > _SLOW
    return moment_of(dated_at, now) if dated_at is not None and differs else None


def _subject(listed: Listed) -> str:
    return listed.message.subject or _("(no subject)")


def _headers_only(listed: Listed, *, gone: bool) -> str:
    here = _(
        "Of messages larger than %(limit)d MB only the headers are fetched. This one has %(size)s.",
        limit=fetching.SIZE_LIMIT // 1024**2,
        size=readable_size(listed.message.size),
    )
    if gone:
        rest = _("The rest was on the server.")
    else:
        rest = _("The rest is on the server: open the message with another mail program.")
    return f"{here} {rest}"


def _with_name(name: str, address: str) -> str:
    return f"{name} <{address}>" if name and address else name or address


def _position(placement_id: int | None) -> Position | None:
    found = mailbox.find_message(db.session, placement_id) if placement_id is not None else None
    return None if found is None else Position(found.placement.received_at, found.placement.id)
