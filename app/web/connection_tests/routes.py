"""POST starts a test of the form, GET shows it, POST cancel ends it, POST fix tries what the verdict proposes."""

from dataclasses import replace

from flask import Blueprint, Response, abort, request, url_for
from flask_babel import gettext as _

from app import accounts, clock, connection_tests
from app.connection_tests import Progress
from app.extensions import current_config, db
from app.mail.settings import Side
from app.models import ConnectionTest
from app.web import launching, replies
from app.web.access import current_owner, embeddable, embeddable_to_the_end
from app.web.accounts import showing, submitting
from app.web.accounts.forms import AccountForm
from app.web.accounts.laying_out import layout_for
from app.web.connection_tests.fixing import applied, find_fix
from app.web.connection_tests.view import VERDICT_FIELDS, TestView, view
from app.web.surroundings import dom_id, here, swap_style

blueprint = Blueprint("connection_tests", __name__, url_prefix="/connection-tests")


@blueprint.get("/")
def index() -> Response:
    """Lead to the accounts whoever reloads the address that forms are sent to."""
    return replies.proceed(url_for("accounts.index"))


@blueprint.post("/")
@embeddable
def start() -> Response:
    """Test what the form says; nothing is saved."""
    form = submitting.bind()
    test = _started(form, saves=False)
    return showing.render_form(form, status=422) if test is None else launching.lead_to(test)


@blueprint.get("/<test_id>")
@embeddable_to_the_end
def show(test_id: str) -> Response:
    """Show the test: its panel to htmx, which asks for it again and again; with the form around it to others.

    What was saved leads on to the account.
    """
    test = _own(test_id)
    test_view = _view(test)
    if test_view.progress is Progress.SAVED:
        saved = accounts.get(db.session, test.saved_account_id or 0)
        return showing.lead_to_saved(saved, _("Both servers accepted the settings. The account is saved."))
    if replies.wants_partial() and request.args.get("around") != "form":
        return _panel(test, test_view)
    return _page(test, test_view)


@blueprint.post("/<test_id>/cancel")
@embeddable_to_the_end
def cancel(test_id: str) -> Response:
    """End the test; what was typed stays."""
    test = _own(test_id)
    connection_tests.cancel(db.session, test)
    db.session.commit()
    return replies.proceed(url_for("connection_tests.show", test_id=test_id))


@blueprint.get("/<test_id>/cancel")
@blueprint.get("/<test_id>/fix")
@embeddable_to_the_end
def lead_to_the_test(test_id: str) -> Response:
    """Lead to the test whoever reloads an address that its form is only sent to."""
    return replies.proceed(url_for("connection_tests.show", test_id=test_id))


@blueprint.post("/<test_id>/fix")
@embeddable
def fix(test_id: str) -> Response:
    """Put what the verdict proposes into the form, and test the side that it is about once more."""
    held = _own(test_id)
    chosen = find_fix(held, request.form.get("fix", ""))
    if chosen is None:
        abort(404)
    tested = connection_tests.details_of(held, current_config().vault)
    form = submitting.bind_posted(applied(chosen, request.form, held, tested))
    test = _started(form, saves=held.saves, only=chosen.side)
    return showing.render_form(form, status=422) if test is None else launching.lead_to(test)


def _started(form: AccountForm, *, saves: bool, only: Side | None = None) -> ConnectionTest | None:
    """Start a test of ``form`` and return it, or put the reasons why not beside the fields."""
    if not form.validate():
        return None
    draft = replace(submitting.draft(form), only=only)
    try:
        started = connection_tests.start(db.session, draft, saves=saves, vault=current_config().vault, now=clock.now())
    except submitting.REFUSALS as refusal:
        submitting.refuse(form, refusal)
        return None
    launching.launch(started)
    return started.test


def _view(test: ConnectionTest) -> TestView:
    # The password itself goes nowhere: what is asked is whether it has a space at its ends.
    vault = current_config().vault
    spaced = connection_tests.details_of(test, vault).spaced_passwords

    def worth_a_try(side: Side, username: str) -> bool:
        return connection_tests.is_worth_a_try(db.session, test, side, username, vault)

    def is_saved() -> bool:
        return connection_tests.is_of_what_is_saved(db.session, test, vault)

    return view(
        test,
        now=clock.now(),
        worth_a_try=worth_a_try,
        is_saved=is_saved,
        spaced_passwords=spaced,
        asked=_asked(test),
    )


def _asked(test: ConnectionTest) -> frozenset[str]:
    """Return the names of the fields that the form around ``test`` listens to."""
    account = accounts.find(db.session, test.account_id) if test.account_id is not None else None
    return layout_for(account).asked(additional=test.additional)


def _own(test_id: str) -> ConnectionTest:
    test = connection_tests.find_own(db.session, test_id, current_owner())
    if test is None:
        abort(404)
    return test


def _panel(test: ConnectionTest, test_view: TestView) -> Response:
    # A verdict beside a field finds its place only where the form has that field.
    fields = [name for name in VERDICT_FIELDS if name in _asked(test)]
    told = {} if test_view.under_way else showing.fetching_context(test.account_id)
    return replies.page("connection_tests/_update.html", test_view=test_view, verdict_fields=fields, **told)


def _page(test: ConnectionTest, test_view: TestView) -> Response:
    account = accounts.find(db.session, test.account_id) if test.account_id is not None else None
    form = submitting.form_from_details(connection_tests.details_of(test, None), account=account, test=test)
    response = showing.render_form(form, test_view=test_view)
    if replies.wants_partial():
        if not here().guest:
            # From now on a reload finds the test, and with it everything typed.
            response.headers["HX-Replace-Url"] = request.script_root + request.path
        response.headers["HX-Reswap"] = f"{swap_style()} show:top showTarget:#{dom_id('connection-test')}"
    return response
