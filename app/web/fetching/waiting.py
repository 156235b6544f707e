"""Accounts that wait for a person, said above every page of those who may change them."""

from collections.abc import Sequence

from flask_login import current_user

from app import fetching
from app.extensions import db
from app.fetching import Waiting
from app.web.fetching.blueprint import blueprint
from app.web.visit import current_visit


@blueprint.app_template_global("waiting_accounts")
def waiting_accounts(besides: int | None = None) -> Sequence[Waiting]:
    """Return the accounts that wait for somebody, but for one; to whoever has only come by a link, none."""
    if current_visit() is not None or not current_user.is_authenticated:
        return ()
    return [each for each in fetching.list_waiting(db.session) if each.account_id != besides]
