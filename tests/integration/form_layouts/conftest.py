"""A migrated database of each kind, and the command as an operator runs it."""

from tests.integration.cli.conftest import environment, migrated, session
from tests.servers.store_fixtures import database_url, postgres, redis

__all__ = ["database_url", "environment", "migrated", "postgres", "redis", "session"]
