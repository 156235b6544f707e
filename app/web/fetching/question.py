"""The question whether an account that has got another server or user name still leads to the same mailbox."""

from dataclasses import dataclass

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


def question_about(account: Account) -> Question | None:
    """Return the question that there is about an account, or None."""
    doubt = fetching.doubt_about(db.session, account, fetching.find_state(db.session, account.id))
    return None if doubt is None else Question(account, _words(doubt.before), _words(doubt.after))


def _words(mailbox: tuple[str, str]) -> str:
    host, username = mailbox
    return f"{username} ({readable_host(host) or host})"
