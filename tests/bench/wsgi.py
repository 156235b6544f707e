"""The application with one route more, an empty answer to compare with, and without limits for a single person."""

from app.config import Config
from app.factory import create_app
from app.web.access import public

app = create_app(Config.from_environment())
app.config["TESTS_PER_PERSON"] = app.config["TESTS_PER_HOST"] = "1000 per minute"


@public
def empty() -> str:
    """Answer nothing."""
    return ""


app.add_url_rule("/bench/empty", "bench_empty", empty)
