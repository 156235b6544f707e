"""A whole check over lines of 50 ms, where what counts is how often it waits for an answer."""

import smtplib
import ssl
from dataclasses import replace
from time import perf_counter, sleep

from imapclient import IMAPClient
from sqlalchemy import Connection, select

from app.mail.outcomes import Outcome
from app.mail.probe import SideFinished, StepFinished, StepName, probe
from app.mail.settings import ConnectionSecurity, ProbeRequest, Side
from app.models import ConnectionTest, TestState
from app.models.database import engine_for
from tests.bench.figure import Figure, interleaved, median
from tests.bench.house import EMAIL, PASSWORD, Client, House, test_at
from tests.fakes.slow_link import ONE_WAY

# Looked up by nobody: asking for names is no part of what is compared here.
ADDRESS = "127.0.0.1"
ROUND_TRIP_MS = 2 * ONE_WAY * 1000
# How often even the best client waits for an answer before both servers have judged the password. A command waits only
# for what decides whether it may be sent; the handshake is that of TLS 1.3.
#   TLS:      connection, handshake, greeting (IMAP: with capabilities), [EHLO], login
#   STARTTLS: connection, greeting, [EHLO], STARTTLS, handshake, CAPABILITY or EHLO again, login
# One more is the inbox or the sender: AUTH must be the last command of a group (RFC 2920, 3.1), so MAIL waits for it.
FLOORS = {
    ConnectionSecurity.TLS: {Side.IMAP: 4, Side.SMTP: 5},
    ConnectionSecurity.STARTTLS: {Side.IMAP: 6, Side.SMTP: 7},
}


def measure(house: House) -> list[Figure]:
    """Return the figures of checks over slow lines."""
    settled = [figure for security in FLOORS for figure in _settled(house, security)]
    return [*settled, Figure("Own overhead, from the press to the row in the database", _overhead(house), "ms", 25)]


def _settled(house: House, security: ConnectionSecurity) -> list[Figure]:
    tls = ssl.create_default_context(cafile=house.network.ca_file)
    judged: list[float] = []
    actions = [lambda: judged.append(_check(house, security)), lambda: _plainly(house, security, tls)]
    ours, plain = (median(times) for times in interleaved(actions, rounds=7))
    floors = FLOORS[security]
    trips = max(floors.values())
    what = f"IMAP and SMTP over 50 ms, {security.name}"
    each = ", ".join(f"{side.name} {count}" for side, count in floors.items())
    # A bound for what the form suggests; with STARTTLS the libraries spend as many more round trips as we do.
    bound = 0.42 if security is ConnectionSecurity.TLS else None
    login = median(judged) / (trips * ROUND_TRIP_MS)
    return [
        Figure(f"{what}, median", ours, "ms"),
        Figure(f"{what}, against plain imapclient, then smtplib", ours / plain, "x", bound),
        Figure(f"{what}, passwords judged, against {trips} round trips ({each})", login, "x", 1.2),
        Figure(f"{what}, whole, against {trips + 1} round trips", ours / ((trips + 1) * ROUND_TRIP_MS), "x", 1.2),
    ]


def _check(house: House, security: ConnectionSecurity) -> float:
    """Run a check, and return after how many milliseconds both servers had judged the password."""
    imap, smtp = (replace(house.far_server(side, security), host=ADDRESS) for side in (Side.IMAP, Side.SMTP))
    started, judged, outcomes = perf_counter(), 0.0, []
    for event in probe(ProbeRequest(imap, smtp), house.network):
        if isinstance(event, StepFinished) and event.step.step is StepName.LOGIN:
            judged = (perf_counter() - started) * 1000
        if isinstance(event, SideFinished):
            outcomes.append(event.result.outcome)
    assert outcomes == [Outcome.OK, Outcome.OK]
    return judged


def _plainly(house: House, security: ConnectionSecurity, tls: ssl.SSLContext) -> None:
    """Take the same steps with the libraries as they are."""
    implicit = security is ConnectionSecurity.TLS
    imap_port, smtp_port = house.far[Side.IMAP, security], house.far[Side.SMTP, security]
    imap = IMAPClient(ADDRESS, imap_port, ssl=implicit, ssl_context=tls if implicit else None, timeout=30)
    if not implicit:
        imap.starttls(tls)
    imap.login(EMAIL, PASSWORD)
    imap.select_folder("INBOX", readonly=True)
    imap.logout()
    # With a name of its own; else it would ask for this machine's, which may take any time.
    names = {"local_hostname": "bench.skrzynka.test", "timeout": 30}
    smtp = smtplib.SMTP_SSL(ADDRESS, smtp_port, context=tls, **names) if implicit else None
    if smtp is None:
        smtp = smtplib.SMTP(ADDRESS, smtp_port, **names)
        smtp.starttls(context=tls)
    smtp.ehlo()
    smtp.login(EMAIL, PASSWORD)
    assert smtp.mail(EMAIL)[0] == 250
    smtp.rset()
    smtp.quit()


def _overhead(house: House) -> float:
    """Return what the web request, the queue, the worker and the database add to the probe, taken by itself in turn."""
    client = Client(house.port)
    client.sign_in()
    token = client.token("/accounts/new")
    with engine_for(house.config.database_url).connect() as connection:
        actions = [
            lambda: _press(house, client, token, connection),
            lambda: _check(house, ConnectionSecurity.TLS),
        ]
        whole, alone = (median(times) for times in interleaved(actions, rounds=25))
    return whole - alone


def _press(house: House, client: Client, token: str, connection: Connection) -> None:
    """Send the form, and wait until the row says finished."""
    far = {f"{side}-port": str(house.far[side, ConnectionSecurity.TLS]) for side in Side}
    far |= {f"{side}-host": ADDRESS for side in Side}
    location = client.press(house.typed() | far, token)
    state = select(ConnectionTest.state).where(ConnectionTest.id == test_at(location))
    end = perf_counter() + 30
    while connection.scalar(state) is not TestState.FINISHED:
        connection.rollback()
        assert perf_counter() < end, "the test does not end"
        sleep(0.001)
    connection.rollback()
