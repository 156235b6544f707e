"""Who answers at a door: a greeting and STARTTLS, nothing else. No user name and no password ever travels here."""

from enum import IntEnum

from app.mail.connection import GREETING_SECONDS, Connection, PlainText
from app.mail.deadline import Deadline
from app.mail.dial import Target, dial
from app.mail.failures import Cancelled, StepFailed
from app.mail.outcomes import Outcome
from app.mail.scout import SESSIONS
from app.mail.settings import ConnectionSecurity, ServerSettings, Side
from app.mail.tls import Trust


class Answer(IntEnum):
    """What came of it. ``DOUBTFUL``: the right protocol, behind a certificate that cannot be trusted."""

    NONE = 0
    DOUBTFUL = 1
    GOOD = 2


def knock_at(
    side: Side, target: Target, security: ConnectionSecurity, ca_file: str | None, deadline: Deadline
) -> Answer:
    """Return what answers at a judged place, encrypted with ``security``. Never raises."""
    try:
        _converse(side, target, security, Trust(verified=True, ca_file=ca_file), deadline)
    except StepFailed as failure:
        return Answer.DOUBTFUL if failure.outcome.startswith("cert_") else Answer.NONE
    except (PlainText, Cancelled):
        return Answer.NONE
    return Answer.GOOD


def _converse(side: Side, target: Target, security: ConnectionSecurity, trust: Trust, deadline: Deadline) -> None:
    sock, _ = dial(target, deadline)
    connection = Connection(sock, deadline)
    try:
        session = SESSIONS[side](connection, ServerSettings(target.host, target.port, security))
        if security is ConnectionSecurity.TLS:
            connection.start_tls(target.host, trust)
        connection.allow(GREETING_SECONDS, Outcome.TIMEOUT_BANNER)
        session.greet()
        if security is ConnectionSecurity.STARTTLS:
            session.ask_starttls()
            connection.start_tls(target.host, trust)
    finally:
        connection.close()
