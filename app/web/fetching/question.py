"""The question whether an account that has got another server or user name still leads to the same mailbox."""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from app import fetching
from app.extensions import db
from app.models import Account
from app.web.hosts import readable_host


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: where the mail came from so far, and where it would come from now."""

    account: Account
    before: str
    after: str
    mark: str


def question_about(account: Account) -> Question | None:
    """Return the question that there is about an account, or None."""
    doubt = fetching.doubt_about(db.session, account, fetching.find_state(db.session, account.id))
    return None if doubt is None else Question(account, _words(doubt.before), _words(doubt.after), doubt.mark)


def about_a_late_answer(account: Account, mark: str) -> str:
    """Return what to say to somebody who has answered a question, by its mark, that is asked no more."""
    return str(_ANOTHER_QUESTION) if question_about(account) is not None else what_was_decided(account, mark)


def what_was_decided(account: Account, mark: str) -> str:
    """Return what has become of a question, by its mark, where nothing is asked any more."""
    same = fetching.was_same(fetching.find_state(db.session, account.id), mark)
    return str(_NO_QUESTION if same is None else _SAME if same else _ANOTHER)


_SAME = _l("This has been answered already: it is still the same mailbox. What was fetched stays as it is.")
_ANOTHER = _l(
    "This has been answered already: it is another mailbox, and fetching begins anew there. What was fetched before "
    "can still be read here."
)
_ANOTHER_QUESTION = _l("The account was changed meanwhile, so that the question is another one now; nothing was done.")
_NO_QUESTION = _l("The account was changed meanwhile, so that there is nothing to answer any more.")


def _words(mailbox: tuple[str, str]) -> str:
    host, username = mailbox
    return f"{username} ({readable_host(host) or host})"
