"""Stationery: the design around the text of a message.

For whoever writes and sends messages:

    found = stationery.find(session, stationery_id)   # None: a plain message
    done = stationery.render(found, text_html, stationery.Values(account_name=..., ...))
    done.html                                         # the whole document; images are <img src="cid:...">
    done.images                                       # those that it shows: .content_id, .media_type, .data

The text stands inside the one element with ``data-content``. Both the text and the design are sanitised on the way in
and on the way out, so that ``text_html`` may come from anywhere. Content ids go into ``Content-ID`` in angle brackets.
"""

from app.stationery.faults import LONGEST, LONGEST_NAME, Fault, Problem, faults
from app.stationery.images import LARGEST, MOST, ImageRefused, NotUsable
from app.stationery.linking import Piece, linked
from app.stationery.operations import (
    AnotherDefault,
    NameTaken,
    StationeryChangedMeanwhile,
    StationeryRefused,
    add_image,
    choose_default,
    create,
    duplicate,
    forget_expired,
    note_sketch,
    remove,
    remove_image,
    save,
)
from app.stationery.placeholders import NAMES, Values
from app.stationery.queries import (
    Sketch,
    StationeryNotFound,
    accounts_using,
    choices,
    find,
    find_default,
    find_image,
    find_sketch,
    get,
    hold,
    images_of,
    list_all,
    uses,
)
from app.stationery.render import Design, Image, Rendered, render, shown_again
from app.stationery.sanitise import removed, sanitised, sanitised_from_others
from app.stationery.starters import STARTERS, Starter

__all__ = [
    "LARGEST",
    "LONGEST",
    "LONGEST_NAME",
    "MOST",
    "NAMES",
    "STARTERS",
    "AnotherDefault",
    "Design",
    "Fault",
    "Image",
    "ImageRefused",
    "NameTaken",
    "NotUsable",
    "Piece",
    "Problem",
    "Rendered",
    "Sketch",
    "Starter",
    "StationeryChangedMeanwhile",
    "StationeryNotFound",
    "StationeryRefused",
    "Values",
    "accounts_using",
    "add_image",
    "choices",
    "choose_default",
    "create",
    "duplicate",
    "faults",
    "find",
    "find_default",
    "find_image",
    "find_sketch",
    "forget_expired",
    "get",
    "hold",
    "images_of",
    "linked",
    "list_all",
    "note_sketch",
    "remove",
    "remove_image",
    "removed",
    "render",
    "sanitised",
    "sanitised_from_others",
    "save",
    "shown_again",
    "uses",
]
