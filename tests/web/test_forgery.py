"""What others make a browser send, or send themselves. Every route of the app is asked, none is listed by hand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from itertools import product

import pytest
from flask import Flask
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from app import fetching, sending, users
from app.clock import now
from app.extensions import current_config
from app.models import Account, Base, EmbedClient, Role, RoundTripState, Trouble, User
from app.vault import Vault
from tests import cast
from tests.cast import MEMBER
from tests.web.asked import Asked
from tests.web.page import Visitor

# Who is not signed in may use these and nothing else.
PUBLIC = {
    "embed_api.create_link",
    "health.healthz",
    "health.metrics",
    "locale.choose",
    "static",
    "users.redeem_link",
    "users.sign_in",
    "users.sign_in_by_link",
    "users.sign_in_with_password",
    "users.sign_out",
}
# Asked by servers with a key of their own, and deaf to cookies: a browser has nothing that it could be made to send.
BY_KEY = {"embed_api.create_link"}
FOR_ADMINISTRATORS = ("form_layouts.", "embed_clients.", "fetching.change_defaults")
# Only shows the form with something else in it, or signs in who is signed in.
CHANGES_NOTHING = {
    "accounts.leave_stationery",
    "accounts.new_stationery",
    "accounts.show_additional",
    "accounts.show_stationery",
    "accounts.suggestions",
    "users.sign_in_with_password",
}
# Fits every form there is.
FIELDS = {
    "active": "off",
    "default": "on",
    "design-html": "<div data-content></div>",
    "design-name": "Forged",
    "current-password": MEMBER.password,
    "email": "forged@infirma.pl",
    "fix": "imap-0",
    "imap-host": "infirma.pl",
    "imap-password": "forged password",
    "imap-port": "993",
    "imap-security": "tls",
    "imap-username": "forged@infirma.pl",
    "interval": "7",
    "language": "pl",
    "link-minutes": "5",
    "listed-only": "y",
    "mailbox": "same",
    "move": "down",
    "name": "Forged",
    "new-password": "a forged new password",
    "new-password-again": "a forged new password",
    "number": "1",
    "password": MEMBER.password,
    "smtp-auth": "y",
    "smtp-host": "infirma.pl",
    "smtp-port": "465",
    "smtp-same-credentials": "y",
    "smtp-security": "tls",
    "starter": "card",
    "folder": "INBOX",
    "seen": "on",
    "senders": "forged@infirma.pl",
    "sender": "1",
    "submission": "forged-submission-0001",
    "subject": "Forged",
    "text": "Forged",
    "to": "forged@infirma.pl",
    "twice": "y",
    "version": "1",
}

# What has to be there for a form about a message to do anything; the others are about one that was sent.
MESSAGES = {
    "mail.attach": "draft",
    "mail.choose_folder": "copy without a place",
    "mail.detach": "draft",
    "mail.edit": "failed",
    "mail.file_again": "copy given up",
    "mail.retry": "uncertain",
    "mail.save": "draft",
    "mail.send": "draft",
}


@dataclass
class World:
    """An app with something of everything in it, and the addresses of all its routes."""

    app: Flask
    session: Session
    client: Visitor
    account: int
    failed_test: str
    running_test: str
    token: str
    layout: int
    stationery: int
    image: str
    admin: Visitor
    embed_client: int
    messages: dict[str, str]
    attachment: str
    round_trip: str
    received: int
    trouble: int
    fetched: int
    enqueued: list[tuple[object, ...]] = field(default_factory=list)

    def rules(self, method: str) -> Iterator[Rule]:
        return (
            rule for rule in self.app.url_map.iter_rules() if not rule.build_only and method in (rule.methods or ())
        )

    def url(self, rule: Rule, **changes: object) -> str:
        values = {
            "account_id": self.fetched if rule.endpoint.startswith("fetching.") else self.account,
            "test_id": self.running_test if rule.endpoint == "connection_tests.cancel" else self.failed_test,
            "token": self.token,
            "layout_id": self.layout,
            "client_id": self.embed_client,
            "section": "imap",
            "stationery_id": self.stationery,
            "content_id": self.image,
            "submission": "a-sketch-of-nobody",
            "starter": "card",
            "message_id": self.messages.get(rule.endpoint, self.messages["others"]),
            "attachment_id": self.attachment,
            "round_trip_id": self.round_trip,
            "placement_id": self.received,
            "number": 3,
            "trouble_id": self.trouble,
            "filename": "css/skrzynka.css",
        } | changes
        with self.app.test_request_context():
            # A new argument has no value here: then this fails, and whoever adds it says what stands there.
            built = self.app.url_map.bind("localhost").build(
                rule.endpoint, {name: values[name] for name in rule.arguments}, method="POST" if is_post(rule) else None
            )
        return str(built)

    def made_from(self, rule: Rule) -> dict[str, str]:
        """Return what a form says that it was made from."""
        self.session.rollback()
        if rule.endpoint == "fetching.choose":
            return {"seen": fetching.mark_of_choices(self.session, self.fetched)}
        if rule.endpoint.startswith("embed_clients."):
            version = select(EmbedClient.version).where(EmbedClient.id == self.embed_client)
        else:
            version = select(Account.version).where(Account.id == self.account)
        return {"version": str(self.session.scalar(version))}

    def everything(self) -> dict[str, list[tuple[object, ...]]]:
        """Return all rows of all tables."""
        self.session.rollback()
        return {
            table.name: sorted(map(tuple, self.session.execute(select(table))), key=repr)
            for table in Base.metadata.sorted_tables
        }


def is_post(rule: Rule) -> bool:
    return "POST" in (rule.methods or ())


def vault_of(app: Flask) -> Vault:
    with app.app_context():
        return current_config().vault


def person(session: Session) -> User:
    return session.scalars(select(User).where(User.email == MEMBER.email)).one()


@pytest.fixture
def world(app: Flask, session: Session, client: Visitor, admin_client: Visitor, monkeypatch) -> World:
    vault = vault_of(app)
    account = cast.account(session, vault)
    tests = [cast.connection_test(session, vault, person(session), state).id for state in ("failed", "running")]
    newcomer = users.add(session, email="nowa@firma.test", role=Role.MEMBER, password=None, now=now())
    token = users.issue_link(session, newcomer, now=now())
    session.commit()
    layout = cast.form_layout(session).id
    cast.form_layout(session)
    embed_client = cast.embed_client(session)[0].id
    stationery = cast.stationery(session)
    image = stationery.images[0].content_id
    states = MESSAGES | {"others": "sent"}
    messages = {name: cast.message(session, vault, person(session), state) for name, state in states.items()}
    attachment = sending.attach(session, messages["mail.detach"], "a.txt", BytesIO(b"x")).id
    trip = cast.round_trip(session, vault, person(session), RoundTripState.RUNNING).id
    received = cast.received(session, vault).id
    fetched = cast.fetched_account(session, vault, "with a message left aside").id
    trouble = session.scalars(select(Trouble.id)).one()
    session.commit()
    ids = {name: message.id for name, message in messages.items()}
    world = World(
        app,
        session,
        client,
        account.id,
        *tests,
        token,
        layout,
        stationery.id,
        image,
        admin_client,
        embed_client,
        ids,
        attachment,
        trip,
        received,
        trouble,
        fetched,
    )
    monkeypatch.setattr("app.extensions.JobQueue.enqueue", lambda _self, _function, *ids: world.enqueued.append(ids))
    return world


def token_of(visitor: Visitor) -> str:
    """Return the token that this visitor's pages carry."""
    return str(visitor.visit("/users/me/password").all(name="csrf_token")[0].attrib["value"])


