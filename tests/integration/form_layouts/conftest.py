"""A migrated database of each kind, and the command as an operator runs it."""

from tests.integration.cli.conftest import migrated, session

__all__ = ["migrated", "session"]
