"""Save changes: what is tested first, what is saved at once, and that it happens once."""

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import accounts, connection_tests
from app.accounts import AccountNotFound, AddressTaken, AlreadyCreated, ChangedMeanwhile
from app.connection_tests import Owner, PasswordNeeded, Progress, Saved, Started, progress
from app.mail.outcomes import Outcome
from app.mail.settings import ConnectionSecurity, Side
from app.models import Account, ConnectionTest, Problem
from app.vault import Vault, generate_key


def how_it_stands(person, test: ConnectionTest) -> Progress:
    return progress(test, now=person.now)


def test_what_passes_is_saved_with_its_stamp_and_password(person, details):
    test = person.save_and_wait(details)
    account = person.session.get_one(Account, test.saved_account_id)
    assert how_it_stands(person, test) is Progress.SAVED
    assert (account.tested_at, account.imap_outcome, account.smtp_outcome) == (person.now, "ok", "ok")
    assert accounts.details_of(account, person.vault) == details
    assert "first secret" not in account.imap_password


def test_what_fails_is_not_saved(person, details):
    person.servers.outcomes[Side.SMTP] = Outcome.CONNECT_REFUSED
    test = person.save_and_wait(details)
    assert how_it_stands(person, test) is Progress.FAILED
    assert person.session.query(Account).count() == 0


def test_after_a_failed_test_the_password_need_not_be_typed_again(person, details, blank):
    person.servers.outcomes[Side.IMAP] = Outcome.DNS_NOT_FOUND
    failed = person.save_and_wait(details)
    person.servers.outcomes[Side.IMAP] = Outcome.OK
    saved = person.save_and_wait(replace(blank, imap_host="imap.infirma.pl"), held=failed)
    assert how_it_stands(person, saved) is Progress.SAVED
    assert person.servers.last.imap.password == "first secret"


def test_passwords_are_wiped_from_tests_once_saved(person, details):
    person.servers.outcomes[Side.SMTP] = Outcome.CONNECT_REFUSED
    failed = person.save_and_wait(details)
    person.servers.outcomes[Side.SMTP] = Outcome.OK
    saved = person.save_and_wait(details)
    person.session.refresh(failed)
    assert (failed.imap_password, saved.imap_password) == (None, None)


def test_at_no_moment_is_an_account_saved_whose_test_still_holds_the_passwords(person, details, engine):
    test = person.save(details).test
    test_id = test.id
    seen = []

    def publish() -> None:
        person.session.commit()
        with Session(engine) as beside:
            found = beside.get_one(ConnectionTest, test_id)
            seen.append((found.saved_account_id is not None, found.imap_password is not None))

    connection_tests.run(
        person.session,
        test,
        vault=person.vault,
        probe=person.servers.probe,
        clock=lambda: person.now,
        publish=publish,
    )
    assert set(seen) == {(False, True), (True, False)}


def test_a_receipt_saves_at_once(person, details):
    person.test(details)
    assert isinstance(person.save(details), Saved)
    assert len(person.servers.requests) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"imap_password": "other"},
        {"imap_port": 143},
        {"smtp_host": "smtp.infirma.pl"},
        {"fast_mode": True},
        {"imap_security": ConnectionSecurity.STARTTLS},
        {"smtp_auth": False},
        {"email": "anna@infirma.pl"},
    ],
)
def test_a_receipt_is_for_exactly_these_values(person, details, change):
    person.test(details)
    assert isinstance(person.save(replace(details, **change)), Started)


def test_a_receipt_is_for_one_person(person, details):
    person.test(details)
    person.owner = Owner(user_id=2)
    assert isinstance(person.save(details, submission="form-2"), Started)


def test_a_receipt_lasts_fifteen_minutes(person, details):
    person.test(details)
    person.later(minutes=15, seconds=1)
    assert isinstance(person.save(details), Started)


