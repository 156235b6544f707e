"""How many messages a person may hand over: too many at once would make this system a tool against others."""

from datetime import UTC, datetime, timedelta

from flask import current_app
from limits import parse_many
from redis.exceptions import RedisError

from app import clock
from app.extensions import limiter


def put_off_until(user_id: int) -> datetime | None:
    """Count one message of this person; return when there is room again if it is one too many."""
    try:
        for limit in parse_many(current_app.config["MESSAGES_PER_PERSON"]):
            key = ("messages-by-person", str(user_id))
            if not limiter.limiter.hit(limit, *key):
                reset_at = limiter.limiter.get_window_stats(limit, *key).reset_time
                return max(datetime.fromtimestamp(reset_at, UTC), clock.now() + timedelta(seconds=1))
    except RedisError:
        # Redis is away, and with it the queue: the message waits anyway.
        return None
    return None
