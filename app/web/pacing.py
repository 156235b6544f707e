"""How often something may be done: counted over all processes, for whoever does it and for whomever it is done to."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from flask import current_app
from limits import parse_many
from redis.exceptions import RedisError

from app import clock
from app.extensions import limiter


def put_off_until(counted: Iterable[tuple[str, str, str]]) -> datetime | None:
    """Count once more of each; return when there is room again if it is one too many, else None.

    Each is the setting that holds its limits, what is counted, and for whom. What comes after one that is full is not
    counted.
    """
    try:
        for setting, *key in counted:
            for limit in parse_many(current_app.config[setting]):
                if not limiter.limiter.hit(limit, *key):
                    reset_at = limiter.limiter.get_window_stats(limit, *key).reset_time
                    return max(datetime.fromtimestamp(reset_at, UTC), clock.now() + timedelta(seconds=1))
    except RedisError:
        # Redis is away, and with it the queue: nothing will run, and the page says why or shows what waits.
        return None
    return None