def test_the_side_that_passed_is_not_tried_again(person, details):
    person.servers.outcomes[Side.SMTP] = Outcome.AUTH_FAILED
    person.test(details)
    person.servers.outcomes[Side.SMTP] = Outcome.OK
    test = person.save_and_wait(replace(details, smtp_port=587, smtp_security=ConnectionSecurity.STARTTLS))
    assert person.servers.last.imap is None
    assert test.imap_result["outcome"] == "ok"
    assert how_it_stands(person, test) is Progress.SAVED


def test_a_side_taken_over_gets_no_longer_life(person, details):
    person.servers.outcomes[Side.SMTP] = Outcome.AUTH_FAILED
    person.test(details)
    person.later(minutes=10)
    person.test(details)
    person.later(minutes=10)
    person.test(details)
    assert person.servers.last.imap is not None


def test_testing_again_what_passed_tries_both_sides(person, details):
    person.test(details)
    person.test(details)
    assert person.servers.last.imap is not None
    assert person.servers.last.smtp is not None


def test_an_inactive_account_is_saved_without_a_test_and_says_so(person, details):
    answer = person.save(replace(details, active=False))
    assert isinstance(answer, Saved)
    assert answer.account.tested_at is None
    assert person.servers.requests == []


def test_a_new_name_needs_no_test_and_no_password(person, account, blank):
    answer = person.save(replace(blank, name="Office"), account=account, account_version=account.version)
    assert isinstance(answer, Saved)
    assert (account.name, account.imap_outcome) == ("Office", "ok")
    assert accounts.details_of(account, person.vault).imap_password == "first secret"


@pytest.mark.parametrize("change", [{}, {"name": "Anna"}])
def test_a_password_typed_again_for_an_account_that_waits_is_tested(person, account, details, change):
    typed = replace(details, **change)
    test = person.save_and_wait(typed, account=account, account_version=account.version, waits=True)
    assert person.servers.last.imap.password == "first secret"
    assert (how_it_stands(person, test), account.tested_at) == (Progress.SAVED, person.now)
    assert accounts.details_of(account, person.vault) == typed


def test_a_receipt_from_before_does_not_stand_in_for_that_test(person, account, details):
    person.test(details, account=account, account_version=account.version)
    person.servers.outcomes[Side.IMAP] = Outcome.AUTH_FAILED
    person.later(minutes=5)
    test = person.save_and_wait(details, account=account, account_version=account.version, waits=True)
    assert how_it_stands(person, test) is Progress.FAILED
    assert account.imap_outcome == Outcome.AUTH_FAILED


@pytest.mark.parametrize(
    ("change", "more"),
    [({"imap_password": None}, {"waits": True}), ({"active": False}, {"waits": True}), ({}, {"waits": False})],
)
def test_nothing_else_is_tested_for_having_been_typed_again(person, account, details, change, more):
    before = len(person.servers.requests)
    assert isinstance(person.save(replace(details, **change), account=account, **more), Saved)
    assert len(person.servers.requests) == before


def test_switching_an_untested_account_on_tests_it(person, details, blank):
    account = person.save(replace(details, active=False)).account
    person.later(hours=1)
    answer = person.save(blank, account=account, account_version=account.version, submission="form-2")
    assert isinstance(answer, Started)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"imap_host": "evil.example"}, "imap-password"),
        ({"imap_port": 143}, "imap-password"),
        ({"imap_username": "root"}, "imap-password"),
        ({"imap_security": ConnectionSecurity.NONE}, "imap-password"),
        ({"fast_mode": True}, "imap-password"),
        ({"smtp_host": "evil.example"}, "imap-password"),
        ({"smtp_security": ConnectionSecurity.STARTTLS}, "imap-password"),
        ({"smtp_same_credentials": False, "smtp_username": "other"}, "smtp-password"),
    ],
)
def test_a_stored_password_never_goes_to_a_new_place(person, account, blank, change, field):
    with pytest.raises(PasswordNeeded) as refusal:
        person.save(replace(blank, **change), account=account, account_version=account.version)
    assert refusal.value.fields == {field}


