"""The pages on which people write and follow their mail."""

from app.web.mail import outbox, pictures, testing, writing
from app.web.mail.blueprint import blueprint

__all__ = ["blueprint", "outbox", "pictures", "testing", "writing"]
