"""One submitted form on its way to a test or into an account."""

from dataclasses import dataclass

from app.accounts import AccountDetails
from app.connection_tests.owner import Owner
from app.mail.settings import Side
from app.models import Account, ConnectionTest


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What one form said. ``submission`` is the same for every submit of one opened form.

    ``account`` is the one being changed, at the ``account_version`` that the person saw. ``held`` is the last test of
    this form; the passwords typed for it may be used again. ``waits``: the account is fetched no more until a person
    acts, so a typed password is to be tested even if it is the stored one. ``only`` is the one side that the person
    wants to see tried again; a refusal that the other met in that test stands, as long as nothing of its settings has
    changed. ``suggested`` and ``additional`` are how the form was shown, for showing it again.
    """

    details: AccountDetails
    submission: str
    owner: Owner
    account: Account | None = None
    account_version: int | None = None
    held: ConnectionTest | None = None
    waits: bool = False
    only: Side | None = None
    suggested: str = ""
    additional: bool = False