def test_a_stored_password_does_not_reach_a_new_place_through_a_failed_test(person, account, blank):
    person.servers.outcomes = dict.fromkeys(Side, Outcome.CONNECT_REFUSED)
    renamed = replace(blank, email="biuro2@infirma.pl")
    failed = person.save_and_wait(renamed, account=account, account_version=account.version)
    with pytest.raises(PasswordNeeded):
        person.save(
            replace(renamed, imap_host="evil.example"), account=account, account_version=account.version, held=failed
        )


def test_stronger_security_keeps_the_stored_password(person, details):
    weak = replace(details, imap_security=ConnectionSecurity.STARTTLS)
    account = person.session.get_one(Account, person.save_and_wait(weak).saved_account_id)
    strong = replace(details, imap_password=None)
    assert isinstance(
        person.save(strong, account=account, account_version=account.version, submission="form-2"), Started
    )


def test_an_address_in_use_is_refused_before_anything_is_tried(person, account, details):
    with pytest.raises(AddressTaken):
        person.save(replace(details, email="Biuro@INFIRMA.pl"))
    assert len(person.servers.requests) == 1


def test_an_address_taken_while_the_test_ran_is_said(person, details):
    waiting = person.save(details).test
    person.save(replace(details, active=False), submission="form-2")
    test = person.work(waiting)
    assert how_it_stands(person, test) is Progress.NOT_SAVED
    assert test.problem is Problem.ADDRESS_TAKEN
    assert person.session.query(Account).count() == 1


def test_the_second_of_two_editors_is_told_and_overwrites_nothing(person, account, blank):
    seen = account.version
    person.save(replace(blank, name="First"), account=account, account_version=seen)
    with pytest.raises(ChangedMeanwhile):
        person.save(replace(blank, name="Second"), account=account, account_version=seen)
    assert account.name == "First"


def test_an_edit_that_lost_the_race_during_its_test_overwrites_nothing(person, account, blank, details):
    seen = account.version
    waiting = person.save(replace(details, imap_host="new.infirma.pl"), account=account, account_version=seen).test
    person.save(replace(blank, name="First"), account=account, account_version=seen, submission="form-2")
    test = person.work(waiting)
    assert test.problem is Problem.CHANGED_MEANWHILE
    assert person.session.get_one(Account, account.id).imap_host == "infirma.pl"


def test_an_account_deleted_during_its_test_is_not_made_again(person, account, details):
    waiting = person.save(
        replace(details, imap_host="new.infirma.pl"), account=account, account_version=account.version
    ).test
    person.session.commit()
    accounts.remove(person.session, account)
    person.session.commit()
    test = person.work(waiting)
    assert test.problem is Problem.ACCOUNT_NOT_FOUND
    assert person.session.query(Account).count() == 0


def test_a_test_of_an_account_that_is_deleted_leaves_the_one_alone_that_comes_next(person, account, details, engine):
    waiting = person.save(
        replace(details, imap_host="new.infirma.pl"), account=account, account_version=account.version
    ).test
    another = replace(details, email="ola@infirma.pl")
    probe = person.servers.probe

    def meanwhile(request):
        with Session(engine) as session:
            accounts.remove(session, accounts.get(session, account.id))
            session.commit()
            accounts.create(session, another, submission=None, tested=None, vault=person.vault, now=person.now)
            session.commit()
        yield from probe(request)

    person.servers.probe = meanwhile
    person.work(waiting)
    person.session.expire_all()
    left = person.session.query(Account).one()
    assert accounts.details_of(left, person.vault) == another


def test_a_double_submit_creates_one_account(person, details):
    first, second = person.save(details).test, person.save(details).test
    assert first is second
    person.work(first)
    assert isinstance(person.save(details), Saved)
    assert person.session.query(Account).count() == 1


def test_of_two_submits_of_one_form_the_later_counts(person, details):
    first = person.save(details).test
    second = person.save(replace(details, name="Biuro 2")).test
    for test in (first, second):
        person.work(test)
    assert how_it_stands(person, first) is Progress.CANCELLED
    assert how_it_stands(person, second) is Progress.SAVED
    assert person.session.query(Account).one().name == "Biuro 2"


