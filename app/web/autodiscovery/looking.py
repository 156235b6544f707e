"""When a page looks again for what a search has found meanwhile, and from when on it says that one is under way."""

from datetime import timedelta

# In milliseconds: until so much after a search was asked for, so long. Who answers at all mostly does so at once, and
# nobody is to wait for the page then; later a person reads the line about the search anyway.
_PAUSES = ((100, 150), (400, 75), (700, 200))
_USUAL_PAUSE = 500
# What has been said for a shorter time would only flash up, and move what stands below it.
_WORTH_SAYING = timedelta(milliseconds=500)


def pause_after(waited: timedelta | None) -> int:
    """Return in how many milliseconds to look again for what was asked ``waited`` ago; None: it was not asked yet."""
    if waited is None:
        return _USUAL_PAUSE
    milliseconds = waited / timedelta(milliseconds=1)
    return next((pause for until, pause in _PAUSES if milliseconds < until), _USUAL_PAUSE)


def has_only_begun(waited: timedelta | None) -> bool:
    """Say whether what was asked ``waited`` ago may be there before anybody has read that it is looked for."""
    return waited is not None and waited < _WORTH_SAYING
