"""How gunicorn serves the app under ``skrzynka run``: the settings that it reads from this module."""

from typing import Any

from app.supervisor.processes import die_with

worker_class = "gthread"
workers = 2
threads = 8
# The app is loaded once, before the workers are forked: half the memory, and a start that fails fails at once.
preload_app = True
graceful_timeout = 3
errorlog = "-"
loglevel = "warning"
# gunicorn would put one into the home folder.
control_socket_disable = True


def post_fork(server: Any, worker: Any) -> None:  # noqa: ARG001  (gunicorn looks at the names)
    """Tie a worker to its master."""
    die_with(server.pid)