@pytest.mark.parametrize(
    "change",
    [{"name": "Office"}, {"imap_password": "other"}, {"fast_mode": True}, {"smtp_auth": False}, {"active": False}],
)
def test_a_form_that_has_saved_its_account_does_not_pretend_to_save_another_one(person, details, change):
    person.save_and_wait(details)
    with pytest.raises(AlreadyCreated):
        person.save(replace(details, **change))


def test_two_processes_that_save_one_form_at_the_same_moment_make_one_account(person, details, engine):
    tested = accounts.Tested(person.now, "ok", "ok")

    def create(session):
        return accounts.create(session, details, submission="form-1", tested=tested, vault=person.vault, now=person.now)

    other = Session(engine)
    with other:
        # The other one has looked, and found nothing, before this one saves.
        other.begin()
        assert accounts.find_by_address(other, details.email) is None
        other.rollback()
        made = create(person.session)
        person.session.commit()
        found = create(other)
        assert found.id == made.id


def test_a_test_that_waited_for_too_long_never_begins(person, details):
    test = person.save(details).test
    person.later(minutes=1)
    person.work(test)
    assert person.servers.requests == []
    assert how_it_stands(person, test) is Progress.INTERRUPTED
    assert person.session.query(Account).count() == 0


def test_a_verdict_that_comes_too_late_saves_nothing(person, details):
    test = person.save(details).test
    probe = person.servers.probe

    def slow(request):
        *early, last = probe(request)
        yield from early
        person.later(minutes=1)
        yield last

    person.servers.probe = slow
    person.work(test)
    assert how_it_stands(person, test) is Progress.INTERRUPTED
    assert person.session.query(Account).count() == 0


def test_a_test_whose_password_was_wiped_asks_no_server(person, details):
    test = person.save(details).test
    test.imap_password = None
    person.work(test)
    assert person.servers.requests == []
    assert test.problem is Problem.SECRET_UNREADABLE


def test_an_account_switched_off_while_its_test_runs_stays_off(person, account, details):
    seen = account.version
    waiting = person.save(replace(details, imap_host="new.infirma.pl"), account=account, account_version=seen).test
    accounts.deactivate(person.session, account)
    test = person.work(waiting)
    assert test.problem is Problem.CHANGED_MEANWHILE
    assert not person.session.get_one(Account, account.id).active


def test_switching_to_what_it_is_already_is_no_change(person, account):
    seen = account.version
    accounts.activate(person.session, account)
    assert account.version == seen


def test_a_test_of_the_stored_settings_is_noted_on_the_account(person, account, blank):
    seen = account.version
    person.servers.outcomes[Side.IMAP] = Outcome.CONNECT_REFUSED
    person.later(hours=1)
    person.test(blank, account=account, account_version=seen)
    person.session.refresh(account)
    assert (account.tested_at, account.imap_outcome, account.smtp_outcome) == (person.now, "connect_refused", "ok")
    assert account.version == seen
    assert not account.is_proven


def test_a_test_of_other_settings_is_not_noted_on_the_account(person, account, details):
    before = account.tested_at
    person.servers.outcomes[Side.IMAP] = Outcome.CONNECT_REFUSED
    person.test(replace(details, imap_host="new.infirma.pl"), account=account, account_version=account.version)
    person.session.refresh(account)
    assert (account.tested_at, account.imap_outcome) == (before, "ok")


def test_a_stored_password_that_cannot_be_opened_is_asked_for(person, account, blank, details):
    person.vault = Vault({"k2": generate_key()})
    with pytest.raises(PasswordNeeded) as refusal:
        person.save(replace(blank, name="Office"), account=account, account_version=account.version)
    assert refusal.value.fields == {"imap-password"}
    assert isinstance(person.save(details, account=account, account_version=account.version), Started)


