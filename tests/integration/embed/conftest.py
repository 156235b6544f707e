from tests.servers.store_fixtures import database_url, postgres

__all__ = ["database_url", "postgres"]
