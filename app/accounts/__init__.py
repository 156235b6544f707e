"""Mail accounts: identity, servers, credentials, active or not."""

from app.accounts.colours import PALETTE, unused
from app.accounts.details import AccountDetails
from app.accounts.operations import (
    AddressTaken,
    AlreadyCreated,
    ChangedMeanwhile,
    Tested,
    activate,
    change,
    create,
    deactivate,
    record_test,
    refuse_changing,
    refuse_creating,
    remove,
)
from app.accounts.queries import (
    AccountNotFound,
    colours_in_use,
    details_of,
    find,
    find_by_address,
    get,
    hold,
    holds,
    list_all,
)
from app.accounts.retyping import passwords_to_retype

__all__ = [
    "PALETTE",
    "AccountDetails",
    "AccountNotFound",
    "AddressTaken",
    "AlreadyCreated",
    "ChangedMeanwhile",
    "Tested",
    "activate",
    "change",
    "colours_in_use",
    "create",
    "deactivate",
    "details_of",
    "find",
    "find_by_address",
    "get",
    "hold",
    "holds",
    "list_all",
    "passwords_to_retype",
    "record_test",
    "refuse_changing",
    "refuse_creating",
    "remove",
    "unused",
]
