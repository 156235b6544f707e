"""Do these settings work? And saving them when they do."""

from app.connection_tests.credentials import PasswordNeeded, details_of
from app.connection_tests.draft import Draft
from app.connection_tests.operations import forget_expired, start
from app.connection_tests.queries import Progress, find_own, progress
from app.connection_tests.running import Probe, cancel, run
from app.connection_tests.saving import Saved, Started, save

__all__ = [
    "Draft",
    "PasswordNeeded",
    "Probe",
    "Progress",
    "Saved",
    "Started",
    "cancel",
    "details_of",
    "find_own",
    "forget_expired",
    "progress",
    "run",
    "save",
    "start",
]
