"""Signing in and out, and what people change about themselves."""

from app.web.users.routes import blueprint

__all__ = ["blueprint"]
