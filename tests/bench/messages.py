"""How fast one worker hands messages to a local Postfix, and what a large file costs it in memory."""

import re
import smtplib
import ssl
from datetime import timedelta
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path
from time import monotonic, perf_counter, sleep

from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app import accounts, clock, jobs, sending
from app.accounts import Tested
from app.extensions import JobQueue
from app.models import Account, CopyState, MessageState, OutgoingMessage, User
from app.models.database import engine_for
from app.sending import Addressed, Typed
from app.sending.content import html_of
from tests.bench.figure import Figure, median
from tests.bench.house import EMAIL, PASSWORD, House

BATCH = 150
ROUNDS = 5
FILE = 25 * 1000 * 1000
TEXT = "Dzień dobry,\n\nw załączeniu przesyłam zestawienie za ubiegły miesiąc.\n\nPozdrawiam\nAnna\n" * 4


def measure(house: House) -> list[Figure]:
    """Return the figures of sending."""
    with Session(engine_for(house.config.database_url)) as session:
        account = _account(session, house)
        _send(session, house, [_write(session, account) for _ in range(20)])
        _plain_loop(house, 20)
        # In turn, so that noise hits both alike.
        rounds = [(_rate(session, house, account), BATCH / _plain_loop(house, BATCH)) for _ in range(ROUNDS)]
        ours, plain = (median(rates) for rates in zip(*rounds, strict=True))
        compared = median([one / other for one, other in rounds])
        growth = _growth(session, house, account)
    return [
        Figure("Messages handed to Postfix by one worker, a second", ours, ""),
        Figure("Messages by a plain smtplib loop over one connection, a second", plain, ""),
        Figure("The worker against the loop", compared, "x", least=0.8),
        Figure("A file of 25 MB: what the worker's memory grows by at most, against its size", growth, "x", 3),
    ]


def _account(session: Session, house: House) -> Account:
    # Not the address that the other measurements make accounts of.
    details = house.details(email="biuro@skrzynka.test")
    made = accounts.create(
        session,
        details,
        submission="bench",
        tested=Tested(clock.now(), "ok", "ok"),
        vault=house.config.vault,
        now=clock.now(),
    )
    session.commit()
    return made


def _write(session: Session, account: Account, content: bytes = b"") -> str:
    user_id = session.scalars(select(User.id)).first() or 0
    typed = Typed(account.id, to="jan@firma.test", subject="Zestawienie za miesiąc", text=TEXT)
    message = sending.save_draft(session, sending.new_id(), user_id, typed, now=clock.now())
    # A worker that files copies would take the machine from what is measured next.
    message.copy_state = CopyState.NONE if content else CopyState.NOT_WANTED
    if content:
        sending.attach(session, message, "big.bin", BytesIO(content))
    addressed = Addressed(sending.parse("jan@firma.test"))
    sending.queue(session, message, account, addressed, "skrzynka.test", now=clock.now())
    # Not before all are written: the worker's sweep would begin with the first one.
    message.due_at = clock.now() + timedelta(hours=1)
    session.commit()
    return message.id


def _rate(session: Session, house: House, account: Account) -> float:
    ids = [_write(session, account) for _ in range(BATCH)]
    _send(session, house, ids)
    first, last = session.execute(
        select(func.min(OutgoingMessage.sent_at), func.max(OutgoingMessage.sent_at)).where(OutgoingMessage.id.in_(ids))
    ).one()
    return (BATCH - 1) / (last - first).total_seconds()


def _send(session: Session, house: House, ids: list[str]) -> None:
    """Have the worker send, as the web edge does."""
    session.execute(update(OutgoingMessage).where(OutgoingMessage.id.in_(ids)).values(due_at=clock.now()))
    session.commit()
    redis = Redis.from_url(str(house.config.redis_url))
    queue = Queue(JobQueue.other_name, connection=redis, serializer=JSONSerializer)
    name = f"{jobs.sending.send.__module__}.{jobs.sending.send.__qualname__}"
    queue.enqueue_call(name, args=(ids[0],), result_ttl=0, timeout=300)
    end = monotonic() + 120
    ended = (OutgoingMessage.state == MessageState.SENT, OutgoingMessage.copy_state != CopyState.PENDING)
    sent = select(func.count()).where(OutgoingMessage.id.in_(ids), *ended)
    while session.scalar(sent) != len(ids):
        session.rollback()
        assert monotonic() < end, "the worker does not keep up"
        sleep(0.05)


def _plain_loop(house: House, count: int) -> float:
    """Return how many seconds smtplib needs for messages of the same kind, written and sent one after the other."""
    context = ssl.create_default_context(cafile=house.config.network.ca_file)
    with smtplib.SMTP_SSL("localhost", house.smtp_port, context=context) as client:
        client.login(EMAIL, PASSWORD)
        began = perf_counter()
        for _ in range(count):
            client.send_message(_plain_message())
        return perf_counter() - began


def _plain_message() -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = EMAIL, "jan@firma.test", "Zestawienie za miesiąc"
    message.set_content(TEXT)
    message.add_alternative(html_of(TEXT), subtype="html")
    return message


def _growth(session: Session, house: House, account: Account) -> float:
    """Return by how many times the size of a file the worker's memory is above what it was before, at its peak."""
    pid = house.worker_pid
    message_id = _write(session, account, b"x" * FILE)
    # Resets the high-water mark (proc(5)).
    Path(f"/proc/{pid}/clear_refs").write_text("5")
    before = _memory(pid, "VmRSS")
    _send(session, house, [message_id])
    return (_memory(pid, "VmHWM") - before) * 1024 / FILE


def _memory(pid: int, what: str) -> int:
    """Return a line of a process's status in KiB."""
    found = re.search(rf"{what}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found.group(1))