def session_of(visitor: Visitor) -> dict[str, object]:
    with visitor.client.session_transaction() as content:
        return dict(content)


@pytest.mark.parametrize("htmx", [False, True], ids=["a form", "htmx"])
@pytest.mark.parametrize("forged", ["none", "made up", "somebody else's"])
def test_no_post_is_heard_without_the_visitors_own_token(world, app, forged, htmx):
    tokens: dict[str, Callable[[], dict[str, str]]] = {
        "none": dict,
        "made up": lambda: {"csrf_token": "IjEyMzQ1Ig.aaaaaa.bbbbbb"},
        "somebody else's": lambda: {"csrf_token": token_of(Visitor(app.test_client()))},
    }
    fields = FIELDS | tokens[forged]()
    token_of(world.client)
    before, session_before = world.everything(), session_of(world.client)
    heard = {}
    for rule in (rule for rule in world.rules("POST") if rule.endpoint not in BY_KEY):
        headers = {"HX-Request": "true"} if htmx else {}
        response = world.client.client.post(world.url(rule), data=fields, headers=headers)
        if response.status_code != 400 or "HX-Redirect" in response.headers:
            heard[rule.rule] = response.status_code
    assert heard == {}
    assert world.everything() == before
    assert session_of(world.client) == session_before
    assert world.enqueued == []


