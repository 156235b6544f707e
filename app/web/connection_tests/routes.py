"""POST starts a test of the form, GET shows it, POST cancel ends it."""

from flask import Blueprint, Response, abort, flash, request, url_for
from flask_babel import gettext as _

from app import accounts, clock, connection_tests
from app.connection_tests import Progress
from app.extensions import current_config, db
from app.models import ConnectionTest
from app.web import replies
from app.web.access import current_person
from app.web.accounts import showing, submitting
from app.web.connection_tests.view import VERDICT_FIELDS, TestView, view
from app.web.launching import launch

blueprint = Blueprint("connection_tests", __name__, url_prefix="/connection-tests")


@blueprint.get("/")
def index() -> Response:
    """Lead to the accounts whoever reloads the address that forms are sent to."""
    return replies.proceed(url_for("accounts.index"))


@blueprint.post("/")
def start() -> Response:
    """Test what the form says; nothing is saved."""
    form = submitting.bind()
    if not form.validate():
        return showing.render_form(form, status=422)
    try:
        test = connection_tests.start(
            db.session, submitting.draft(form), saves=False, vault=current_config().vault, now=clock.now()
        )
    except submitting.REFUSALS as refusal:
        submitting.refuse(form, refusal)
        return showing.render_form(form, status=422)
    return launch(test)


@blueprint.get("/<test_id>")
def show(test_id: str) -> Response:
    """Show the test: to htmx its panel, to everybody else the whole form around it. What was saved leads on."""
    test = _own(test_id)
    test_view = view(test, now=clock.now())
    if test_view.progress is Progress.SAVED:
        flash(_("Both servers accepted the settings. The account is saved."), "success")
        return replies.leave(url_for("accounts.edit", account_id=test.saved_account_id))
    return _panel(test_view) if replies.wants_partial() else _page(test, test_view)


@blueprint.post("/<test_id>/cancel")
def cancel(test_id: str) -> Response:
    """End the test; what was typed stays."""
    connection_tests.cancel(db.session, _own(test_id))
    db.session.commit()
    return replies.proceed(url_for("connection_tests.show", test_id=test_id))


def _own(test_id: str) -> ConnectionTest:
    test = connection_tests.find_own(db.session, test_id, current_person().id)
    if test is None:
        abort(404)
    return test


def _panel(test_view: TestView) -> Response:
    response = replies.page("connection_tests/_update.html", test_view=test_view, verdict_fields=VERDICT_FIELDS)
    # From now on a reload finds the test, and with it everything typed.
    response.headers["HX-Replace-Url"] = request.path
    return response


def _page(test: ConnectionTest, test_view: TestView) -> Response:
    account = accounts.find(db.session, test.account_id) if test.account_id is not None else None
    form = submitting.form_from_details(connection_tests.details_of(test, None), account=account, test=test)
    return showing.render_form(form, test_view=test_view)
