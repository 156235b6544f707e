"""The edge that workers enter: an id in, a commit out."""

from collections.abc import Callable, Mapping

from app.jobs import autodiscovery, connection_tests, fetching, housekeeping, owner_notices, sending

_FUNCTIONS: tuple[Callable[..., None], ...] = (
    autodiscovery.run,
    connection_tests.run,
    fetching.forget,
    housekeeping.run,
    owner_notices.tell,
    sending.send,
    sending.file_copy,
    sending.watch,
    sending.sweep,
)

# All that a worker will ever call, by the name that stands in the queue.
JOBS: Mapping[str, Callable[..., None]] = {
    f"{function.__module__}.{function.__qualname__}": function for function in _FUNCTIONS
}
