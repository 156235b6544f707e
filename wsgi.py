"""The WSGI entry point: ``gunicorn wsgi:app``."""

import os
import sys

from app.config import Config, ConfigError
from app.factory import NotReady, create_ready_app

try:
    app = create_ready_app(Config.from_environment(os.environ))
except (ConfigError, NotReady) as error:
    sys.stderr.write(f"skrzynka: {error}\n")
    # gunicorn ends with a worker that ends with 3 at its start; after any other code it would start one for ever.
    sys.exit(3)
