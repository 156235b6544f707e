"""Do these settings work? And saving them when they do."""

from app.connection_tests.audit import AuditEntry
from app.connection_tests.credentials import PasswordNeeded, details_of, is_of_what_is_saved
from app.connection_tests.draft import Draft
from app.connection_tests.operations import Started, forget_account, forget_expired, put_off, start
from app.connection_tests.owner import Owner
from app.connection_tests.queries import Progress, find_own, progress
from app.connection_tests.running import Probe, run
from app.connection_tests.saving import Saved, save
from app.connection_tests.states import cancel
from app.connection_tests.user_names import is_worth_a_try

__all__ = [
    "AuditEntry",
    "Draft",
    "Owner",
    "PasswordNeeded",
    "Probe",
    "Progress",
    "Saved",
    "Started",
    "cancel",
    "details_of",
    "find_own",
    "forget_account",
    "forget_expired",
    "is_of_what_is_saved",
    "is_worth_a_try",
    "progress",
    "put_off",
    "run",
    "save",
    "start",
]
