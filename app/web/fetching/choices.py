"""What was typed into the form about the fetching of an account: read, judged, and saved as a whole."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import IO, Any, Self

from flask import Request
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from app import fetching
from app.fetching import FAULTS_NAMED, MOST_SENDERS, IntervalInvalid, NoSenders, SenderInvalid, TooManySenders
from app.models import Account
from app.web.fetching.tables import MOST_BYTES, NoTable, text_of_table

_NUMBER = re.compile(r"[0-9]{1,9}\Z", re.ASCII)
# In letters: a list of so many senders, each of a good length.
MOST_TYPED = 2 * 1024 * 1024


@dataclass(slots=True)
class Choices:
    """``seen``: the mark of what stood there before. ``folders`` is None where none were shown to choose from."""

    seen: str
    folders: set[int] | None
    interval: str
    minutes: int | None
    mark_seen: bool
    listed_only: bool
    typed: str
    senders: list[str] = field(default_factory=list)
    # How many rows of the file named nobody.
    passed_over: int = 0
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, request: Request) -> Self:
        """Return what was sent, with its errors."""
        form = request.form
        ticked = {int(text) for text in form.getlist("folder") if _NUMBER.match(text)}
        choices = cls(
            seen=form.get("follow") or form.get("seen", ""),
            folders=ticked if form.get("folders-shown") == "y" else None,
            interval=form.get("interval", "").strip()[:20],
            minutes=None,
            mark_seen=form.get("mark-seen") == "y",
            listed_only=form.get("listed-only") == "y",
            typed=form.get("senders", ""),
        )
        choices._read_interval()
        choices._read_senders(request)
        return choices

    @property
    def shown(self) -> Mapping[str, Any]:
        """What the form shows again."""
        ticked = {} if self.folders is None else {"ticked": self.folders}
        kept = {"interval": self.interval, "mark_seen": self.mark_seen, "listed_only": self.listed_only}
        return {**self.errors, **ticked, **kept, "seen": self.seen, "senders": self.typed}

    def save(self, session: Session, account: Account, *, now: datetime) -> None:
        """Save what is without an error. The caller commits. Raises ChosenMeanwhile."""
        fetching.refuse_unseen(session, account.id, self.seen)
        fetching.set_options(session, account, interval_minutes=self.minutes, mark_seen=self.mark_seen, now=now)
        chosen = {folder.id for folder in fetching.list_folders(session, account.id) if folder.chosen}
        if self.folders is not None and self.folders != chosen:
            fetching.choose(session, account, self.folders, now=now)
        fetching.set_senders(session, account, self.senders, only=self.listed_only, now=now)

    def _read_interval(self) -> None:
        try:
            self.minutes = minutes_of(self.interval) if self.interval else None
        except IntervalInvalid:
            self.errors["interval_error"] = interval_sentence()

    def _read_senders(self, request: Request) -> None:
        upload = request.files.get("senders-file")
        listed = self._taken("senders_error", self._typed_senders)
        added: list[str] = []
        if upload is not None and upload.filename:
            added = self._taken("file_error", partial(self._table_senders, upload.stream))
        self.senders = list(dict.fromkeys([*listed, *added]))
        if self.errors.keys() & {"senders_error", "file_error"}:
            return
        if len(self.senders) > MOST_SENDERS or sum(len(each) + 1 for each in self.senders) > MOST_TYPED:
            self.errors["file_error" if added else "senders_error"] = too_many_sentence()
        if self.listed_only and not self.senders:
            words = _("Type at least one address or domain, or switch this off: nothing would be fetched otherwise.")
            self.errors["senders_error"] = words

    def _typed_senders(self) -> list[str]:
        if len(self.typed) > MOST_TYPED:
            raise TooManySenders
        return fetching.senders_in(self.typed)

    def _table_senders(self, stream: IO[bytes]) -> list[str]:
        table = fetching.senders_in_table(text_of_table(stream.read(MOST_BYTES + 1)))
        self.passed_over = table.passed_over
        return list(table.patterns)

    def _taken(self, error: str, take: Callable[[], list[str]]) -> list[str]:
        try:
            return take()
        except NoTable:
            self.errors[error] = _("This file is not a list of addresses (CSV). Nothing was taken from it.")
        except NoSenders:
            self.errors[error] = _("There is no address and no domain in this file. Choose another one.")
        except SenderInvalid as invalid:
            self.errors[error] = _faults(invalid)
        except TooManySenders:
            self.errors[error] = too_many_sentence()
        return []


def minutes_of(text: str) -> int:
    """Return a number of minutes. Raises IntervalInvalid."""
    if not (text.isascii() and text.isdigit() and len(text) < 8 and 1 <= int(text) <= fetching.MOST_MINUTES):
        raise IntervalInvalid(text)
    return int(text)


def interval_sentence() -> str:
    """Say what an interval is."""
    return str(_("Type a whole number of minutes between 1 and 1440 (a day)."))


def too_many_sentence() -> str:
    """Say how long a list may be."""
    return str(_("A list holds at most 20,000 addresses and domains. Name domains instead of each of their addresses."))


def saved_sentence(passed_over: int) -> str:
    """Say that all is saved, and how many rows of the file named nobody."""
    saved = str(_("The settings are saved."))
    if not passed_over:
        return saved
    rows = ngettext(
        "One row of the file was passed over: there is no address in it.",
        "%(num)d rows of the file were passed over: there is no address in them.",
        passed_over,
    )
    return f"{saved} {rows}"


def _faults(invalid: SenderInvalid) -> str:
    said = [
        _(
            "Line %(number)d: “%(text)s” is neither an address nor a domain such as infirma.pl.",
            number=number,
            text=text[:60],
        )
        for number, text in invalid.faults
    ]
    more = invalid.count - FAULTS_NAMED
    if more > 0:
        said.append(ngettext("One more line is like that.", "%(num)d more lines are like that.", more))
    return " ".join(said)