def test_the_tests_of_a_deleted_account_are_deleted_and_its_passwords_wiped(person, account, details):
    person.test(details, account=account, account_version=account.version)
    waiting = person.save(
        replace(details, imap_host="new.infirma.pl"), account=account, account_version=account.version
    ).test
    connection_tests.forget_account(person.session, account)
    person.session.commit()
    assert person.session.scalars(select(ConnectionTest.id)).all() == [waiting.id]
    assert waiting.imap_password is None


def test_going_back_to_a_test_leads_on_to_what_was_saved_with_its_receipt(person, details):
    passed = person.test(details)
    saved = person.save(details, held=passed)
    assert how_it_stands(person, passed) is Progress.SAVED
    assert passed.saved_account_id == saved.account.id


PIN, OTHER_PIN = "a" * 64, "b" * 64


def test_a_pin_is_stored_and_tested_with(person, details):
    test = person.save_and_wait(replace(details, imap_pin=PIN))
    assert person.servers.last.imap.pin == PIN
    assert person.session.get_one(Account, test.saved_account_id).imap_pin == PIN


@pytest.mark.parametrize("change", [{"imap_pin": PIN}, {"smtp_pin": PIN}])
def test_a_stored_password_is_not_given_to_whoever_holds_a_newly_pinned_certificate(person, account, blank, change):
    with pytest.raises(PasswordNeeded):
        person.save(replace(blank, **change), account=account, account_version=account.version)


def test_a_pin_is_taken_back_without_the_password(person, details, blank):
    pinned = person.save_and_wait(replace(details, imap_pin=PIN), submission="form-0")
    account = person.session.get_one(Account, pinned.saved_account_id)
    answer = person.save(blank, account=account, account_version=account.version, submission="form-2")
    assert isinstance(answer, Started)


def test_only_one_side_is_tried_again_and_the_other_keeps_its_refusal(person, details):
    person.servers.outcomes = {Side.IMAP: Outcome.CERT_EXPIRED, Side.SMTP: Outcome.CONNECT_REFUSED}
    failed = person.test(details)
    person.servers.outcomes = dict.fromkeys(Side, Outcome.OK)
    test = person.test(replace(details, imap_pin=PIN), held=failed, only=Side.IMAP)
    assert person.servers.last.smtp is None
    assert (test.imap_result["outcome"], test.smtp_result["outcome"]) == ("ok", "connect_refused")


def test_the_other_side_is_tried_too_where_the_change_is_about_both(person, details):
    person.servers.outcomes = dict.fromkeys(Side, Outcome.AUTH_FAILED)
    failed = person.test(details)
    person.test(replace(details, imap_username="biuro"), held=failed, only=Side.IMAP)
    assert person.servers.last.imap is not None
    assert person.servers.last.smtp is not None


def test_the_same_change_submitted_twice_is_no_conflict(person, account, blank):
    seen = account.version
    renamed = replace(blank, name="Office")
    assert isinstance(person.save(renamed, account=account, account_version=seen), Saved)
    assert isinstance(person.save(renamed, account=account, account_version=seen), Saved)


def test_a_job_that_comes_twice_runs_once(person, details):
    test = person.test(details)
    person.work(test)
    assert len(person.servers.requests) == 1


def test_a_cancelled_test_saves_nothing(person, details):
    test = person.save(details).test
    connection_tests.cancel(person.session, test)
    person.work(test)
    assert how_it_stands(person, test) is Progress.CANCELLED
    assert person.servers.requests == []


def test_a_test_cancelled_while_it_runs_ends_and_saves_nothing(person, details):
    test = person.save(details).test
    probe = person.servers.probe

    def cancelled_after_the_first_step(request):
        events = probe(request)
        yield next(events)
        connection_tests.cancel(person.session, test)
        yield from events

    person.servers.probe = cancelled_after_the_first_step
    person.work(test)
    assert how_it_stands(person, test) is Progress.CANCELLED
    assert person.session.query(Account).count() == 0


