"""Stationery in the form of an account: the chosen one is shown, and a new one is made without leaving the form.

With scripts the editor opens over the form, which stays as it is. Without them the form travels inside the editor, as
it was typed, and comes back when the stationery is saved; only passwords have to be typed again.
"""

from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

from flask import Response, flash, request
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.accounts import AccountNotFound
from app.extensions import db
from app.web import replies
from app.web.accounts import showing, submitting
from app.web.accounts.blueprint import blueprint
from app.web.stationery import choosing
from app.web.stationery.saving import EditorRefused, saved, tell_what_was_removed
from app.web.stationery.typed import Typed
from app.web.stationery.view import editor_context, show_editor
from app.web.surroundings import dom_id

_PASSWORDS = ("imap-password", "smtp-password")
# In what travels: which passwords were typed and have to be typed again.
_RETYPE = "retype"


@blueprint.post("/stationery")
def show_stationery() -> Response:
    """Show the chosen stationery: to htmx only what stands beside its field, else the form with all that was typed."""
    if replies.wants_partial():
        seen = choosing.seen_id(request.form.get("stationery", ""))
        return replies.page("accounts/_stationery.html", seen_id=seen)
    return showing.render_form(submitting.bind())


@blueprint.post("/stationery/new")
def new_stationery() -> Response:
    """Open the editor of a new stationery: to htmx over the form, else with the form in it."""
    if replies.wants_partial():
        return replies.page("accounts/_stationery_editor.html", **editor_context(Typed.fresh(inside="")))
    return replies.page("stationery/editor.html", **editor_context(Typed.fresh(inside=_packed())))


@blueprint.post("/stationery/add")
def add_stationery() -> Response:
    """Save the new stationery and come back to the form with it chosen, or say at each field why not."""
    typed = replace(Typed.posted(), stored=None, inside=request.form.get("inside", ""))
    try:
        stored = saved(typed)
    except EditorRefused as refused:
        return show_editor(typed, errors=refused.errors, status=422)
    db.session.commit()
    choosing.forget_known()
    flash(_("The stationery is saved and chosen here. Save the account to link the two."), "success")
    tell_what_was_removed(typed, stored)
    if replies.wants_partial():
        return _chosen(stored.id)
    return _form(typed.inside or "", stationery=str(stored.id))


@blueprint.post("/stationery/back")
def leave_stationery() -> Response:
    """Come back to the form without a new stationery."""
    return _form(request.form.get("inside", ""))


def _chosen(stationery_id: int) -> Response:
    """Return what changes in the form that stayed in the page: the select, and what stands beside it."""
    response = replies.page(
        "accounts/_stationery_chosen.html",
        choices=choosing.choices(),
        chosen=str(stationery_id),
        seen_id=stationery_id,
        attributes=showing.stationery_attributes(),
    )
    response.headers["HX-Retarget"] = f"#{dom_id('stationery-choice')}"
    response.headers["HX-Reswap"] = "outerHTML"
    return response


def _packed() -> str:
    """Return the form of this request as one text, without passwords."""
    kept = [(name, value) for name, value in request.form.items(multi=True) if name not in (*_PASSWORDS, "csrf_token")]
    typed = [(_RETYPE, name) for name in _PASSWORDS if request.form.get(name)]
    return urlencode([*kept, *typed])


def _form(packed: str, **chosen: str) -> Response:
    """Return the form that was packed, with ``chosen`` in it."""
    posted = MultiDict(parse_qsl(packed, keep_blank_values=True))
    lost = frozenset(posted.poplist(_RETYPE)) & frozenset(_PASSWORDS)
    posted["additional"] = "shown"
    for name, value in chosen.items():
        posted[name] = value
    try:
        form = submitting.bind_posted(posted)
    except AccountNotFound:
        # Deleted meanwhile; what was typed is still worth a new account.
        posted.poplist("account")
        form = submitting.bind_posted(posted)
    return showing.render_form(form, lost=lost)
