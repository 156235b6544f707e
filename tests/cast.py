"""The people of the tests, and the accounts and connection tests that they have, by the state they are in."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from itertools import count

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import accounts, connection_tests, embed, fetching, form_layouts, sending, users
from app.accounts import AccountDetails, Tested
from app.clock import now
from app.connection_tests import Draft, Owner
from app.embed import ClientDetails
from app.fetching.storing import Batch, Fetched, store
from app.form_layouts import BUILT_IN, Layout
from app.mail.content import Content
from app.mail.fetched_lines import FolderName
from app.mail.outcomes import Outcome
from app.mail.probe import SideFinished, SideResult, Step, StepFinished, StepName
from app.mail.result import Certificate, Fix
from app.mail.settings import ConnectionSecurity, ProbeRequest, Side
from app.mail.submission import Answer
from app.models import (
    Account,
    ConnectionTest,
    CopyState,
    EmbedClient,
    EmbedLink,
    FormLayout,
    Hindrance,
    MessageState,
    OutgoingMessage,
    Placement,
    Problem,
    RecipientState,
    Role,
    RoundTrip,
    RoundTripState,
    Stationery,
    TestState,
    Trouble,
    User,
)
from app.sending import Addressed, Typed, settling
from app.stationery import add_image, choose_default, create
from app.vault import Vault

CANARY = "kanarek-3e1b-hasło"


@dataclass(frozen=True)
class Person:
    """Somebody with an address and a password that they know."""

    email: str
    role: Role
    password: str

    def join(self, session: Session) -> User:
        """Add the person, for good."""
        user = users.add(session, email=self.email, role=self.role, password=self.password, now=now())
        session.commit()
        return user


MEMBER = Person("maria@firma.test", Role.MEMBER, "trzy zielone parasole")
ADMIN = Person("adam@firma.test", Role.ADMIN, "siedem starych mostów")
# Has an account, but nothing of what the others have.
OUTSIDER = Person("olga@gdzie-indziej.test", Role.MEMBER, "cztery puste pociągi")


# What differs from an account that works, and what its last test said (None: it was not tested).
ACCOUNTS: dict[str, tuple[dict[str, object], tuple[str, str] | None]] = {
    "working": ({}, ("ok", "ok")),
    "switched off": ({"active": False}, ("ok", "ok")),
    "failing": ({}, ("auth_failed", "ok")),
    "not tested": ({"active": False}, None),
    "in fast mode": ({"fast_mode": True}, ("ok", "ok")),
    "trusting one certificate": ({"imap_pin": "ab" * 32}, ("ok", "ok")),
    "with own credentials": (
        {"smtp_same_credentials": False, "smtp_username": "nadawca", "smtp_password": CANARY},
        ("ok", "connect_refused"),
    ),
}

TESTS = (
    "waiting",
    "running",
    "interrupted",
    "cancelled",
    "not started",
    "put off",
    "failed",
    "passed",
    "not saved",
    "saved",
)

# How far a message has come; each with one recipient that makes it so.
MESSAGES: dict[str, tuple[Outcome, ...]] = {
    "draft": (),
    "queued": (),
    "put off": (Outcome.SERVER_BUSY,),
    "put off for some": (Outcome.OK, Outcome.SERVER_BUSY),
    "uncertain for some": (Outcome.UNCERTAIN, Outcome.SERVER_BUSY),
    "sending": (),
    "sent": (Outcome.OK,),
    "partial": (Outcome.OK, Outcome.REJECTED_RECIPIENT),
    "failed": (Outcome.REJECTED_CONTENT,),
    "held up": (),
    "uncertain": (Outcome.UNCERTAIN,),
    "copy done": (Outcome.OK,),
    "copy without a place": (Outcome.OK,),
    "copy given up": (Outcome.OK,),
    "without its account": (Outcome.OK,),
}
ROUND_TRIPS = tuple(RoundTripState)

_HEAD = (
    "From: =?utf-8?q?Jan_=C5=BB=C3=B3=C5=82w_=3C=26=3E?= <jan@firma.test>\r\nTo: {to}\r\n"
    "Subject: Oferta <&> {number}\r\nMessage-ID: <{number}@firma.test>\r\nReferences: <1@infirma.pl>\r\n"
    "Date: Mon, 02 Nov 2026 10:00:00 +0100\r\nMIME-Version: 1.0\r\n"
)
# What strangers write: after the headers of each there is what makes it special.
RECEIVED: dict[str, str] = {
    "plain": "Content-Type: text/plain; charset=utf-8\r\n\r\nDzień <b>dobry</b>,\r\npytanie.\r\n-- \r\nJan\r\n",
    "HTML": (
        "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n"
        "Content-Type: multipart/alternative; boundary=a\r\n\r\n"
        "--a\r\nContent-Type: text/plain\r\n\r\nonly text\r\n--a\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
        '<p style="color: red; position: fixed">Dzień</p><script>alert(1)</script><a href="/accounts/1/remove">x</a>'
        '<a href="https://firma.test/x">y</a><img src="https://tracker.test/1.png"><img src="cid:logo@firma">\r\n'
        "--a--\r\n--m\r\nContent-Type: image/png\r\nContent-ID: <logo@firma>\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n"
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScNTXwAAAAASUVORK5CYII=\r\n"
        "--m\r\nContent-Type: text/html\r\nContent-Disposition: attachment; filename*=utf-8''umowa%20%C5%BC.html\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\nPHNjcmlwdD4x\r\nPC9zY3JpcHQ+\r\n--m--\r\n"
    ),
    "headers only": "\r\n",
    "broken": "Content-Type: multipart/mixed; boundary=never\r\n\r\nno boundary\r\n",
    "seen": "\r\nread before\r\n",
    "gone": "\r\ndeleted there\r\n",
    "to many": 'Cc: "Ola, Kadry" <ola@firma.test>, piotr@firma.test\r\n\r\nto all\r\n',
    "from nobody": "\r\nTreść\r\n",
    "with addresses": (
        "\r\nSee <https://firma.test/a?b=c&d=%22e%22>, javascript:alert(1) or HTTPS://FIRMA.TEST/onclick='x'.\r\n"
        "Write to biuro@firma.test.\r\n"
    ),
}

FAILURES = {
    "failing": "connect_refused",
    "held": "auth_failed",
    "unreadable": "secret_unreadable",
}
FETCHING = (
    *("new", "off", "running", "fetched", "paused", "paused in mid-fetch", "asking", "about to ask"),
    *("with a message left aside", *FAILURES, "proven"),
)
_FOLDERS = [
    FolderName("INBOX", "INBOX"),
    FolderName("Wys&AUI-ane", "Wysłane", "sent"),
    FolderName('R&APM-&AXw-ne "<b>"', 'Różne "<b>"'),
]

_numbers = count(1)


def details(**changes: object) -> AccountDetails:
    """Return what somebody types for an account that works; each time another address."""
    email = f"biuro{next(_numbers)}@infirma.pl"
    typed = AccountDetails(
        name="Biuro <&> “Żółw”",
        email=email,
        colour="#2f74d0",
        imap_host="imap.infirma.pl",
        imap_port=993,
        imap_security=ConnectionSecurity.TLS,
        imap_username=email,
        imap_password=CANARY,
        smtp_host="smtp.infirma.pl",
        smtp_port=465,
        smtp_security=ConnectionSecurity.TLS,
    )
    return replace(typed, **changes)  # type: ignore[arg-type]  # any field


def account(session: Session, vault: Vault, state: str = "working") -> Account:
    """Add an account in one of the states of ``ACCOUNTS``, for good."""
    changes, outcomes = ACCOUNTS[state]
    moment = now() - timedelta(hours=1)
    tested = Tested(moment, *outcomes) if outcomes else None
    added = accounts.create(session, details(**changes), submission=None, tested=tested, vault=vault, now=moment)
    session.commit()
    return added


def form_layout(session: Session, content: Layout = BUILT_IN, *, role: Role | None = None) -> FormLayout:
    """Add a layout in two versions, for good; the second, in force, is ``content``."""
    name = f"Układ <{next(_numbers)}>"
    added = form_layouts.create(session, name=name, role=role, author=ADMIN.email, now=now())
    form_layouts.save(session, added, content, expected_number=1, author=ADMIN.email, now=now())
    session.commit()
    return added


def embed_client(session: Session, **changes: object) -> tuple[EmbedClient, str]:
    """Register a site that embeds the form, for good; return it and its key."""
    details = ClientDetails(
        name=f"Pomoc <{next(_numbers)}>",
        origins=("https://pomoc.infirma.pl",),
        return_addresses=("https://pomoc.infirma.pl/konta?powr%C3%B3t=1",),
    )
    client, key = embed.register(session, replace(details, **changes), now=now())  # type: ignore[arg-type]  # any field
    session.commit()
    return client, key


PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c02"
    "0000000b4944415478da636460f80f0001050101270e4d4c0000000049454e44ae426082"
)
DESIGN = '<div style="color: {account.colour}"><img src="cid:logo" alt=""><div data-content></div>{sender.name}</div>'


def stationery(session: Session, source: str = DESIGN, *, default: bool = False) -> Stationery:
    """Add a stationery with an image, for good."""
    number = next(_numbers)
    editor = f"editor-of-the-cast-{number}"
    add_image(session, filename="logo.png", data=PIXEL, stationery_id=None, submission=editor, now=now())
    added = create(session, name=f"Papeteria <{number:04}>", source=source, submission=editor, now=now())
    if default:
        choose_default(session, added)
    session.commit()
    return added


def connection_test(session: Session, vault: Vault, user: User, state: str) -> ConnectionTest:
    """Add a connection test that has come as far as ``state``, one of ``TESTS``, for good."""
    draft = Draft(details=details(), submission=f"form-of-the-cast-{next(_numbers)}", owner=Owner(user_id=user.id))
    saves = state in ("saved", "not saved")
    test = connection_tests.start(session, draft, saves=saves, vault=vault, now=now()).test
    session.commit()
    if state in ("failed", "passed", "saved", "not saved"):
        work(session, vault, test, state)
    elif state in ("running", "interrupted"):
        test.state, test.started_at = TestState.RUNNING, test.created_at
        test.imap_steps = [Step(StepName.RESOLVE, True, 2.0, "203.0.113.7").to_json()]
    elif state == "put off":
        connection_tests.put_off(test, until=now() + timedelta(minutes=3))
    elif state != "waiting":
        connection_tests.cancel(session, test, Problem.QUEUE_UNAVAILABLE if state == "not started" else None)
    if state == "interrupted":
        test.created_at = test.started_at = test.created_at - timedelta(minutes=5)
    if state == "not saved":
        test.problem, test.saved_account_id = Problem.CHANGED_MEANWHILE, None
    session.commit()
    return test


def work(
    session: Session,
    vault: Vault,
    test: ConnectionTest,
    state: str = "passed",
    *,
    begun: Callable[[], object] = lambda: None,
) -> None:
    """Run ``test`` as a worker does, with servers that refuse it (``failed``) or accept it.

    ``begun`` is called when it has what was typed, and has not asked a server yet.
    """
    probe = partial(_probe, state, begun)
    connection_tests.run(session, test, vault=vault, probe=probe, clock=now, publish=session.commit)


def embed_link(session: Session, vault: Vault, client: EmbedClient, **asked: str | None) -> tuple[str, EmbedLink]:
    """Issue a link of ``client``, for good; return its token and the link."""
    wanted = dict.fromkeys(("email", "name", "return_address", "state")) | asked
    issued = embed.issue(session, client, **wanted, keys=embed.link_keys(vault), now=now())
    session.commit()
    return issued


def message(session: Session, vault: Vault, user: User, state: str) -> OutgoingMessage:
    """Add a message that has come as far as ``state``, one of ``MESSAGES``, for good."""
    sender = account(session, vault)
    to = "“Jan <&>” <jan@firma.test>, ola@firma.test"
    typed = Typed(sender.id, to=to, subject=f"Sprawa <&> {next(_numbers)}", text="Treść <b>\n\n.")
    written = sending.save_draft(session, sending.new_id(), user.id, typed, now=now())
    if state != "draft":
        recipients = sending.parse("jan@firma.test, ola@firma.test")[: max(1, len(MESSAGES[state]))]
        sending.queue(session, written, sender, Addressed(recipients), "infirma.pl", now=now())
    answers = [Answer(outcome, "250 <b>so it says</b>") for outcome in MESSAGES[state]]
    if answers:
        rows = zip(written.recipients, answers, strict=True)
        copy = settling.copy_for(sender)
        settling.settle(session, written, written.epoch, rows, copy=copy, now=now(), chance=0.5)
    if state == "sending":
        written.state, written.recipients[0].state = MessageState.SENDING, RecipientState.SENDING
    elif state == "held up":
        settling.fail(session, written, written.epoch, Hindrance.ACCOUNT_INACTIVE, None, now=now())
    elif state == "copy done":
        written.copy_state, written.copy_folder = CopyState.DONE, "Wysłane <&>"
    elif state in ("copy without a place", "copy given up"):
        written.copy_state, written.copy_outcome = CopyState.FAILED, Outcome.FOLDER_MISSING
        written.copy_folders = ["INBOX", "Różne <&>"] if state == "copy without a place" else None
        written.copy_text = "NO <b>not here</b>"
    elif state == "without its account":
        written.account_id = None
    session.commit()
    return written


def round_trip(session: Session, vault: Vault, user: User, state: RoundTripState) -> RoundTrip:
    """Add a test message that has come as far as ``state``, for good."""
    sender = account(session, vault)
    started = sending.round_trips.start(
        session, sender, user.id, "infirma.pl", subject="Test", text="Test.", now=now() - timedelta(seconds=3)
    )
    started.state = state
    if state is RoundTripState.SEEN:
        started.seen_at = now()
    if state is RoundTripState.UNREADABLE:
        started.outcome, started.server_text = Outcome.AUTH_FAILED, "NO <b>who?</b>"
    session.commit()
    return started


def received(session: Session, vault: Vault, state: str = "plain", of: Account | None = None) -> Placement:
    """Add a fetched message, one of ``RECEIVED``, for good; return where it lies."""
    owner, number = of or account(session, vault), next(_numbers)
    fetching.ensure(session, now=now())
    claim = fetching.claim(session, owner.id, now=now())
    assert claim is not None
    (inbox,) = fetching.list_folders(session, owner.id)
    fetching.folders.renumber(session, claim, inbox.id, 1, now=now())
    head = _HEAD.format(number=number, to=owner.email)
    head = head.partition("\r\n")[2] if state == "from nobody" else head
    content = Content.of((head + RECEIVED[state]).encode())
    whole = state != "headers only"
    one = Fetched(number, content.size, whole, content, now() - timedelta(minutes=1), seen=state in ("seen", "gone"))
    store(session, claim, Batch(inbox.id, 1, number, [one]), now=now())
    fetching.settling.record_success(session, claim, now=now())
    placed = session.scalars(select(Placement).where(Placement.uid == number)).one()
    placed.gone_at = now() if state == "gone" else None
    session.commit()
    return placed


def fetched_account(session: Session, vault: Vault, state: str) -> Account:
    """Add an account whose fetching stands as one of ``FETCHING``, for good."""
    added, moment = account(session, vault, "switched off" if state == "off" else "working"), now()
    if state in ("new", "off"):
        return added
    fetching.ensure(session, now=moment)
    claim = fetching.claim(session, added.id, now=moment)
    assert claim is not None
    fetching.folders.record_listed(session, claim, _FOLDERS, now=moment)
    if state == "with a message left aside":
        (inbox, *_others) = fetching.list_folders(session, added.id)
        fetching.folders.renumber(session, claim, inbox.id, 1, now=moment)
        said = {"attempts": 3, "outcome": "server_busy", "server_text": "NO <b>bug</b>"}
        session.add(Trouble(folder_id=inbox.id, uidvalidity=1, uid=7, first_at=moment, last_at=moment, **said))
    if state in (*FAILURES, "proven"):
        for _ in range(3):
            outcome, text = FAILURES.get(state, FAILURES["held"]), "NO <b>not now</b>"
            fetching.settling.record_failure(session, claim, outcome, text, now=moment, chance=0.5)
    elif state not in ("running", "paused in mid-fetch"):
        fetching.settling.record_success(session, claim, now=moment)
    if state in ("paused", "paused in mid-fetch"):
        fetching.pause(session, added, now=moment)
    if state == "proven":
        accounts.record_test(session, added, Tested(moment + timedelta(seconds=1), "ok", "ok"))
    if state in ("asking", "about to ask"):
        _move(session, vault, added, claim, noticed=state == "asking")
    session.commit()
    return added


def _move(session: Session, vault: Vault, account: Account, claim: fetching.Claim, *, noticed: bool) -> None:
    """Give an account that was read another server; ``noticed``: whoever fetches has seen that."""
    inbox, *_others = fetching.list_folders(session, account.id)
    inbox.uidvalidity, inbox.cursor = 7, 5
    session.flush()
    fetching.load(session, [claim], vault, now=now())
    account.imap_host, account.incoming_version = "imap.elsewhere.test", account.incoming_version + 1
    session.flush()
    if noticed:
        fetching.load(session, fetching.claim_due(session, now=now(), most=9), vault, now=now())
    session.flush()


def _probe(state: str, begun: Callable[[], object], request: ProbeRequest) -> Iterator[StepFinished | SideFinished]:
    begun()
    for side in [side for side in Side if getattr(request, side) is not None]:
        result = _refused(side) if state == "failed" else _accepted()
        for step in result.steps:
            yield StepFinished(side, step)
        yield SideFinished(side, result)


def _accepted() -> SideResult:
    return SideResult(Outcome.OK, (Step(StepName.RESOLVE, True, 2.0, "203.0.113.7"),), True, None, (), None, ())


def _refused(side: Side) -> SideResult:
    """Both of what a page can show of a refusal: a certificate to trust, and a server's own words with a remedy."""
    failed = (Step(StepName.RESOLVE, True, 2.0, "203.0.113.7"), Step(StepName.TLS, False, 44.0, None))
    if side is Side.IMAP:
        shown = Certificate("CN=<b>stranger</b>", "CN=Authority", ("stranger.test",), *_VALID, "cd" * 32)
        fixes = (Fix("cert_pin", {"imap-pin": shown.sha256}),)
        return SideResult(Outcome.CERT_WRONG_HOST, failed, False, None, (), shown, fixes)
    fixes = (Fix("use_username", {"smtp-username": "biuro"}),)
    return SideResult(Outcome.AUTH_FAILED, failed, True, "535 <b>wrong</b> & sorry", (), None, fixes)


_VALID = ("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z")
