"""Fetched mail: listed, read, answered."""

from app.web.mailbox import answering, files, listing, message
from app.web.mailbox.blueprint import blueprint

__all__ = ["answering", "blueprint", "files", "listing", "message"]
