"""How many messages a person may hand over: too many at once would make this system a tool against others."""

from datetime import datetime

from app.web import pacing


def put_off_until(user_id: int) -> datetime | None:
    """Count one message of this person; return when there is room again if it is one too many."""
    return pacing.put_off_until([("MESSAGES_PER_PERSON", "messages-by-person", str(user_id))])
