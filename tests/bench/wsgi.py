"""The application with one route more: an empty answer through the same server, to compare with."""

from app.config import Config
from app.factory import create_app
from app.web.access import public

app = create_app(Config.from_environment())


@public
def empty() -> str:
    """Answer nothing."""
    return ""


app.add_url_rule("/bench/empty", "bench_empty", empty)
