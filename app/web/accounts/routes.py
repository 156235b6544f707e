"""The form of an account: shown, sent, suggested to."""

from flask import Response, abort, flash, request, url_for
from flask_babel import gettext as _

from app import accounts, clock, connection_tests
from app.accounts import AccountNotFound
from app.connection_tests import Saved
from app.extensions import current_config, db
from app.form_layouts import Section
from app.web import replies
from app.web.access import embeddable
from app.web.accounts import showing, submitting
from app.web.accounts.blueprint import blueprint
from app.web.accounts.forms import AccountForm
from app.web.accounts.laying_out import address_in
from app.web.accounts.suggesting import suggested
from app.web.autodiscovery import choosing
from app.web.autodiscovery.knowing import look_up
from app.web.launching import launch, lead_to
from app.web.surroundings import here


@blueprint.get("/new")
@embeddable
def add() -> Response:
    """Show the form for a new account."""
    return showing.render_form(submitting.open_form(), replaces=False)


@blueprint.post("/new")
@embeddable
def create() -> Response:
    """Save a new account, now or when its connection test has passed."""
    return _save(submitting.bind())


@blueprint.get("/new/<any(identity, imap, smtp, advanced):section>")
@embeddable
def add_in_sections(section: str) -> Response:
    """Show one section of the form for a new account, for the form of a host page."""
    form = submitting.open_form()
    form.reveal()
    return showing.render_section(form, Section(section))


@blueprint.get("/new/buttons")
@embeddable
def add_buttons() -> Response:
    """Show what ends a form that a host page has made of sections: the buttons and the connection test."""
    if not here().sections:
        # What is sent without its sections would be taken for the whole form, all that is missing switched off.
        abort(400)
    return showing.render_buttons(submitting.open_form())


@blueprint.get("/<id:account_id>")
def edit(account_id: int) -> Response:
    """Show the form of an account."""
    return showing.render_form(submitting.open_form(accounts.get(db.session, account_id)))


@blueprint.post("/<id:account_id>")
def change(account_id: int) -> Response:
    """Save an account, now or when its connection test has passed."""
    try:
        form = submitting.bind(account_id)
    except AccountNotFound:
        return showing.render_form(submitting.bind_as_new(), status=404)
    return _save(form)


@blueprint.post("/additional")
@embeddable
def show_additional() -> Response:
    """Show the additional data: to htmx alone, else the form with all that was typed and the additional data in it."""
    form = submitting.bind()
    form.reveal()
    if replies.wants_partial():
        return replies.page("accounts/_additional.html", revealed=True, **showing.form_context(form))
    return showing.render_form(form)


@blueprint.get("/additional")
@blueprint.get("/suggestions")
@embeddable
def lead_to_the_form() -> Response:
    """Lead to the form whoever reloads an address that it is only sent to."""
    return replies.proceed(url_for("accounts.add"))


@blueprint.post("/suggestions")
@embeddable
def suggestions() -> Response:
    """Suggest settings: to htmx only what changes, else the form with the suggestions filled in.

    The form comes whole too when somebody has chosen the address that was meant, or another way to a server.
    """
    chosen = choosing.chosen(request.form)
    if not request.form.get("account"):  # in an account that there is already nothing is suggested
        look_up(address_in(chosen or request.form), again="again" in request.args)
    if chosen is None and replies.wants_partial():
        return replies.page("accounts/_suggestions.html", suggested=suggested(request.form, current_config()))
    form = submitting.bind_with_suggestions(chosen or request.form)
    form.focused = choosing.field_of_choice(request.form) if chosen else None
    return showing.render_form(form)


def _save(form: AccountForm) -> Response:
    if not form.validate():
        return showing.render_form(_filled_in(form), status=422)
    try:
        done = connection_tests.save(db.session, submitting.draft(form), vault=current_config().vault, now=clock.now())
    except submitting.REFUSALS as refusal:
        submitting.refuse(form, refusal)
        return showing.render_form(form, status=422)
    if not isinstance(done, Saved):
        launch(done)
        return lead_to(done.test)
    db.session.commit()
    return showing.lead_to_saved(done.account, _("The account is saved."))


def _filled_in(form: AccountForm) -> AccountForm:
    """Return a refused form with the settings that the address suggests, where they are missing, and say so."""
    filled = submitting.filled_in(form)
    if filled is not form:
        flash(_("What was missing has been filled in from the address. Check it, then save."), "info")
    return filled
