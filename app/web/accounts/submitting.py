"""From a request to a bound form, from a valid form to a draft, and from a refusal back to the form."""

import re
from dataclasses import replace
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from app import accounts, connection_tests, embed, fetching
from app.accounts import AccountDetails, AddressTaken, AlreadyCreated, ChangedMeanwhile
from app.autodiscovery import AUTH_FIELD, SUGGESTED_FIELDS, Memory, Remembered, as_known_by_now
from app.connection_tests import Draft, PasswordNeeded
from app.embed import LinkUnusable, LinkUsed, Reason
from app.extensions import current_config, db
from app.form_layouts import Layout
from app.models import Account, ConnectionTest, Problem
from app.web.access import current_owner
from app.web.accounts.form_fields import DEFAULTS
from app.web.accounts.forms import AccountForm
from app.web.accounts.laying_out import (
    address_in,
    as_sent,
    fill_under,
    given_by_the_link,
    lasting_defaults,
    layout_for,
    literal_defaults,
    memory_of_defaults,
    suggestion_for,
)
from app.web.accounts.opened import Conflict, Opened, account_in, memory_in, number_in
from app.web.accounts.strangers import passwordless_server
from app.web.accounts.wording import MISSING
from app.web.autodiscovery.knowing import look_up
from app.web.messages import explain_problem
from app.web.surroundings import here
from app.web.visit import current_visit

REFUSALS = (PasswordNeeded, AddressTaken, AlreadyCreated, ChangedMeanwhile, LinkUsed)


def open_form(account: Account | None = None) -> AccountForm:
    """Return the form as it is first shown: for ``account``, or for a new one in a colour not yet used."""
    if account is None:
        layout = layout_for(None)
        values, opened = opened_afresh(layout)
        form = AccountForm(layout, values, opened)
        # An address that is known from the beginning has its suggestions from the beginning.
        return _bound_with_suggestions(opened, _sent(values)) if values["email"] else form
    return form_from_details(accounts.details_of(account), account=account)


def opened_afresh(layout: Layout) -> tuple[dict[str, Any], Opened]:
    """Return what the form of a new account holds and remembers before anything is typed."""
    values = _values(layout, None)
    remembered = memory_of_defaults(layout, values, current_config().port_security)
    return values, _fresh(memory=Memory({**_memory(values).fields, **remembered}))


def form_from_details(
    details: AccountDetails, *, account: Account | None = None, test: ConnectionTest | None = None
) -> AccountForm:
    """Return the form that holds ``details``: those of ``account``, or those that were typed for ``test``."""
    layout = layout_for(account)
    values = {**DEFAULTS, **details.to_json()}
    memory = _memory(values)
    opened = _fresh(
        account_id=account.id if account else None,
        additional=_stands_out(layout, values, account),
        memory=replace(
            memory,
            # An account has its switch as somebody wants it.
            fields={**memory.fields, AUTH_FIELD: Remembered(as_sent(values[AUTH_FIELD]))},
            passwordless=passwordless_server(account, memory),
        ),
    )
    if test is not None:
        opened = Opened(
            submission=test.submission,
            account_id=opened.account_id,
            version=test.account_version,
            held_id=test.id,
            additional=test.additional or opened.additional,
            memory=Memory.parse(test.suggested) if test.suggested else opened.memory,
        )
    elif account is not None:
        opened = replace(opened, version=account.version)
    form = AccountForm(layout, values, opened)
    form.passwordless = passwordless_server(account, opened.memory)
    form.show_kept(_kept(account, test))
    return form


def bind(account_id: int | None = None) -> AccountForm:
    """Return the form of this request, for the account of the page's address, else for the one that the form names."""
    return _bound(_opened(account_id, request.form), request.form)


def bind_as_new() -> AccountForm:
    """Return the form of this request as one for a new account: the one that it was for is gone."""
    opened = replace(_opened(None, request.form), account_id=None, version=None)
    form = _bound(opened, request.form)
    gone = _("Somebody has deleted this account meanwhile. Saving what you typed adds it as a new one.")
    form.conflict = Conflict(gone)
    return form


