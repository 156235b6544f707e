"""Every partial, really rendered: alone, with one root that keeps its id, and with addresses that there are.

A new partial needs a context here; what it shows in each of its states is looked at, not only that it renders.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from io import BytesIO
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import html5lib
import pytest
from flask import Flask, flash, render_template
from flask_login import login_user
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from app import fetching, mailbox, sending
from app.clock import now
from app.config import Config
from app.extensions import current_config, db
from app.factory import create_app
from app.form_layouts import BUILT_IN, Section, Visibility
from app.models import Account, Base, ConnectionTest, Folder, Role, User
from app.stationery import Starter
from app.web import surroundings
from app.web.access import SignedIn, current_person
from app.web.accounts import showing, submitting
from app.web.accounts.opened import Conflict
from app.web.accounts.overview import TestStamp
from app.web.accounts.suggesting import suggested
from app.web.connection_tests.view import VERDICT_FIELDS, TestView, view
from app.web.errors import Trouble
from app.web.fetching.question import question_about
from app.web.fetching.view import badges, folders_context, state_context
from app.web.form_layouts.view import editor_context, errors_of, preview_context
from app.web.mail.letter import draft_view, letter_context
from app.web.mail.reading import Form, of_draft, read
from app.web.mail.reading import judge as judge_letter
from app.web.mail.view import list_context, message_context, round_trip_context
from app.web.mailbox.filter import Filter
from app.web.mailbox.view import list_context as mailbox_list
from app.web.moments import Moment
from app.web.stationery import choosing
from app.web.stationery.typed import Typed
from app.web.stationery.view import editor_context as stationery_context
from app.web.surroundings import Surroundings
from tests import cast
from tests.web.judge import judge
from tests.web.page import Page, Visitor

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
PARTIALS = sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("_*.html"))
# All that is asked of one of them is asked in one process, which renders it once.
each_partial = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.xdist_group(f"partial {name}")) for name in PARTIALS]
)
# Where the app is mounted below another: an address that was written by hand would lead out of it.
MOUNT = "/mounted"

Context = dict[str, Any]


def notices() -> Iterator[Context]:
    yield {}
    flash("A notice.", "success")
    yield {}


def in_a_host_page(contexts: Callable[[], Iterator[Context]]) -> Callable[[], Iterator[Context]]:
    """Return what yields ``contexts`` for a page of somebody else."""

    def guests() -> Iterator[Context]:
        surroundings.settle(Surroundings(guest=True, prefix="mail-"))
        yield from contexts()

    return guests


def sections() -> Iterator[Context]:
    for context in forms():
        yield {**context, "section": Section.IMAP, "group": context["groups"][1]}


def sectioned() -> Iterator[Context]:
    for context in forms():
        yield {**context, "sections": [(Section.IMAP, context["groups"][1]), (Section.IDENTITY, context["groups"][0])]}


def ends() -> Iterator[Context]:
    for row in accounts():
        yield {"account": row["account"], "said": {"account": 1, "state": "<b>\"'"}}


def lists() -> Iterator[Context]:
    yield {"rows": []}
    rows = [(row["account"], row["stamp"], row["health"], row["unread"]) for row in accounts()]
    yield {"rows": rows, "look": "1"}


def accounts() -> Iterator[Context]:
    tested = Moment("1 hour ago", "exactly then", "2026-01-01T00:00:00+00:00")
    stamps = [
        None,
        TestStamp("success", "Works", tested),
        TestStamp("error", "Incoming mail fails", tested),
    ]
    for number, state in enumerate(cast.ACCOUNTS):
        account = cast.account(db.session, current_config().vault, state)
        health = badges([account], now=now())[account.id]
        unread = "12 unread" if number % 2 else ""
        yield {"account": account, "stamp": stamps[number % len(stamps)], "health": health, "unread": unread}


def fetching_states() -> Iterator[Context]:
    for state in cast.FETCHING:
        yield state_context(cast.fetched_account(db.session, current_config().vault, state), now=now())


def waiting_for_somebody() -> Iterator[Context]:
    # It asks for itself, as every page has it.
    yield {}
    for state in ("held", "unreadable", "held", "held"):
        cast.fetched_account(db.session, current_config().vault, state)
        yield {}


def troubles() -> Iterator[Context]:
    for state in cast.FETCHING:
        account = cast.fetched_account(db.session, current_config().vault, state)
        yield showing.fetching_context(account.id)


def folder_choices() -> Iterator[Context]:
    for state in ("new", "off", "fetched"):
        account = cast.fetched_account(db.session, current_config().vault, state)
        yield folders_context(account, now=now())
    fetching.ask_for_folders(db.session, account, now=now())
    yield folders_context(account, now=now())


def questions() -> Iterator[Context]:
    yield {"question": question_about(cast.fetched_account(db.session, current_config().vault, "asking"))}


def received_lists() -> Iterator[Context]:
    yield mailbox_list(Filter(), now=now())
    yield mailbox_list(Filter(search="nobody wrote this"), now=now())
    for state in cast.RECEIVED:
        cast.received(db.session, current_config().vault, state)
    yield mailbox_list(Filter(), now=now())
    last = mailbox.list_messages(db.session, most=1)[0].placement.id
    yield mailbox_list(Filter(below=last), now=now())
    account = cast.account(db.session, current_config().vault)
    cast.received(db.session, current_config().vault, "plain", account)
    for name, use in (("Wys&AUI-ane", "sent"), ('Różne "<b>"', None)):
        placed = cast.received(db.session, current_config().vault, "plain", account)
        folder = Folder(account_id=account.id, name=name, title=name, special_use=use, listed=False)
        db.session.add(folder)
        db.session.flush()
        placed.folder_id = folder.id
        db.session.commit()
    yield mailbox_list(Filter(account_id=account.id), now=now())
    yield mailbox_list(Filter(account_id=account.id, folder_id=folder.id, unread=True), now=now())


def received_marks() -> Iterator[Context]:
    for state, marks in (("plain", True), ("plain", False), ("seen", True)):
        yield {
            "placement": cast.received(db.session, current_config().vault, state),
            "marks": marks,
            "back": {"search": "a b"},
        }


def forms() -> Iterator[Context]:
    yield showing.form_context(submitting.open_form())
    for row in accounts():
        yield showing.form_context(submitting.open_form(row["account"]))
    yield showing.form_context(refused())
    conflict = submitting.open_form(row["account"])
    conflict.conflict = Conflict("Somebody else was faster.", row["account"].id, newer=2)
    yield showing.form_context(conflict)
    for verdict in verdicts():
        yield {**showing.form_context(submitting.open_form()), "test_view": verdict["test_view"]}


def forms_with_notices() -> Iterator[Context]:
    for context in forms():
        flash("A notice.", "success")
        yield context
    for told in troubles():
        yield {**context, **told}


def additional_data() -> Iterator[Context]:
    yield showing.form_context(submitting.open_form())
    form = submitting.open_form()
    form.reveal()
    yield {**showing.form_context(form), "revealed": True}


def refused() -> Any:
    """Return a form in which everything is missing."""
    form = submitting.bind()
    assert not form.validate()
    return form


def suggestions() -> Iterator[Context]:
    for typed in ({}, {"email": "biuro@infirma.pl"}, {"smtp-port": "25"}, {"email": "b@żółw.pl", "imap-port": "143"}):
        yield {"suggested": suggested(MultiDict(typed), current_config())}


def seen(test: ConnectionTest) -> TestView:
    """Return a test as the page shows it, with every fix that there is."""
    return view(test, now=now(), worth_a_try=lambda _side, _name: True, is_saved=lambda: True)


def verdicts() -> Iterator[Context]:
    for state in cast.TESTS:
        test = cast.connection_test(db.session, current_config().vault, current_person(), state)
        yield {"test_view": seen(test), "verdict_fields": VERDICT_FIELDS}
    for told in troubles():
        yield {"test_view": seen(test), "verdict_fields": VERDICT_FIELDS, **told}


def editors() -> Iterator[Context]:
    stored = cast.form_layout(db.session)
    yield editor_context(stored, BUILT_IN, number=2)
    hidden = replace(BUILT_IN.by_name["imap-host"], visibility=Visibility.HIDDEN)
    wrong = BUILT_IN.with_place(replace(hidden, default="{<b>}"))
    for layout in (BUILT_IN.with_place(hidden), wrong):
        yield editor_context(stored, layout, number=2, errors=errors_of(layout), pressed="imap-host down")
    yield {**editor_context(stored, BUILT_IN, number=1), "newer": 2}


def previews() -> Iterator[Context]:
    yield preview_context(BUILT_IN)
    yield {"preview": ""}


def chosen_stationery() -> Iterator[Context]:
    choices = [("", "No stationery"), ("7", "Firmowa <b>")]
    for seen in (None, 7):
        yield {"seen_id": seen, "chosen": str(seen or ""), "choices": choices, "attributes": {"hx-trigger": "change"}}


def designs() -> Iterator[Context]:
    yield stationery_context(Typed.fresh())
    stored = cast.stationery(db.session)
    yield stationery_context(Typed.of(stored))
    wrong = replace(Typed.of(stored), name="", source="{<b>} </textarea>", scheme="dark", width="phone")
    errors = {"design-name": "A name, please.", "design-html": "No marker.", "design-image": "No image."}
    yield stationery_context(wrong, errors=errors)
    yield stationery_context(wrong, newer=3)
    for inside in ("", "name=Biuro&email=%22%3Cb%3E"):
        yield stationery_context(replace(Typed.fresh(), inside=inside), asked="card")


def starters() -> Iterator[Context]:
    yield from (context for context in designs() if context["starters"])


def design_images() -> Iterator[Context]:
    for context in designs():
        yield {**context, "beside": True}


def letters() -> Iterator[Context]:
    empty = read(MultiDict())
    yield letter_context(sending.new_id(), None, empty)
    draft = cast.message(db.session, current_config().vault, current_person(), "draft")
    sending.attach(db.session, draft, "a <b>.txt", BytesIO(b"x"))
    yield letter_context(draft.id, draft, of_draft(draft))
    refused = read(MultiDict({"to": "<b>", "cc": "x", "bcc": "x"}))
    assert not judge_letter(refused)
    refused.errors["files"] = "A sentence."
    yield letter_context(draft.id, draft, refused)
    for form in dresses():
        yield letter_context(draft.id, draft, form)


def dresses() -> Iterator[Form]:
    """Yield a letter whose stationery has to be asked about, each way round, and one whose stationery is gone."""
    vault, theirs, mine = current_config().vault, cast.stationery(db.session), cast.stationery(db.session)
    theirs_id, plain_id = cast.account(db.session, vault).id, cast.account(db.session, vault).id
    db.session.get_one(Account, theirs_id).stationery_id = theirs.id
    db.session.commit()
    choosing.forget_known()
    for sender, chosen in ((theirs_id, str(mine.id)), (theirs_id, ""), (plain_id, str(mine.id)), (plain_id, "99999")):
        form = read(MultiDict({"sender": str(sender), "stationery": chosen, "stationery-by-hand": "y"}))
        assert form.decision.asks or form.decision.gone
        yield form


def draft_states() -> Iterator[Context]:
    draft = cast.message(db.session, current_config().vault, current_person(), "draft")
    for letter in letters():
        yield draft_view(draft, letter["form"], {"stationery": "x"}, now())
    yield draft_view(draft, of_draft(draft), {"stationery": "x", "stationery-answer": "follow"}, now())
    yield {"state": "A sentence."}


def mail_lists() -> Iterator[Context]:
    yield list_context([], now=now())
    yield list_context([row["message"] for row in messages()], now=now())


def messages() -> Iterator[Context]:
    for state in cast.MESSAGES:
        if state != "draft":
            message = cast.message(db.session, current_config().vault, current_person(), state)
            yield message_context(message, now=now())


def waits() -> Iterator[Context]:
    for state in cast.ROUND_TRIPS:
        trip = cast.round_trip(db.session, current_config().vault, current_person(), state)
        yield round_trip_context(trip, now=now())


CONTEXTS: Mapping[str, Callable[[], Iterator[Context]]] = {
    "accounts/_account.html": accounts,
    "accounts/_additional.html": additional_data,
    "accounts/_buttons.html": in_a_host_page(forms),
    "accounts/_form.html": forms,
    "accounts/_form_update.html": forms_with_notices,
    "accounts/_list.html": lists,
    "accounts/_list_update.html": lists,
    "accounts/_section.html": in_a_host_page(sections),
    "accounts/_sections_update.html": in_a_host_page(sectioned),
    "accounts/_stationery.html": chosen_stationery,
    "accounts/_stationery_chosen.html": chosen_stationery,
    "accounts/_stationery_editor.html": designs,
    "accounts/_suggestions.html": suggestions,
    "connection_tests/_panel.html": forms,
    "connection_tests/_update.html": verdicts,
    "connection_tests/_verdict.html": verdicts,
    "embed/_done.html": ends,
    "form_layouts/_editor.html": editors,
    "form_layouts/_preview.html": previews,
    "layouts/_lost.html": lambda: iter([{}]),
    "layouts/_notices.html": notices,
    "stationery/_editor.html": designs,
    "stationery/_images.html": design_images,
    "stationery/_look.html": designs,
    "stationery/_placeholders.html": designs,
    "stationery/_preview.html": designs,
    "stationery/_starters.html": starters,
    "mail/_draft_state.html": draft_states,
    "mail/_files.html": letters,
    "mail/_letter.html": letters,
    "mail/_list.html": mail_lists,
    "mail/_message.html": messages,
    "mail/_picture.html": letters,
    "mail/_question.html": letters,
    "mail/_stationery.html": letters,
    "mail/_stationery_row.html": letters,
    "mail/_test.html": waits,
    "fetching/_folders.html": folder_choices,
    "fetching/_left_aside.html": fetching_states,
    "fetching/_question.html": questions,
    "fetching/_state.html": fetching_states,
    "fetching/_state_update.html": fetching_states,
    "fetching/_trouble.html": troubles,
    "fetching/_waiting.html": waiting_for_somebody,
    "mailbox/_list.html": received_lists,
    "mailbox/_list_update.html": received_lists,
    "mailbox/_seen.html": received_marks,
    "errors/_error.html": lambda: iter([{"trouble": Trouble("Title", "Advice.")}]),
}

SUBMITTING = {"formaction", "hx-post"}
ADDRESSES = {"href", "src", "action", "formaction", "hx-get", "hx-post", "hx-put", "hx-patch", "hx-delete"}


@dataclass
class House:
    """The app, mounted somewhere, with somebody signed in who may see everything."""

    app: Flask
    session: Session
    member: User
    _rendered: dict[tuple[str, str], list[tuple[str, str]]] = field(default_factory=dict)

    @contextmanager
    def request(self, language: str = "en") -> Iterator[None]:
        base, headers = f"http://localhost{MOUNT}", {"Accept-Language": language}
        with self.app.test_request_context("/", method="POST", base_url=base, headers=headers):
            login_user(SignedIn(db.session.get_one(User, self.member.id)))
            yield

    def rendered(self, name: str, language: str = "en") -> list[str]:
        """Return what the partial looks like in each of its contexts."""
        return [first for first, _second in self.rendered_twice(name, language)]

    def rendered_twice(self, name: str, language: str = "en") -> list[tuple[str, str]]:
        """Return what the partial looks like in each of its contexts, and what it looks like if it comes again."""
        if (name, language) not in self._rendered:
            with self.request(language):
                self._rendered[name, language] = [
                    (render_template(name, **context), render_template(name, **context)) for context in CONTEXTS[name]()
                ]
        return self._rendered[name, language]

    def faults(self, where: str, elements: list[Element]) -> Iterator[str]:
        """Yield what is wrong with the addresses of ``elements``."""
        adapter = self.app.url_map.bind("localhost")
        methods = {id(inner): form for form in elements if form.tag == "form" for inner in form.iter()}
        for element in elements:
            for name in ADDRESSES & element.attrib.keys():
                address = urlsplit(element.attrib[name])
                if element.attrib[name].startswith("#") or address.scheme in ("https", "mailto"):
                    continue
                path = address.path.removeprefix(MOUNT)
                form = methods.get(id(element))
                by_post = name in SUBMITTING or (name == "action" and form.attrib.get("method", "get") == "post")
                try:
                    adapter.match(path, method="POST" if by_post else "GET")
                except HTTPException as fault:
                    yield f"{where}: {name}={element.attrib[name]} leads nowhere: {type(fault).__name__}"
                if address.netloc or not address.path.startswith(f"{MOUNT}/"):
                    yield f"{where}: {name}={element.attrib[name]} was not made by url_for"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    app = create_app(Config.from_environment({"SKRZYNKA_DATA": str(tmp_path_factory.mktemp("house"))}))
    with app.app_context():
        engine = db.engine
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        yield House(app, session, cast.ADMIN.join(session))
    engine.dispose()


@cache
def fragment(source: str) -> tuple[Element, list[Any]]:
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    return parser.parseFragment(source), parser.errors


def roots(source: str) -> list[Element]:
    """Return the outermost elements, without those that htmx puts elsewhere."""
    root, _errors = fragment(source)
    outside = (root.text or "") + "".join(child.tail or "" for child in root)
    assert outside.strip() == "", f"words outside of any element: {outside.strip()!r}"
    return [child for child in root if "hx-swap-oob" not in child.attrib]


def test_every_partial_has_a_context():
    assert sorted(CONTEXTS) == PARTIALS


@each_partial
@pytest.mark.parametrize("language", ["en", "pl"])
def test_a_partial_renders_alone_and_is_valid(house, name, language):
    sources = house.rendered(name, language)
    assert sources
    for number, source in enumerate(sources):
        root, errors = fragment(source)
        judge(SimpleNamespace(url=f"{name}, context {number}", root=root, is_document=False), errors)


@each_partial
def test_a_partial_has_one_root_with_an_id(house, name):
    for number, source in enumerate(house.rendered(name)):
        found = [(root.tag, root.attrib.get("id")) for root in roots(source)]
        assert len(found) == 1, f"context {number}: {found}"
        assert found[0][1], f"context {number}: the root has no id"


@each_partial
def test_the_root_keeps_its_id_however_often_it_is_rendered(house, name):
    for twice in house.rendered_twice(name):
        ids = {tuple(root.attrib.get("id") for root in roots(source)) for source in twice}
        assert len(ids) == 1, ids
    different = {root.attrib.get("id", "") for source in house.rendered(name) for root in roots(source)}
    assert name == "accounts/_account.html" or len(different) <= 1, different


@each_partial
def test_a_partial_takes_its_addresses_from_url_for(house, name):
    faults = []
    for number, source in enumerate(house.rendered(name)):
        root, _errors = fragment(source)
        faults += house.faults(f"context {number}", [it for it in root.iter() if isinstance(it.tag, str)])
    assert faults == []


@pytest.fixture
def pages(house: House) -> list[Page]:
    """Every page of the app, in every state that the cast knows."""
    with house.app.app_context():
        vault = current_config().vault
    account_ids = [cast.account(house.session, vault, state).id for state in cast.ACCOUNTS]
    test_ids = [cast.connection_test(house.session, vault, house.member, state).id for state in cast.TESTS]
    layout_ids = [cast.form_layout(house.session).id, cast.form_layout(house.session, role=Role.MEMBER).id]
    values = {"account_id": account_ids, "test_id": test_ids, "token": ["made-up"], "filename": ["favicon.svg"]}
    values["layout_id"] = layout_ids
    values["section"] = list(Section)
    others = {"layout_id": layout_ids[1], "origins": (), "locale": "pl", "starts_active": False}
    values["client_id"] = [cast.embed_client(house.session)[0].id, cast.embed_client(house.session, **others)[0].id]
    stationery = cast.stationery(house.session)
    values |= {"stationery_id": [stationery.id], "content_id": [stationery.images[0].content_id]}
    values |= {"submission": ["made-up"], "starter": list(Starter)}
    values["message_id"] = [cast.message(house.session, vault, house.member, state).id for state in cast.MESSAGES]
    values["round_trip_id"] = [
        cast.round_trip(house.session, vault, house.member, state).id for state in cast.ROUND_TRIPS
    ]
    values["attachment_id"] = ["made-up"]
    values["placement_id"] = [cast.received(house.session, vault, state).id for state in cast.RECEIVED]
    values["number"] = [1]
    fetched = [cast.fetched_account(house.session, vault, state).id for state in cast.FETCHING]
    values["account_id"] = [*account_ids, *fetched]
    values["trouble_id"] = [1]
    member, stranger = Visitor(house.app.test_client()), Visitor(house.app.test_client())
    adapter = house.app.url_map.bind("localhost")
    urls = ["/nonsense"]
    for rule in house.app.url_map.iter_rules():
        if rule.build_only or "GET" not in (rule.methods or ()):
            continue
        every = product(*(values[name] for name in rule.arguments))
        urls += [adapter.build(rule.endpoint, dict(zip(rule.arguments, chosen, strict=True))) for chosen in every]
    before = mounted(stranger, ["/sign-in", "/sign-in/made-up", "/nonsense"])
    member.sign_in(cast.ADMIN.email, cast.ADMIN.password)
    return before + mounted(member, urls)


def mounted(visitor: Visitor, urls: list[str]) -> list[Page]:
    """Return the pages that these addresses answer with."""
    found = []
    for url in urls:
        response = visitor.client.get(url, environ_overrides={"SCRIPT_NAME": MOUNT}, headers={"Accept-Language": "en"})
        # The samples of stationery are messages, not pages: they may lead elsewhere, inside their frame.
        is_ours = "sandbox" not in response.headers["Content-Security-Policy"]
        if response.mimetype == "text/html" and response.status_code != 303 and is_ours:
            found.append(Page(response, url))
    return found


def test_every_form_and_link_of_every_page_leads_somewhere(house, pages):
    assert len(pages) > 20
    faults = []
    for page in pages:
        faults += house.faults(page.url, page.all())
    assert faults == []
