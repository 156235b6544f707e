"""Which messages are from people who are not listed, by their headers alone."""

from collections.abc import Sequence

from app.fetching.senders import Senders
from app.mail.fetch import FetchSession
from app.mail.headers import Headers


def strangers(session: FetchSession, senders: Senders, uids: Sequence[int]) -> list[int]:
    """Return the messages of people who are not listed.

    Those are not among them of which the server does not say who they are from. Raises StepFailed.
    """
    said = _from_lines(session, uids)
    return [uid for uid, line in said.items() if not senders.include(Headers(line).first_address("from")[1])]


def _from_lines(session: FetchSession, uids: Sequence[int]) -> dict[int, bytes]:
    said = session.from_lines(uids)
    missing = [uid for uid in uids if uid not in said]
    if missing and len(uids) > 1:
        # By halves: a message that is broken may keep the server from telling of all that come after it.
        half = (len(missing) + 1) // 2
        for some in filter(None, (missing[:half], missing[half:])):
            said |= _from_lines(session, some)
    return said