def bind_posted(posted: MultiDict[str, str]) -> AccountForm:
    """Return the form as if ``posted`` had been sent."""
    return _bound(_opened(None, posted), posted)


def bind_with_suggestions(posted: MultiDict[str, str]) -> AccountForm:
    """Return the form as if ``posted`` had been sent, with suggested values in it."""
    return _bound_with_suggestions(_opened(None, posted), posted)


def filled_in(form: AccountForm) -> AccountForm:
    """Return a refused ``form`` that names no server with suggestions, judged anew; else the form as it is.

    Whoever saves before anything was suggested need not hear that it is missing.
    """
    servers = [field for field in map(form.shown, ("imap-host", "smtp-host")) if field is not None]
    lacking = [field.name for field in servers if MISSING[field.name] in field.errors]
    # Whoever has named one of them, or emptied it, has seen what was suggested.
    if form.opened.account_id is not None or not lacking or len(lacking) < len(servers):
        return form
    look_up(address_in(request.form), again=False)
    filled = bind_with_suggestions(request.form)
    found = [name for name in lacking if filled.value_of(name)]
    if not found:
        return form
    filled.validate()
    filled.focused = found[0]
    return filled


def _bound_with_suggestions(opened: Opened, posted: MultiDict[str, str]) -> AccountForm:
    account = accounts.get(db.session, opened.account_id) if opened.account_id is not None else None
    filling = fill_under(layout_for(account), posted, opened.memory, current_config().port_security)
    filled = posted.copy()
    for name, value in filling.values.items():
        filled[name] = value
    return _bound(replace(opened, memory=filling.memory), filled)


def _bound(opened: Opened, posted: MultiDict[str, str]) -> AccountForm:
    account = accounts.get(db.session, opened.account_id) if opened.account_id is not None else None
    held = _held(opened, posted)
    layout = layout_for(account)
    email = address_in(posted)
    memory = opened.memory.beside(email, lasting_defaults(layout, current_config().port_security))
    memory = as_known_by_now(memory, lambda: suggestion_for(email))
    opened = replace(opened, held_id=held.id if held else None, memory=memory)
    form = AccountForm(layout, _values(layout, account), opened)
    form.passwordless = passwordless_server(account, opened.memory)
    form.take(posted, current_config().port_security)
    form.show_kept(_kept(account, held))
    return form


def draft(form: AccountForm) -> Draft:
    """Return what a valid ``form`` says, by whom and about what."""
    opened = form.opened
    return Draft(
        details=form.details(),
        submission=opened.submission,
        owner=current_owner(),
        account=accounts.get(db.session, opened.account_id) if opened.account_id is not None else None,
        account_version=opened.version,
        held=_held(opened, request.form),
        waits=opened.account_id is not None and fetching.is_held(db.session, opened.account_id),
        suggested=str(opened.memory),
        additional=opened.additional,
    )


def refuse(form: AccountForm, refusal: Exception) -> None:
    """Put one of ``REFUSALS`` beside the field that it is about, and undo what was begun in the database."""
    db.session.rollback()
    match refusal:
        case PasswordNeeded():
            for name in refusal.fields:
                field = form.shown(name)
                form.demand(name, [_RETYPE if field is not None and field.kept else MISSING[name]])
        case AddressTaken():
            form.demand("email", [_address_taken()])
        case LinkUsed():
            raise LinkUnusable(Reason.USED)
        case AlreadyCreated() if current_visit() is not None:
            raise LinkUnusable(Reason.USED)
        case AlreadyCreated():
            form.conflict = Conflict(_("This form has saved its account before."), refusal.account_id)
        case ChangedMeanwhile():
            assert form.opened.account_id is not None  # noqa: S101 -- what does not exist cannot have been changed
            form.conflict = Conflict(
                _("This account has been changed since you opened it here, so nothing was saved."),
                form.opened.account_id,
                newer=accounts.get(db.session, form.opened.account_id).version,
            )


