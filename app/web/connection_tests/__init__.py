"""Starting a connection test, watching it, cancelling it."""

from app.web.connection_tests.routes import blueprint

__all__ = ["blueprint"]
