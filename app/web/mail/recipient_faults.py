"""What is said about recipients that cannot be used: each is named, with one sentence for each reason."""

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import ngettext

from app import sending
from app.sending import Fault, Reason

# Of more than so many the others are counted.
_NAMED = 10


def faults_sentence(faults: Sequence[Fault]) -> str:
    """Say what is wrong with which recipients."""
    named: dict[Reason, list[str]] = {}
    for fault in faults[:_NAMED]:
        named.setdefault(fault.reason, []).append(fault.text)
    said = [_why(reason, texts) for reason, texts in named.items()]
    more = len(faults) - _NAMED
    if more > 0:
        said.append(ngettext("One more recipient is wrong.", "%(num)d more recipients are wrong.", more))
    return " ".join(said)


def too_many_sentence() -> str:
    """Say how many recipients a message may have."""
    most = sending.MOST_RECIPIENTS
    return str(
        _("These are too many recipients for one message. Send it to at most %(most)s at a time.", most=most),
    )


def _why(reason: Reason, texts: Sequence[str]) -> str:
    if reason is Reason.TOO_MANY:
        return too_many_sentence()
    if reason is Reason.LINE_TOO_LONG:
        return _too_long(sum(len(text) for text in texts))
    return _unusable(reason, len(texts), ", ".join(str(_("“%(text)s”", text=_shortened(text))) for text in texts))


def _too_long(length: int) -> str:
    words = _(
        "This has %(length)s characters, and at most %(longest)s can be read here. Take some recipients out and send "
        "them a message of their own.",
        length=length,
        longest=sending.LONGEST_LINE,
    )
    return str(words)


def _unusable(reason: Reason, count: int, names: str) -> str:
    match reason:
        case Reason.GROUP:
            words = ngettext(
                "%(names)s looks like a group. Type only the addresses in it, separated by commas.",
                "%(names)s look like groups. Type only the addresses in them, separated by commas.",
                count,
                names=names,
            )
        case Reason.CONTROL_CHARACTER:
            words = ngettext(
                "%(names)s holds a character that cannot be sent. Type it again.",
                "%(names)s hold a character that cannot be sent. Type them again.",
                count,
                names=names,
            )
        case Reason.ENCODED_WORD:
            words = ngettext(
                "%(names)s holds =?…?=, which others would read as something else. Type it in plain letters.",
                "%(names)s hold =?…?=, which others would read as something else. Type them in plain letters.",
                count,
                names=names,
            )
        case Reason.NAME_TOO_LONG:
            words = ngettext(
                "%(names)s has a name that is too long. Shorten it.",
                "%(names)s have names that are too long. Shorten them.",
                count,
                names=names,
            )
        case _:
            words = ngettext(
                "%(names)s is not an address: it must look like biuro@infirma.pl.",
                "%(names)s are not addresses: each must look like biuro@infirma.pl.",
                count,
                names=names,
            )
    return str(words)


def _shortened(text: str) -> str:
    shown = "".join(character if character.isprintable() else "�" for character in text)
    return shown if len(shown) <= 60 else f"{shown[:60]}…"
