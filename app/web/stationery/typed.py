"""What stands in an editor of stationery, from answer to answer."""

import re
import secrets
from dataclasses import dataclass

from flask import request
from flask_babel import gettext as _

from app import stationery
from app.extensions import db
from app.models import Stationery
from app.stationery import LONGEST_NAME, STARTERS, Starter
from app.web.fields import trimmed

SCHEMES = ("light", "dark")
WIDTHS = ("desktop", "phone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A design as it stands in its editor.

    ``submission`` is random and names the editor; ``stored`` is what is being changed, at the ``version`` that the
    person saw, or None for a new one. ``inside`` is the account form that the editor was opened from,
    as it was typed (with scripts the form stays in the page, and this is empty); None: it was not opened from one.
    """

    name: str
    source: str
    submission: str
    stored: Stationery | None = None
    version: int = 0
    scheme: str = SCHEMES[0]
    width: str = WIDTHS[0]
    inside: str | None = None

    @classmethod
    def fresh(cls, *, inside: str | None = None) -> "Typed":
        """Return an editor that has just been opened for a new stationery."""
        source = STARTERS[Starter.LETTER]
        return cls(name="", source=source, submission=secrets.token_urlsafe(16), inside=inside)

    @classmethod
    def of(cls, stored: Stationery) -> "Typed":
        """Return an editor that has just been opened for a stored stationery."""
        return cls(
            name=stored.name,
            source=stored.html,
            submission=secrets.token_urlsafe(16),
            stored=stored,
            version=stored.version,
        )

    @classmethod
    def posted(cls, stored: Stationery | None = None) -> "Typed":
        """Return the editor of this request, for ``stored``, else for the stationery that it names."""
        form = request.form
        if stored is None and _number(form.get("design", "")):
            stored = stationery.find(db.session, _number(form["design"]))
        submission = form.get("submission", "")
        return cls(
            name=trimmed(form.get("design-name", "")),
            source=form.get("design-html", "").replace("\r\n", "\n").replace("\0", ""),
            submission=submission if re.fullmatch(r"[\w-]{16,64}", submission, re.ASCII) else secrets.token_urlsafe(16),
            stored=stored,
            # Of somebody else's version, if it was seen and is to be replaced.
            version=_number(form.get("follow") or form.get("version", "")),
            scheme=form["scheme"] if form.get("scheme") in SCHEMES else SCHEMES[0],
            width=form["width"] if form.get("width") in WIDTHS else WIDTHS[0],
            inside=form.get("inside"),
        )

    @property
    def stored_id(self) -> int | None:
        """The id of what is being changed."""
        return self.stored.id if self.stored is not None else None

    @property
    def is_untouched(self) -> bool:
        """Whether the design is one to begin from, so that another may take its place."""
        return not self.source.strip() or self.source.strip() in {source.strip() for source in STARTERS.values()}

    def name_fault(self) -> str:
        """Return what is wrong with the name; empty: nothing."""
        if not self.name:
            return str(_("Type a name for the stationery."))
        if len(self.name) > LONGEST_NAME:
            return str(_("Shorten this to at most %(count)s characters.", count=LONGEST_NAME))
        if not self.name.isprintable():
            return str(_("Type this on one line, without tabs or other control characters."))
        return ""


def _number(text: str) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else 0
