"""Save changes: what is tested first, what is saved at once, and that it happens once."""

from dataclasses import replace

import pytest

from app import accounts, connection_tests
from app.accounts import AddressTaken, ChangedMeanwhile
from app.connection_tests import PasswordNeeded, Progress, Saved, Started, progress
from app.mail.outcomes import Outcome
from app.mail.settings import ConnectionSecurity, Side
from app.models import Account, ConnectionTest, Problem


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
    person.user_id = 2
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


def test_a_double_submit_creates_one_account(person, details):
    first, second = person.save(details).test, person.save(details).test
    assert first is second
    person.work(first)
    assert isinstance(person.save(details), Saved)
    assert person.session.query(Account).count() == 1


def test_two_racing_tests_of_one_form_create_one_account(person, details):
    first = person.save(details).test
    second = person.save(replace(details, name="Biuro 2")).test
    assert first is not second
    saved = {person.work(test).saved_account_id for test in (first, second)}
    assert len(saved) == 1
    assert person.session.query(Account).count() == 1


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
