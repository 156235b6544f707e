"""What the pages about stationery say: why a design or an image is refused, and what the placeholders stand for."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from flask_babel import format_date, format_time, to_user_timezone
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.stationery import LONGEST, MOST, Fault, NotUsable, Problem, Starter, Values

STARTER_NAMES: Mapping[Starter, str] = {
    Starter.SIGNATURE: _l("Signature"),
    Starter.LETTER: _l("Letter"),
    Starter.CARD: _l("Card"),
}

PLACEHOLDERS: Mapping[str, str] = {
    "account.name": _l("the name of the account"),
    "account.email": _l("the address of the account"),
    "account.colour": _l("the colour of the account, also inside a style"),
    "sender.name": _l("the name that recipients see as the sender's"),
    "sender.email": _l("the address of the person who sends"),
    "date": _l("the date of the message"),
    "time": _l("the time of the message"),
    "year": _l("the year"),
}

_PROBLEMS: Mapping[Problem, str] = {
    Problem.NO_MARKER: _l(
        "Add the place where the text of a message will stand: <div data-content></div>, or data-content on a table "
        "cell."
    ),
    Problem.SEVERAL_MARKERS: _l(
        "Keep only one place for the text of a message: data-content stands here more than once."
    ),
    Problem.MARKER_NOT_EMPTY: _l(
        "Leave the element with data-content empty, or move what stands in it beside it: the text of each message goes "
        "there."
    ),
    Problem.MARKER_MISPLACED: _l(
        "Put data-content on a <div> or a table cell that stands in others of these only, not in a link, a list, a "
        "heading or a formatted text."
    ),
}

_NOT_USABLE: Mapping[NotUsable, str] = {
    NotUsable.MISSING: _l("Choose an image file first."),
    NotUsable.TOO_LARGE: _l("Choose a smaller image: at most 1 MB and 25 megapixels, since every message carries it."),
    NotUsable.UNKNOWN_KIND: _l("Choose a PNG, JPEG or GIF image: this file is none, or it is damaged."),
    NotUsable.IN_USE: _l(
        "The saved design still shows this image. Take it out of the design, save, and remove it then."
    ),
}


def values(moment: datetime, **names: str) -> Values:
    """Return what the placeholders stand for in a message of ``moment``, in the language and the zone of the person."""
    year = str(to_user_timezone(moment).year)
    return Values(date=format_date(moment, "long"), time=format_time(moment, "short"), year=year, **names)


def fault_sentence(fault: Fault) -> str:
    """Return what is wrong with a design, and what to do."""
    match fault.problem:
        case Problem.TOO_LONG:
            return str(_("Shorten this to at most %(count)s characters.", count=LONGEST))
        case Problem.UNKNOWN_PLACEHOLDER:
            known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
            return str(
                _(
                    "Nothing is known by the name {%(name)s}. These are understood: %(known)s.",
                    name=fault.name,
                    known=known,
                )
            )
        case Problem.UNKNOWN_IMAGE:
            return str(
                _(
                    "There is no image “%(name)s”: add it below, or take cid:%(name)s out of the design.",
                    name=fault.name,
                )
            )
        case problem:
            return str(_PROBLEMS[problem])


def faults_sentence(faults: Iterable[Fault]) -> str:
    """Return everything that is wrong with a design, as it stands beside its field."""
    return " ".join(map(fault_sentence, faults))


def refusal_sentence(reason: NotUsable) -> str:
    """Return why a file cannot be an image here, or an image cannot go."""
    if reason is NotUsable.TOO_MANY:
        return str(_("Remove an image first: a stationery has at most %(count)s.", count=MOST))
    return str(_NOT_USABLE[reason])


def removed_sentence(names: Iterable[str]) -> str:
    """Return what was taken out of a design when it was saved."""
    return str(
        _(
            "Taken out, because it could run or fetch something, or means nothing in a message: %(names)s. Images are "
            "added below; styles stand in the style attribute of their element.",
            names=", ".join(names),
        )
    )
