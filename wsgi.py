"""The WSGI entry point: ``gunicorn wsgi:app``."""

import os
import sys

from app.config import Config, ConfigError
from app.factory import NotReady, create_ready_app

try:
    app = create_ready_app(Config.from_environment(os.environ))
except (ConfigError, NotReady) as error:
    sys.exit(f"skrzynka: {error}")