def _address_taken() -> str:
    """Say that an address has an account. A link that asks for one address after the other is used up like by tests."""
    visit = current_visit()
    if visit is not None and visit.email is None:
        has_room = embed.count_probe(db.session, visit.link_id)
        db.session.commit()
        if not has_room:
            return explain_problem(Problem.LINK_SPENT)
    return str(_("Another account has this address: type a different one, or change that account."))


def _fresh(**values: Any) -> Opened:
    """Return the state of a form that has just been opened: each link opens one form, however often it is loaded."""
    visit = current_visit()
    if here().sections:
        values["additional"] = True  # the host says what is shown
    return Opened.fresh(**values) if visit is None else Opened(submission=visit.submission, **values)


def _sent(values: dict[str, Any]) -> MultiDict[str, str]:
    """Return ``values`` as a browser would send them."""
    return MultiDict((name, as_sent(value)) for name, value in values.items() if value not in (None, False))


def _memory(values: dict[str, Any]) -> Memory:
    """Return the memory of a form that shows ``values``, none of them suggested."""
    return Memory({name: Remembered(as_sent(values[name])) for name in SUGGESTED_FIELDS})


def _stands_out(layout: Layout, values: dict[str, Any], account: Account | None) -> bool:
    """Say whether additional data is to be shown unasked: it is unusual, or differs from what is kept if not sent."""
    kept = _values(layout, account)
    usual = {**DEFAULTS, **literal_defaults(layout, current_config().port_security)}
    names = layout.additional_names & DEFAULTS.keys()
    return any(values[name] != usual[name] or values[name] != kept[name] for name in names)


def _values(layout: Layout, account: Account | None) -> dict[str, Any]:
    """Return what the fields hold before anything is typed."""
    if account is not None:
        return {**DEFAULTS, **accounts.details_of(account).to_json()}
    colour = accounts.unused(accounts.colours_in_use(db.session))
    literals = literal_defaults(layout, current_config().port_security)
    return {**DEFAULTS, "colour": colour, **literals, **given_by_the_link()}


_RETYPE = _l(
    "Type the password again: the stored one is used only with the server, port, security, user name and certificate "
    "check that it was stored for."
)


def _opened(account_id: int | None, posted: MultiDict[str, str]) -> Opened:
    if account_id is None:
        account_id = account_in(posted)
    fresh = _fresh()
    submission = posted.get("submission", "")
    if current_visit() is not None or not re.fullmatch(r"[\w-]{16,64}", submission, re.ASCII):
        submission = fresh.submission
    return Opened(
        submission=submission,
        account_id=account_id,
        # Of somebody else's version, if it was seen and is to be replaced.
        # A form that does not say what it was made from must not overwrite anything.
        version=None if account_id is None else number_in(posted.get("follow") or posted.get("version")) or 0,
        additional=fresh.additional or posted.get("additional") == "shown",
        memory=memory_in(posted),
    )


def _held(opened: Opened, posted: MultiDict[str, str]) -> ConnectionTest | None:
    """Return the last test of this very form, whose typed passwords may be used again."""
    test = connection_tests.find_own(db.session, posted.get("connection-test", ""), current_owner())
    if test is None or (test.submission, test.account_id) != (opened.submission, opened.account_id):
        return None
    return test


def _kept(account: Account | None, test: ConnectionTest | None) -> dict[str, str]:
    """Return which passwords are kept where the field is left blank, and in which words."""
    kept = {}
    for name in ("imap-password", "smtp-password"):
        column = name.replace("-", "_")
        if test is not None and getattr(test, column) and getattr(test, f"{column}_typed"):
            kept[name] = _("Kept as you typed it")
        elif account is not None and getattr(account, column):
            kept[name] = _("Unchanged")
    return kept
