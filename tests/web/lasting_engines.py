"""One engine for each database, for all apps of a process.

Each test has an app of its own, with the same questions to its database. SQLAlchemy writes each of them once for an
engine; that was a sixth of the time of these tests.
"""

from typing import Any

import pytest
import sqlalchemy
from sqlalchemy import Engine, make_url


def make_once(patch: pytest.MonkeyPatch) -> None:
    """Let an app have the engine that was made for another one on the same database."""
    engines: dict[tuple[str, ...], Engine] = {}
    make = sqlalchemy.engine_from_config

    def remembered(options: dict[str, Any], **how: Any) -> Engine:
        url = make_url(options["url"]).render_as_string(hide_password=False)
        alike = url, *sorted(f"{name}={value!r}" for name, value in options.items() if name != "url")
        if alike not in engines:
            engines[alike] = make(options, **how)
        return engines[alike]

    patch.setattr(sqlalchemy, "engine_from_config", remembered)
