"""How an unexpected error is written down."""

from traceback import format_tb


def without_words(error: BaseException) -> str:
    """Return the kind of ``error`` and the way to it, never its text: that may quote what somebody typed."""
    return f"{type(error).__name__}\n{''.join(format_tb(error.__traceback__))}"
