"""From an editor to a stored stationery, or to what is wrong with it beside each field."""

from flask import flash
from flask_babel import gettext as _

from app import clock, stationery
from app.extensions import db
from app.models import Stationery
from app.stationery import NameTaken, StationeryRefused
from app.web.stationery.images import add_chosen
from app.web.stationery.typed import Typed
from app.web.stationery.view import faults_of
from app.web.stationery.wording import faults_sentence, removed_sentence


class EditorRefused(Exception):
    """The editor cannot be saved as it stands. ``errors`` say why, by field."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(", ".join(errors))
        self.errors = errors


def saved(typed: Typed) -> Stationery:
    """Write what stands in the editor. The caller commits, refused or not.

    Raises EditorRefused, StationeryChangedMeanwhile.

    An image that was chosen but not yet added is added first, and stays added where the rest is refused.
    """
    errors = {"design-name": typed.name_fault(), "design-image": add_chosen(typed)}
    # After the image, which the design may show.
    errors["design-html"] = faults_sentence(faults_of(typed))
    if any(errors.values()):
        raise EditorRefused({field: words for field, words in errors.items() if words})
    try:
        stored = _written(typed)
    except StationeryRefused as refusal:
        raise EditorRefused({"design-html": faults_sentence(refusal.faults)}) from refusal
    except NameTaken as taken:
        words = _("Another stationery has this name: type a different one.")
        raise EditorRefused({"design-name": words}) from taken
    return stored


def tell_what_was_removed(typed: Typed, stored: Stationery) -> None:
    """Say on the next page what was taken out of the design."""
    names = stationery.removed(typed.source, stored.html)
    if names:
        flash(removed_sentence(names), "warning")


def _written(typed: Typed) -> Stationery:
    now = clock.now()
    if typed.stored is None:
        return stationery.create(db.session, name=typed.name, source=typed.source, submission=typed.submission, now=now)
    stationery.save(
        db.session, typed.stored, name=typed.name, source=typed.source, expected_version=typed.version, now=now
    )
    return typed.stored
