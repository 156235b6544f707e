"""Signing in with a password or a one-time link, signing out, and setting a password."""

from flask import Blueprint, Response, abort, flash, request, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_fresh

from app import users
from app.clock import now
from app.extensions import db
from app.web.access import current_person, enter, go_out, public
from app.web.replies import gone, invalid, leave, local_path, page
from app.web.users.forms import PasswordForm, SignInForm
from app.web.users.sentences import weakness_sentence
from app.web.users.throttle import count_wrong_guess, throttled

blueprint = Blueprint("users", __name__)


@blueprint.get("/sign-in")
@public
def sign_in() -> Response:
    """Show the sign-in form."""
    if current_user.is_authenticated:
        return leave(_back())
    return page("users/sign_in.html", form=SignInForm(), back=request.args.get("next"))


@blueprint.post("/sign-in")
@public
@throttled
def sign_in_with_password() -> Response:
    """Sign in, or say that address or password is wrong."""
    form = SignInForm(request.form)
    if form.validate():
        try:
            user = users.sign_in(db.session, email=form.email.data or "", password=form.password.data or "")
        except users.SignInRefused:
            count_wrong_guess()
            form.form_errors.append(_("The e-mail address or the password is wrong."))
        else:
            db.session.commit()
            enter(user)
            return leave(_back())
    return invalid("users/sign_in.html", form=form, back=request.form.get("next"))


@blueprint.get("/sign-in/<token>")
@public
def sign_in_by_link(token: str) -> Response:
    """Show the button that uses the link: a preview that follows links must not use it up."""
    return page("users/link.html", token=token)


@blueprint.post("/sign-in/<token>")
@public
def redeem_link(token: str) -> Response:
    """Use the link up, sign its person in and let them set a password; the one that they had ends."""
    try:
        user = users.redeem_link(db.session, token, now=now())
    except users.LinkUnusable:
        return gone("users/link_unusable.html")
    db.session.commit()
    enter(user)
    return leave(url_for("users.password"))


@blueprint.post("/sign-out")
@public
def sign_out() -> Response:
    """Sign out. Public, so that a second click is no error."""
    go_out()
    flash(_("You are signed out."), "success")
    return leave(url_for("users.sign_in"))


@blueprint.get("/users/me/password")
def password() -> Response:
    """Show the form for address and password."""
    person = current_person()
    return page("users/password.html", form=_without_needless(PasswordForm(email=person.email)), first=_has_none())


@blueprint.post("/users/me/password")
@throttled
def set_password() -> Response:
    """Change address and password, and sign the person out everywhere else."""
    form = _without_needless(PasswordForm(request.form))
    if not form.validate() or not _change(form):
        db.session.rollback()
        return invalid("users/password.html", form=form, first=_has_none())
    db.session.commit()
    enter(current_person())
    flash(_("Your address and password are saved."), "success")
    return leave(url_for("home"))


def _change(form: PasswordForm) -> bool:
    """Change what ``form`` says, or put the reason beside its field."""
    person = current_person()
    try:
        if person.password_hash is not None:
            users.sign_in(db.session, email=person.email, password=form.current_password.data or "")
        users.change_address(db.session, person, form.email.data or "")
        users.set_password(db.session, person, form.new_password.data or "")
    except users.SignInRefused:
        count_wrong_guess()
        form.current_password.errors = [_("This is not your current password.")]
    except users.AddressInvalid:
        form.email.errors = [_("This is not an e-mail address, for example anna@example.com.")]
    except users.AddressTaken:
        form.email.errors = [_("Somebody else already signs in with this address.")]
    except users.PasswordTooWeak as error:
        form.new_password.errors = [weakness_sentence(error.weakness)]
    else:
        return True
    return False


def _without_needless(form: PasswordForm) -> PasswordForm:
    """Leave out the current password where there is none: whoever came by a link proved themselves with it."""
    if _has_none():
        if not login_fresh():
            abort(403)  # the session changed hands or place since; only a new link helps
        del form.current_password
    return form


def _has_none() -> bool:
    return current_person().password_hash is None


def _back() -> str:
    return local_path(request.values.get("next"), otherwise=url_for("home"))