def test_with_the_visitors_own_token_the_same_posts_are_heard(world):
    # Signing out comes last, the removal of what the others need right before it.
    rules = sorted(world.rules("POST"), key=lambda rule: (rule.endpoint == "users.sign_out", "remove" in rule.endpoint))
    # Only the order of the fields makes a layout; the editor of another test shows it.
    rules = [rule for rule in rules if rule.endpoint not in {"form_layouts.save", "form_layouts.arrange", *BY_KEY}]
    assert len(rules) > 10
    for number, rule in enumerate(rules):
        before = world.everything(), session_of(world.client), len(world.enqueued)
        afresh = {"email": f"forged{number}@infirma.pl", "submission": f"forged-submission-{number:04}"}
        afresh["name"] = f"Forged {number}"
        visitor = world.admin if rule.endpoint.startswith(FOR_ADMINISTRATORS) else world.client
        fields = FIELDS | afresh | {"csrf_token": token_of(visitor)} | world.made_from(rule)
        response = visitor.client.post(world.url(rule), data=fields)
        assert response.status_code in (200, 303, 422), (rule.rule, response.status_code)
        if rule.endpoint not in CHANGES_NOTHING:
            after = world.everything(), session_of(world.client), len(world.enqueued)
            assert after != before, f"{rule.rule} does nothing with these fields, so the test above proves nothing"


def strangers_answer(visitor: Visitor, method: str, url: str, htmx: bool) -> bool:
    """Say whether somebody who is not signed in gets something else than being asked to sign in."""
    fields = FIELDS | {"csrf_token": str(visitor.visit("/sign-in").all(name="csrf_token")[0].attrib["value"])}
    response = visitor.client.open(
        url,
        method=method,
        data=fields if method == "POST" else None,
        headers={"HX-Request": "true"} if htmx else {},
    )
    if htmx:
        return (response.status_code, response.headers.get("HX-Retarget")) != (401, "#notices")
    way = response.headers.get("Location", "")
    return (response.status_code, way.partition("?")[0]) != (303, "/sign-in")


