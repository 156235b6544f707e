"""How the fetching of an account stands, and what people do about it, without a script and with one."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, event, select
from sqlalchemy.orm import Session

from app import accounts, clock, fetching
from app.extensions import db
from app.mail.outcomes import Outcome
from app.models import CopyHold, FetchDefaults, FetchState, Folder, Trouble
from tests import cast
from tests.web.page import Page, Visitor, words


@pytest.mark.parametrize(
    ("state", "badge", "said"),
    [
        ("new", "Active", "has not been fetched yet"),
        ("off", "Switched off", "switched off, so nothing is fetched"),
        ("running", "Active", "is being fetched"),
        ("fetched", "Active", "fetched by itself"),
        ("paused", "Paused", "paused until you let it go on"),
        ("failing", "Fetching fails", "does not accept connections"),
        ("held", "Paused", "refused the user name or the password"),
        ("unreadable", "Paused", "cannot be opened any more"),
        ("paused in mid-fetch", "Paused", "ends with the message that is just coming"),
        ("proven", "Active", "Fetching goes on"),
    ],
)
def test_each_state_has_its_words_here_and_in_the_list(client: Visitor, have, state, badge, said):
    account = have(state)
    page = client.visit(f"/fetching/{account.id}")
    assert said in page.said("fetching-headline")
    assert badge in page.said("fetching-state")
    row = client.visit("/accounts/").one("li", id=f"account-{account.id}")
    assert badge in words(row)


@pytest.mark.parametrize("asked", ["asking", "about to ask"])
def test_the_question_is_told_once_and_led_to_only_from_where_it_is_not(client: Visitor, have, asked):
    account = have(asked)
    page = client.visit(f"/fetching/{account.id}")
    assert page.text.count("Nothing is fetched until you have") == 1
    assert "Nothing is fetched until you have" in page.said("fetching-question")
    assert "Waiting for an answer" in page.said("fetching-state")
    assert "Answer the question" not in page.text
    # To a page that was opened before there was anything to ask.
    state = client.visit(f"/fetching/{account.id}", htmx=True)
    assert "until you have answered" in state.said("fetching-headline")
    (link,) = [it for it in state.all("a") if words(it) == "Answer the question"]
    assert link.attrib["href"] == f"/fetching/{account.id}#fetching-question"
    assert "Waiting for an answer" in words(client.visit("/accounts/").one("li", id=f"account-{account.id}"))


def test_an_account_that_is_off_says_so_below_its_question(client: Visitor, have, session: Session):
    account = have("asking")
    account.active = False
    session.commit()
    page = client.visit(f"/fetching/{account.id}")
    assert page.all("section", id="fetching-question")
    assert "switched off, so nothing is fetched" in page.said("fetching-headline")
    assert "Answer the question" not in page.text
    assert "Switch on" in page.said("fetching-state")


def test_a_failure_says_when_the_next_try_is_and_what_the_server_said(client: Visitor, have):
    page = client.visit(f"/fetching/{have('failing').id}")
    assert "The next attempt is in 15 minutes." in page.said("fetching-next")
    assert "NO <b>not now</b>" in page.said("fetching-state")


def test_only_a_refused_password_is_said_to_lock_accounts(client: Visitor, have, session: Session):
    account = have("held")
    locks = "servers lock accounts otherwise"
    assert locks in client.visit(f"/fetching/{account.id}").said("fetching-headline")
    session.get_one(FetchState, account.id).outcome = "cert_expired"
    session.commit()
    headline = client.visit(f"/fetching/{account.id}").said("fetching-headline")
    assert locks not in headline
    assert "no further attempt is made until you correct the account or let it go on" in headline


def test_nobody_is_told_to_do_what_is_done_by_itself(client: Visitor, have, session: Session):
    account = have("failing")
    session.get_one(FetchState, account.id).outcome = "unreachable"
    session.commit()
    page = client.visit(f"/fetching/{account.id}")
    assert "This is usually temporary, and it is tried again by itself." in page.said("fetching-headline")
    assert "Try again" not in page.said("fetching-headline")
    fetching.pause(session, account, now=clock.now())
    session.commit()
    page = client.visit(f"/fetching/{account.id}")
    assert "by itself" not in page.said("fetching-headline")
    assert "Try again in a few minutes." in page.said("fetching-headline")


def delay(page: Page, of: str) -> str | None:
    """Return when something asks for itself again."""
    polls = [it for it in page.all("span") if "hx-get" in it.attrib and it.attrib["id"].startswith(f"{of}-look-")]
    return polls[0].attrib["hx-trigger"].removeprefix("load delay:") if polls else None


@pytest.mark.parametrize("state", cast.FETCHING)
def test_what_other_people_may_change_is_asked_for_again_and_often_what_changes_by_itself(client, have, state):
    page = client.visit(f"/fetching/{have(state).id}", htmx=True)
    soon = state in ("new", "running", "paused in mid-fetch", "proven")
    assert delay(page, "fetching") == ("1000ms" if soon else "5000ms")


def look_again(client: Visitor, page: Page) -> Page:
    """Ask as the page does by itself."""
    (look,) = [it for it in page.all("span") if it.attrib.get("id", "").startswith("fetching-look-")]
    return client.visit(look.attrib["hx-get"], htmx=True)


def test_a_page_that_asks_a_question_does_not_put_another_state_below_it(client: Visitor, have):
    page = client.visit(f"/fetching/{have('asking').id}")
    assert delay(page, "fetching") == "5000ms"
    for _ in range(2):
        page = look_again(client, page)
        assert not page.all(id="fetching-headline")
        assert not page.all(id="fetching-question"), "the question that stands there stays untouched"
        assert "Answer the question" not in page.text


@pytest.mark.parametrize("button", ["Yes, the same mailbox", "No, another one: begin anew"])
def test_a_page_that_asks_a_question_follows_when_somebody_else_answers(client: Visitor, have, button):
    account = have("asking")
    page = client.visit(f"/fetching/{account.id}")
    client.submit(page, page.one("form", id="fetching-mailbox"), button=button)
    after = look_again(client, page)
    decided = "it is another mailbox" if "another" in button else "it is still the same mailbox"
    assert f"This has been answered already: {decided}" in after.said("fetching-question")
    assert not after.all("form", id="fetching-mailbox")
    assert after.said("fetching-headline")
    assert delay(after, "fetching") == "1000ms"
    assert not look_again(client, after).all(id="fetching-question"), "it is said once"


def test_a_page_that_asks_a_question_follows_when_another_one_is_to_be_asked(client: Visitor, have, session):
    account = have("asking")
    page = client.visit(f"/fetching/{account.id}")
    account.imap_host, account.incoming_version = "imap.third.test", account.incoming_version + 1
    session.commit()
    after = look_again(client, page)
    assert "imap.third.test" in after.said("fetching-question")
    assert not after.all(id="fetching-headline")
    assert not look_again(client, after).all(id="fetching-question")


@pytest.mark.parametrize("state", ["off", "held", "paused"])
def test_what_another_person_sets_going_is_followed(client: Visitor, have, session: Session, state):
    account = have(state)
    assert delay(client.visit(f"/fetching/{account.id}"), "fetching") == "5000ms"
    if state == "off":
        accounts.activate(session, account)
    else:
        fetching.fetch_now(session, account, now=clock.now())
    session.commit()
    after = client.visit(f"/fetching/{account.id}", htmx=True)
    assert "The next attempt begins in a moment." in after.said("fetching-next")
    assert delay(after, "fetching") == "1000ms"


def test_the_folders_of_an_account_that_was_off_appear_when_another_person_switches_it_on(client, have, session):
    account = have("off")
    page = client.visit(f"/fetching/{account.id}")
    assert delay(page, "folders") == "5000ms"
    assert "is being asked" not in page.said("fetching-folders")
    accounts.activate(session, account)
    session.commit()
    after = client.visit(f"/fetching/{account.id}/folders", htmx=True)
    assert delay(after, "folders") == "1000ms"
    assert "is being asked" in after.said("fetching-folders")
    assert delay(client.visit(f"/fetching/{have('fetched').id}"), "folders") is None


def test_what_failed_before_somebody_acted_is_said_no_more(client: Visitor, have):
    account = have("proven")
    page = client.visit(f"/fetching/{account.id}")
    assert "The next attempt begins in a moment." in page.said("fetching-next")
    row = client.visit("/accounts/").one("li", id=f"account-{account.id}")
    assert "Works" in words(row)
    for said in (page.said("fetching-state"), words(row), client.visit(f"/accounts/{account.id}").text):
        assert "refused" not in said
        assert "not now" not in said
        assert "Paused" not in said


@pytest.mark.parametrize("htmx", [False, True])
def test_fetching_begins_at_once_whatever_has_held_it_up(client: Visitor, have, state_of, htmx):
    account = have("held")
    page = client.visit(f"/fetching/{account.id}")
    form = next(it for it in page.all("form") if it.attrib["action"].endswith("/now"))
    after = client.submit(page, form, htmx=htmx)
    state = state_of(account)
    assert state.held_at is None
    assert state.due_at <= clock.now()
    assert "The next attempt begins in a moment." in after.said("fetching-state")


def test_what_is_begun_at_once_is_tried_for_copies_of_sent_mail_as_well(client: Visitor, have, session):
    account = have("held")
    session.add(CopyHold(account_id=account.id, incoming_version=1, held_at=clock.now(), outcome=Outcome.AUTH_FAILED))
    session.commit()
    page = client.visit(f"/fetching/{account.id}")
    client.submit(page, next(it for it in page.all("form") if it.attrib["action"].endswith("/now")))
    session.rollback()
    assert session.get(CopyHold, account.id, populate_existing=True) is None


@pytest.mark.parametrize("asked", ["asking", "about to ask"])
@pytest.mark.parametrize("path", ["/fetching/{}", "/accounts/{}"])
@pytest.mark.parametrize(("button", "anew"), [("Yes, the same mailbox", False), ("No, another one: begin anew", True)])
def test_whether_it_is_the_same_mailbox_is_asked_where_one_edits_and_answered(
    client: Visitor, have, *, session, state_of, asked, path, button, anew
):
    account = have(asked)
    before = state_of(account).epoch
    page = client.visit(path.format(account.id))
    assert "would come from" in page.said("fetching-question")
    assert "imap.elsewhere.test" in page.said("fetching-question")
    assert not [it for it in page.all("form") if it.attrib["action"].endswith("/now")]
    after = client.submit(page, page.one("form", id="fetching-mailbox"), button=button)
    assert not after.all("section", id="fetching-question")
    state = state_of(account)
    assert (state.held_at, state.outcome) == (None, None)
    assert state.epoch > before, "whoever still fetches from the server before must store nothing more"
    inbox = session.scalars(select(Folder).where(Folder.account_id == account.id, Folder.name == "INBOX")).one()
    assert inbox.cursor == (0 if anew else 5)
    # Somebody else has had the question open since before.
    settled = {name: value for name, value in vars(state).items() if name[0] != "_"}
    for other in ("Yes, the same mailbox", "No, another one: begin anew"):
        late = client.submit(page, page.one("form", id="fetching-mailbox"), button=other)
        assert (late.status, late.url) == (200, f"/fetching/{account.id}")
        decided = "it is another mailbox" if anew else "it is still the same mailbox"
        assert f"This has been answered already: {decided}" in late.said("notices")
        assert not late.all("section", id="fetching-question")
    now = vars(state_of(account))
    assert {name: now[name] for name in settled} == settled, "nothing is decided twice"


@pytest.mark.parametrize("button", ["Yes, the same mailbox", "No, another one: begin anew"])
def test_no_answer_counts_for_another_question_than_the_one_that_was_read(client: Visitor, have, session, button):
    account = have("asking")
    page = client.visit(f"/fetching/{account.id}")
    question = page.one("form", id="fetching-mailbox")
    # Somebody has answered meanwhile, and then changed the server once more.
    client.submit(page, question, button="Yes, the same mailbox")
    account.imap_host, account.incoming_version = "imap.third.test", account.incoming_version + 1
    session.commit()
    late = client.submit(page, question, button=button)
    assert "the question is another one now; nothing was done" in late.said("notices")
    assert "imap.third.test" in late.said("fetching-question")
    account.imap_host, account.incoming_version = "imap.elsewhere.test", account.incoming_version + 1
    session.commit()
    late = client.submit(late, late.one("form", id="fetching-mailbox"), button=button)
    assert "there is nothing to answer any more" in late.said("notices")
    assert not late.all("section", id="fetching-question")


@pytest.mark.parametrize("state", [state for state in cast.FETCHING if "ask" not in state])
@pytest.mark.parametrize("said", ["same", "another"])
def test_an_answer_that_nobody_asked_for_changes_nothing(client: Visitor, have, *, state_of, state, said):
    account = have(state)
    question = client.visit(f"/fetching/{have('asking').id}").one("form", id="fetching-mailbox")
    token = next(it.attrib["value"] for it in question.iter("input") if it.attrib["name"] == "csrf_token")
    before = vars(state_of(account)).copy() if state not in ("new", "off") else None
    after = client.post(f"/fetching/{account.id}/mailbox", {"csrf_token": token, "mailbox": said})
    assert "nothing to answer any more" in after.text
    if before is not None:
        now = vars(state_of(account))
        assert {name: now[name] for name in before if name[0] != "_"} == {
            name: value for name, value in before.items() if name[0] != "_"
        }


def test_the_list_leads_to_the_question(client: Visitor, have):
    account = have("about to ask")
    row = client.visit("/accounts/").one("li", id=f"account-{account.id}")
    (link,) = [it for it in row.iter("a") if words(it) == "Waiting for an answer"]
    assert link.attrib["href"] == f"/fetching/{account.id}#fetching-question"


def test_an_account_that_leads_to_its_old_server_again_is_not_asked_about(client: Visitor, have, session):
    account = have("asking")
    account.imap_host, account.incoming_version = "imap.infirma.pl", account.incoming_version + 1
    state = session.get_one(FetchState, account.id)
    state.mailbox = f"{account.imap_host}\n{account.imap_username}"
    session.commit()
    page = client.visit(f"/fetching/{account.id}")
    assert not page.all("section", id="fetching-question")
    assert [it for it in page.all("form") if it.attrib["action"].endswith("/now")]


def test_the_list_asks_the_database_equally_often_for_many_accounts(client: Visitor, have, app):
    statements: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
    counts = []
    for _ in range(2):
        have("fetched"), have("new"), have("off")
        statements.clear()
        client.visit("/accounts/", htmx=True)
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_it_is_paused_and_goes_on(client: Visitor, have, state_of):
    account = have("fetched")
    page = client.visit(f"/fetching/{account.id}")
    pause = next(it for it in page.all("form") if it.attrib["action"].endswith("/pause"))
    paused = client.submit(page, pause)
    assert state_of(account).paused_at is not None
    again = next(it for it in paused.all("form") if it.attrib["action"].endswith("/now"))
    client.submit(paused, again, button="Let it go on")
    assert state_of(account).paused_at is None


def test_what_was_paused_in_mid_fetch_can_go_on_at_once(client: Visitor, have, state_of):
    account = have("paused in mid-fetch")
    page = client.visit(f"/fetching/{account.id}")
    again = next(it for it in page.all("form") if it.attrib["action"].endswith("/now"))
    client.submit(page, again, button="Let it go on")
    assert state_of(account).paused_at is None


def test_an_account_that_is_off_cannot_be_fetched(client: Visitor, have):
    page = client.visit(f"/fetching/{have('off').id}")
    assert not [it for it in page.all("form") if it.attrib["action"].endswith(("/now", "/pause"))]


def test_a_message_that_was_left_aside_is_tried_again(client: Visitor, have, session: Session):
    account = have("with a message left aside")
    page = client.visit(f"/fetching/{account.id}")
    assert "Message 7 in “Inbox”" in page.said("fetching-troubles")
    assert "Try again in a few minutes." in page.said("fetching-troubles")
    form = next(it for it in page.all("form") if it.attrib["action"].endswith("/retry"))
    after = client.submit(page, form)
    session.rollback()
    assert session.scalars(select(Trouble)).one().retry
    assert "tried again with the next fetch" in after.said("fetching-troubles")
    assert "Try again" not in after.said("fetching-troubles")
    # The page follows what becomes of it, without being loaded again.
    again = client.visit(f"/fetching/{account.id}", htmx=True)
    assert "tried again with the next fetch" in again.said("fetching-troubles")
    session.execute(delete(Trouble))
    session.commit()
    over = client.visit(f"/fetching/{account.id}", htmx=True)
    assert over.said("fetching-troubles") == ""
    assert "hx-swap-oob" in over.one("div", id="fetching-troubles").attrib


def test_administrators_choose_what_is_usual(client: Visitor, admin_client: Visitor, session: Session):
    assert client.visit("/fetching/").status == 403
    page = admin_client.visit("/fetching/")
    assert page.value("interval") == "5"
    assert admin_client.submit(page, interval="0").status == 422
    admin_client.submit(page, interval="12")
    session.rollback()
    assert session.scalars(select(FetchDefaults.interval_minutes)).one() == 12


def test_an_account_that_is_late_says_so(client: Visitor, have, session: Session):
    account = have("fetched")
    state = session.get_one(FetchState, account.id)
    state.due_at = clock.now() - timedelta(minutes=20)
    session.commit()
    assert "Late" in words(client.visit("/accounts/").one("li", id=f"account-{account.id}"))


@pytest.mark.parametrize(
    ("stored", "passed_over", "said"),
    [
        (0, 0, "Nothing new."),
        (1, 0, "One new message."),
        (3, 2, "3 new messages. 2 were left on the server because of their senders."),
    ],
)
def test_what_a_fetch_has_brought_is_said(client: Visitor, have, session: Session, *, stored, passed_over, said):
    account = have("fetched")
    state = session.get_one(FetchState, account.id)
    state.stored, state.passed_over = stored, passed_over
    session.commit()
    assert client.visit(f"/fetching/{account.id}").said("fetching-brought") == said


def test_a_long_fetch_says_how_far_it_is(client: Visitor, have, session: Session):
    account = have("running")
    state = session.get_one(FetchState, account.id)
    state.stored, state.expected = 412, 900
    session.commit()
    page = client.visit(f"/fetching/{account.id}")
    assert page.said("fetching-progress") == "412 of 900 messages"
    assert page.said("fetching-headline") == "Mail is being fetched …", "it is read out whenever it changes"
    (bar,) = page.all("progress")
    assert (bar.attrib["value"], bar.attrib["max"]) == ("412", "900")


@pytest.mark.parametrize(
    ("state", "said"), [("failing", "does not accept connections"), ("held", "refused the user name")]
)
def test_an_account_that_fails_says_why_instead_of_works(client: Visitor, have, state, said):
    account = have(state)
    row = client.visit("/accounts/").one("li", id=f"account-{account.id}")
    (link,) = [it for it in row.iter("a") if said in words(it)]
    assert link.attrib["href"] == f"/fetching/{account.id}"
    assert "Works" not in words(row)
    form = client.visit(f"/accounts/{account.id}")
    assert said in form.text
    assert f"/fetching/{account.id}" in [it.attrib["href"] for it in form.one("main").iter("a")]


def test_an_account_that_is_off_is_switched_on_here_and_its_mail_read(client: Visitor, have):
    account = have("off")
    page = client.visit(f"/fetching/{account.id}")
    assert f"/mailbox/?account={account.id}" in [it.attrib["href"] for it in page.all("a")]
    switch = next(it for it in page.all("form") if it.attrib["action"].endswith("/active"))
    after = client.submit(page, switch, button="Switch on")
    assert after.title == "Fetching of mail"
    assert "switched off" not in after.said("fetching-headline")


def test_an_account_without_a_chosen_folder_says_that_nothing_is_fetched(client: Visitor, have):
    account = have("fetched")
    page = client.visit(f"/fetching/{account.id}")
    form = next(it for it in page.all("form") if it.attrib["action"].endswith("/choices"))
    client.submit(page, form, folder=[])
    headline = client.visit(f"/fetching/{account.id}").said("fetching-headline")
    assert "No folder is chosen, so nothing is fetched." in headline
    assert "by itself" not in headline


def test_one_missing_folder_of_several_is_no_failure_of_the_account(client: Visitor, have, session: Session):
    account = have("running")
    state = session.get_one(FetchState, account.id)
    claim = fetching.Claim(account.id, state.epoch)
    fetching.settling.record_success(session, claim, "folder_missing", now=clock.now())
    session.commit()
    page = client.visit(f"/fetching/{account.id}")
    assert "not from all of the chosen folders" in page.said("fetching-headline")
    assert "A folder that is to be fetched is not there." in page.said("fetching-headline")
    assert "Active" in page.said("fetching-state")
    row = client.visit("/accounts/").one("li", id=f"account-{account.id}")
    (link,) = [it for it in row.iter("a") if "A folder that is to be fetched is not there." in words(it)]
    assert link.attrib["href"] == f"/fetching/{account.id}"
    assert "Active" in words(row)
    assert "No mail is fetched" not in client.visit(f"/accounts/{account.id}").text


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        (1, "The folder “Dział 0” that is to be fetched is not there."),
        (2, "The folders “Dział 0”, “Dział 1” that are to be fetched are not there."),
        (6, "“Dział 3”, “Dział 4” … that are to be fetched"),
    ],
)
def test_folders_that_are_missing_are_named(client: Visitor, have, session: Session, missing, said):
    account = have("running")
    for number in range(missing):
        title = f"Dział {number}"
        folder = Folder(account_id=account.id, name=title, title=title, chosen=True, outcome="folder_missing")
        session.add(folder)
    session.add(Folder(account_id=account.id, name="Dawny", title="Dawny", chosen=False, outcome="folder_missing"))
    state = session.get_one(FetchState, account.id)
    claim = fetching.Claim(account.id, state.epoch)
    fetching.settling.record_success(session, claim, "folder_missing", now=clock.now())
    session.commit()
    headline = client.visit(f"/fetching/{account.id}").said("fetching-headline")
    assert said in headline
    assert "Dawny" not in headline