def test_a_worker_that_dies_leaves_a_test_that_is_said_to_be_interrupted(person, details):
    test = person.save(details).test

    def dies(request):
        yield next(person.servers.__class__().probe(request))
        raise KeyboardInterrupt

    person.servers.probe = dies
    with pytest.raises(KeyboardInterrupt):
        person.work(test)
    person.session.rollback()
    assert how_it_stands(person, test) is Progress.RUNNING
    person.later(minutes=1)
    assert how_it_stands(person, test) is Progress.INTERRUPTED


def test_passwords_of_abandoned_forms_are_wiped(person, details, blank):
    person.servers.outcomes[Side.IMAP] = Outcome.AUTH_FAILED
    test = person.test(details)
    person.later(minutes=31)
    connection_tests.forget_expired(person.session, now=person.now)
    person.session.refresh(test)
    assert test.imap_password is None
    with pytest.raises(PasswordNeeded):
        person.save(blank, held=test)


def test_the_steps_of_a_test_are_published_as_they_happen(person, details):
    test = person.save(details).test
    person.session.commit()
    seen = []
    connection_tests.run(
        person.session,
        test,
        vault=person.vault,
        probe=person.servers.probe,
        clock=lambda: person.now,
        publish=lambda: (person.session.commit(), seen.append((len(test.imap_steps), len(test.smtp_steps)))),
    )
    assert (1, 0) in seen
    assert (1, 1) in seen


def test_a_new_password_that_was_tested_is_saved_though_its_field_is_blank_by_then(person, account, details, blank):
    seen = account.version
    tested = person.test(replace(details, imap_password="new secret"), account=account, account_version=seen)
    answer = person.save(blank, account=account, account_version=seen, held=tested)
    assert isinstance(answer, Saved)
    assert accounts.details_of(account, person.vault).imap_password == "new secret"


def test_the_same_save_with_kept_passwords_twice_is_one(person, details, blank):
    tested = person.test(details)
    first = person.save(blank, held=tested)
    second = person.save(blank, held=tested)
    assert first.account.id == second.account.id


def test_both_verdicts_stay_where_what_passed_cannot_be_saved(person, details):
    waiting = person.save(details).test
    person.save(replace(details, active=False), submission="form-2")
    test = person.work(waiting)
    person.session.rollback()
    person.session.refresh(test)
    assert (test.imap_result["outcome"], test.smtp_result["outcome"]) == ("ok", "ok")
    assert test.problem is Problem.ADDRESS_TAKEN


def test_the_same_change_proven_twice_is_no_conflict(person, details, blank):
    account = person.save(replace(details, active=False)).account
    seen = account.version
    first = person.save(blank, account=account, account_version=seen, submission="form-2").test
    second = person.save(blank, account=account, account_version=seen, submission="form-3").test
    assert person.work(first).saved_account_id == account.id
    assert person.work(second).saved_account_id == account.id


def test_a_verdict_is_not_noted_on_an_account_that_was_changed_meanwhile(person, account, engine):
    with Session(engine) as other:
        changed = other.get_one(Account, account.id)
        changed.imap_host = "new.infirma.pl"
        other.commit()
    before = account.tested_at
    # This session still holds what it had read before.
    accounts.record_test(person.session, account, accounts.Tested(person.now, "ok", "ok"))
    person.session.commit()
    assert person.session.get_one(Account, account.id).tested_at == before


def test_switching_an_account_that_is_gone_says_so(person, account, engine):
    with Session(engine) as other:
        other.delete(other.get_one(Account, account.id))
        other.commit()
    with pytest.raises(AccountNotFound):
        accounts.deactivate(person.session, account)


def test_without_its_pin_an_account_in_fast_mode_asks_for_the_password(person, details, blank):
    pinned = replace(details, imap_pin=PIN, fast_mode=True)
    account = person.session.get_one(Account, person.save_and_wait(pinned, submission="form-0").saved_account_id)
    with pytest.raises(PasswordNeeded):
        person.save(replace(blank, fast_mode=True), account=account, account_version=account.version)