@pytest.mark.parametrize("htmx", [False, True], ids=["a page", "htmx"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_everything_but_the_public_list_asks_for_sign_in(world, app, method, htmx):
    before = world.everything()
    rules = [rule for rule in world.rules(method) if rule.endpoint not in PUBLIC]
    answered = {
        rule.rule for rule in rules if strangers_answer(Visitor(app.test_client()), method, world.url(rule), htmx)
    }
    assert answered == set()
    assert world.everything() == before
    assert world.enqueued == []


def test_the_public_list_names_what_is_public_and_nothing_else(world, app):
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules() if not rule.build_only}
    assert endpoints >= PUBLIC
    for rule in (rule for rule in app.url_map.iter_rules() if not rule.build_only):
        if rule.endpoint in PUBLIC - {"users.sign_out"}:
            method = "POST" if is_post(rule) else "GET"
            assert strangers_answer(Visitor(app.test_client()), method, world.url(rule), False), rule.rule


def test_what_is_asked_by_key_takes_neither_a_session_nor_a_form(world):
    before = world.everything()
    for rule in (rule for rule in world.rules("POST") if rule.endpoint in BY_KEY):
        fields = FIELDS | {"csrf_token": token_of(world.admin)}
        response = world.admin.client.post(world.url(rule), data=fields)
        assert response.status_code == 401
    assert world.everything() == before


@pytest.fixture
def written(engine: Engine) -> Iterator[list[str]]:
    """Every statement that is no question, as it is sent to the database."""
    statements: list[str] = []

    def note(_connection, _cursor, statement: str, *_rest: object) -> None:
        if statement.split(None, 1)[0].upper() not in ("SELECT", "SHOW", "BEGIN"):
            statements.append(statement)

    def flushed(session: Session, *_rest: object) -> None:
        statements.extend(f"flush of {row!r}" for row in (*session.new, *session.dirty, *session.deleted))

    event.listen(engine, "before_cursor_execute", note)
    event.listen(Session, "before_flush", flushed)
    yield statements
    event.remove(engine, "before_cursor_execute", note)
    event.remove(Session, "before_flush", flushed)


def states_of_everything(world: World) -> Iterator[str]:
    """Return the address of every route that can be asked, with everything that the cast has."""
    vault, user = vault_of(world.app), person(world.session)
    accounts = [cast.account(world.session, vault, state).id for state in cast.ACCOUNTS]
    tests = [cast.connection_test(world.session, vault, user, state).id for state in cast.TESTS]
    messages = [cast.message(world.session, vault, user, state).id for state in cast.MESSAGES]
    trips = [cast.round_trip(world.session, vault, user, state).id for state in cast.ROUND_TRIPS]
    for rule in world.rules("GET"):
        if "account_id" in rule.arguments:
            yield from (world.url(rule, account_id=account) for account in accounts)
        elif "test_id" in rule.arguments:
            yield from (world.url(rule, test_id=test) for test in tests)
        elif "message_id" in rule.arguments:
            yield from (world.url(rule, message_id=message) for message in messages)
        elif "round_trip_id" in rule.arguments:
            yield from (world.url(rule, round_trip_id=trip) for trip in trips)
        else:
            yield world.url(rule)


def test_the_listener_notices_what_is_written(world, written):
    token = token_of(world.client)
    written.clear()
    world.client.client.post("/language", data={"language": "pl", "csrf_token": token})
    assert any("UPDATE users" in statement for statement in written)


@pytest.mark.parametrize("who", ["the member", "the administrator", "a stranger"])
def test_looking_never_writes(world, written, who):
    stranger = Visitor(world.app.test_client())
    visitor = {"the member": world.client, "the administrator": world.admin, "a stranger": stranger}
    plain, htmx, pretended = {}, {"HX-Request": "true"}, {"X-HTTP-Method-Override": "POST"}
    states = [*states_of_everything(world), "/nonsense"]
    asked = [("GET", url, headers) for url in states for headers in (plain, htmx)]
    # How else a route is asked has nothing to do with how something stands there.
    others = [*product(("HEAD", "OPTIONS"), (plain, htmx, pretended)), ("GET", pretended)]
    urls = [*(world.url(rule) for rule in world.rules("GET")), "/nonsense"]
    asked += [(method, url, headers) for url in urls for method, headers in others]
    before = world.everything()
    written.clear()
    statuses = set()
    for method, url, headers in asked:
        response = visitor[who].client.open(url, method=method, headers=headers)
        statuses.add(response.status_code)
        assert written == [], f"{method} {url}"
    assert 200 in statuses
    assert 500 not in statuses
    assert world.everything() == before
    assert world.enqueued == []


# Text that databases cannot keep, numbers that they cannot count to, and more than any column holds.
RUBBISH = ["a\0b", "x" * 5000, "9" * 30, "2147483648", "\ufffe\u202e"]
HIDDEN = ["account", "bcc", "cc", "colour", "connection-test", "design", "follow", "imap-pin", "imap-pin-for"]
HIDDEN += ["in-reply-to", "inside", "next", "references", "scheme", "stationery", "suggested", "sure", "width"]
HIDDEN += ["without-subject"]


def token_in_hand(world: World) -> str:
    """Return a token of the member, who is signed in again if what was sent before has ended that."""
    page = world.client.visit("/users/me/password")
    if not page.all(id="new-password"):
        page = world.client.sign_in(MEMBER.email, MEMBER.password)
    return str(page.all(name="csrf_token")[0].attrib["value"])


# PostgreSQL alone: it refuses all that SQLite does, and more.
@pytest.mark.parametrize("environment", ["postgresql"], indirect=True)
@pytest.mark.parametrize("rubbish", RUBBISH, ids=lambda text: ascii(text[:12]))
def test_rubbish_in_any_field_of_any_form_is_no_crash(world, rubbish):
    crashed = []
    kept = ("accounts.remove", "users.sign_out", "users.set_password")
    asked = Asked(world.app, (*FIELDS, *HIDDEN))
    for rule in (rule for rule in world.rules("POST") if rule.endpoint not in kept):
        fields = FIELDS | {"csrf_token": token_in_hand(world)}
        asked.forget()
        name, sent = "active", set()
        while name is not None:
            response = world.client.client.post(world.url(rule), data=fields | {name: rubbish})
            if response.status_code >= 500:
                crashed.append((rule.rule, name))
            sent.add(name)
            # What a route does not look for cannot matter to it, and what it looks for only now has its turn as well.
            name = asked.next(sent)
    assert crashed == []


# Rubbish is where databases differ: without cases, these are asked of each.
def test_rubbish_about_oneself_is_no_crash(world):
    for name, text in product(("current-password", "email", "new-password"), RUBBISH):
        fields = FIELDS | {"csrf_token": token_in_hand(world), name: text}
        assert world.client.client.post("/users/me/password", data=fields).status_code < 500
        world.client.client.delete_cookie("skrzynka")


def test_rubbish_in_any_address_is_no_crash(world):
    texts = ("a%00b", "x" * 5000, "9" * 30, "2147483648", "0", "-1", "%EF%BF%BE", "%FF", "..%2F")
    statuses = {}
    arguments = [
        (rule, name) for rule in world.app.url_map.iter_rules() if not rule.build_only for name in rule.arguments
    ]
    for rubbish in texts:
        token = token_in_hand(world)
        for rule, argument in arguments:
            url = "".join(rubbish if part == argument else part for _dynamic, part in parts(world, rule))
            for method in sorted({"GET", "POST"} & (rule.methods or set())):
                response = world.client.client.open(url, method=method, data={**FIELDS, "csrf_token": token})
                statuses[method, rule.rule, rubbish] = response.status_code
    assert statuses
    assert {address: status for address, status in statuses.items() if status >= 500} == {}


def parts(world: World, rule: Rule) -> Iterator[tuple[bool, str]]:
    """Yield the pieces of a rule's address: whether it is an argument, and its name or its text."""
    for piece in re.split(r"(<[^>]+>)", rule.rule):
        dynamic = piece.startswith("<")
        yield dynamic, piece.strip("<>").rpartition(":")[2] if dynamic else piece
