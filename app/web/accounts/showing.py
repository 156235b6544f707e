"""A form back to the browser: as a page or a partial, with everything that stands beside its fields."""

from dataclasses import replace
from typing import Any

from flask import Response, flash, url_for
from flask_babel import get_locale
from flask_babel import gettext as _

from app import accounts, clock
from app.autodiscovery import REMEMBERED_FIELDS, UNVOUCHED, Source
from app.extensions import current_config, db
from app.form_layouts import BUILT_IN, Kind, Layout, Placement, Section
from app.mail.settings import ConnectionSecurity, Side
from app.models import Account
from app.web import replies
from app.web.accounts.conflicts import differences
from app.web.accounts.forms import AccountForm
from app.web.accounts.groups import Group, groups, whole_section
from app.web.accounts.laying_out import as_sent, layout_in_force, literal_defaults
from app.web.accounts.opened import Pin
from app.web.accounts.strangers import hosts_of, switches_of
from app.web.accounts.wording import (
    LABELS,
    LOOKS,
    NO_ENCRYPTION,
    PORT_25,
    SECTION_TITLES,
    SPACED_PASSWORD,
    Look,
    Mark,
    Verdict,
    sources_of,
)
from app.web.autodiscovery.view import Discovery, discovery, questions_alone
from app.web.fetching.question import question_about
from app.web.fetching.view import badges
from app.web.fields import SecretField
from app.web.leading_back import lead_back
from app.web.surroundings import dom_id, here, swap_style, whole_form_id
from app.web.visit import current_visit

# No control but a text field knows "readonly"; one that is disabled looks the same, and neither is listened to.
_READ_ONLY = dict.fromkeys((Kind.TEXT, Kind.EMAIL, Kind.HOST, Kind.PORT), "readonly")


def render_form(
    form: AccountForm,
    *,
    test_view: Any = None,
    lost: frozenset[str] = frozenset(),
    status: int = 200,
    replaces: bool = True,
) -> Response:
    """Return the whole form: the page, or to htmx the form alone, which then replaces the one that was sent.

    ``lost`` names passwords that were typed before, and did not come along. ``replaces``: there is a form; a host page
    that asks for its first one puts it where it likes.
    """
    context = form_context(form)
    context["verdicts"] = _lost_passwords(form, lost) | (test_view.field_verdicts if test_view else {})
    partial = "accounts/_sections_update.html" if here().sections else "accounts/_form_update.html"
    response = replies.page_or_partial(
        "accounts/form.html",
        partial,
        status=status,
        test_view=test_view,
        sections=_chosen_sections(form),
        **fetching_context(form.opened.account_id),
        **context,
    )
    if replaces and replies.wants_partial():
        # Morphing keeps the cursor, and the passwords that were typed: no answer ever carries them.
        response.headers["HX-Retarget"] = f"#{whole_form_id()}"
        response.headers["HX-Reswap"] = swap_style()
    return response


def render_section(form: AccountForm, section: Section) -> Response:
    """Return one section of a form, all of its fields in it, for the form of a host page."""
    group = whole_section(form.layout, section)
    return replies.page("accounts/_section.html", section=section, group=group, **form_context(form))


def render_buttons(form: AccountForm) -> Response:
    """Return the end of a form that a host page has made of sections."""
    return replies.page("accounts/_buttons.html", **form_context(form))


def lead_to_saved(account: Account, words: str) -> Response:
    """Lead the browser to the account that was saved, and say so there, along with what looks like a slip.

    Out of an embedded form the way leads back to the site around it.
    """
    visit = current_visit()
    if visit is not None:
        return lead_back(visit, account)
    flash(words, "success")
    if accounts.details_of(account, current_config().vault).spaced_passwords:
        flash(SPACED_PASSWORD, "warning")
    return replies.leave(url_for("accounts.edit", account_id=account.id))


def form_context(form: AccountForm) -> dict[str, Any]:
    """Return what the templates of the form need."""
    account_id = form.opened.account_id
    layout = form.layout
    titles = _titles(layout)
    found = _discovery(form)
    _rename(form)
    return {
        "form": form,
        "action": url_for("accounts.add") if account_id is None else url_for("accounts.edit", account_id=account_id),
        "account_name": form.values["name"],
        "layout_version": "" if layout.is_built_in else layout_in_force().version_id,
        "groups": groups(layout, additional=False),
        "additional": groups(layout, additional=True),
        "titles": titles,
        "looks": _looks(form),
        "sources": _sources(form),
        "pins": _pins(form),
        "discovery": found,
        "verdicts": {},
        "differences": differences(form, titles),
        "errors": _errors(form, titles, found),
    }


def fetching_context(account_id: int | None) -> dict[str, Any]:
    """Return what is said above the form of an account about the fetching of its mail, by itself or above every page.

    Whoever has changed its server is who knows whether that leads to the same mailbox.
    """
    account = accounts.find(db.session, account_id) if account_id is not None else None
    if account is None:
        return {}
    question, badge = question_about(account), badges([account], now=clock.now())[account.id]
    return {
        "question": question,
        "fetching": badge,
        "fetching_url": url_for("fetching.show", account_id=account.id),
        "told_account": account.id if question or badge.trouble else None,
    }


def look_of(name: str, value: str, layout: Layout = BUILT_IN) -> Look:
    """Return how a field looks while it holds ``value``: some values have a hint of their own."""
    look = LOOKS[name] if layout.is_built_in else _look_under(layout.by_name[name])
    if look.kind == "select" and value == ConnectionSecurity.NONE:
        return replace(look, hint=NO_ENCRYPTION, warns=True)
    return replace(look, hint=PORT_25, warns=True) if name == "smtp-port" and value == "25" else look


def _look_under(place: Placement) -> Look:
    """Return how a field looks where its layout says so."""
    look = LOOKS[place.field.name]
    hint = place.hint.of(str(get_locale()))
    if hint or place.required or place.read_only:
        attributes = {_READ_ONLY.get(place.field.kind, "disabled"): ""} if place.read_only else {}
        return replace(look, hint=hint or look.hint, required=place.is_required, attributes=attributes)
    return look


def _titles(layout: Layout) -> dict[Section, str]:
    language = str(get_locale())
    return {part.section: part.title.of(language) or SECTION_TITLES[part.section] for part in layout.sections}


def _rename(form: AccountForm) -> None:
    """Give the fields the labels that the layout has for them."""
    language = str(get_locale())
    for place in form.layout.places:
        label = place.label.of(language)
        field = form.shown(place.field.name) if label else None
        if field is not None:
            field.label.text = label


def _looks(form: AccountForm) -> dict[str, Look]:
    looks = {name: look_of(name, _shown_value(form, name), form.layout) for name in form.layout.names}
    if form.focused in looks:
        look = looks[form.focused]
        looks[form.focused] = replace(look, attributes={**look.attributes, "autofocus": ""})
    if "stationery" in form:
        looks["stationery"] = replace(looks["stationery"], attributes=stationery_attributes())
    return looks


def stationery_attributes() -> dict[str, str]:
    """Return what makes the picture beside the select follow it."""
    asks = {"hx-post": url_for("accounts.show_stationery"), "hx-trigger": "change"}
    return {
        **asks,
        "hx-target": f"#{dom_id('stationery-choice')}",
        "hx-swap": "outerHTML",
        "data-without-passwords": "",
    }


def _discovery(form: AccountForm) -> Discovery:
    opened = form.opened
    email = _shown_value(form, "email") or str(form.values["email"])
    if opened.account_id is not None and not opened.memory.suggests:
        return questions_alone(email, hosts_of(form), opened.memory.trusted)
    return discovery(email, hosts_of(form), opened.memory.trusted, opened=opened.held_id is None)


def _pins(form: AccountForm) -> dict[Section, list[tuple[Side, Pin]]]:
    """Return the certificates to trust by the section that shows them: their own, if it is on the page."""
    on_page = [section for group in groups(form.layout, additional=False) for section, _lines, _id in group]
    asking = next(part for part in form.layout.sections if form.layout.by_name["imap-password"] in part.places)
    pins: dict[Section, list[tuple[Side, Pin]]] = {}
    for side, pin in form.pins.items():
        if pin is None:
            continue
        section = Section(str(side)) if Section(str(side)) in on_page else asking.section
        pins.setdefault(section, []).append((side, pin))
    return pins


def _sources(form: AccountForm) -> dict[str, Mark]:
    """Return where each suggested value came from, as long as it still stands there."""
    sources = {}
    for name in REMEMBERED_FIELDS:
        remembered = form.opened.memory.of(name)
        if remembered.source is not None and remembered.value == _shown_value(form, name):
            sources[name] = Mark(sources_of(name)[remembered.source], remembered.source in UNVOUCHED)
    if form.opened.account_id is None and form.layout.defaults:
        for name, value in literal_defaults(form.layout, current_config().port_security).items():
            if name not in sources and as_sent(value) == _shown_value(form, name):
                sources[name] = Mark(sources_of(name)[Source.ADMIN])
    return sources


def _shown_value(form: AccountForm, name: str) -> str:
    field = form.shown(name)
    if field is None or isinstance(field, SecretField):
        return ""
    return field._value() if hasattr(field, "_value") else as_sent(field.data)


def _errors(form: AccountForm, titles: dict[Section, str], found: Discovery) -> list[tuple[str, str, str, str]]:
    errors = []
    switches = switches_of(form, [question.organisation for question in found.questions])
    told: set[tuple[str, str]] = set()
    for part in form.layout.sections:
        for place in part.places:
            name = place.field.name
            field = form.shown(name)
            if field is not None and field.errors:
                label, words, leads_to = field.label.text, field.errors, name
            elif name in form.unusable:
                label = place.label.of(str(get_locale())) or LABELS[name]
                words, leads_to = form.unusable[name] if name in form.strangers else [_unfit()], "email"
            else:
                continue
            said, leads_to = " ".join(map(str, words)), switches.get(name, leads_to)
            # One switch lifts the refusal of both servers of an organisation: that is one thing to do.
            if name not in switches or (leads_to, said) not in told:
                errors.append((titles[part.section], label, leads_to, said))
            told.add((leads_to, said))
    return errors


def _unfit() -> str:
    return str(_("What your administrator has set here does not fit this address; tell them, please."))


def _lost_passwords(form: AccountForm, lost: frozenset[str]) -> dict[str, Verdict]:
    """Return what to say beside passwords that a page without JavaScript has to ask for once more."""
    if replies.wants_partial():
        return {}
    spoken = Verdict(_("Type the password again before you save: for its safety a page never carries it back."))
    return {
        field.name: spoken for field in form if isinstance(field, SecretField) and (field.typed or field.name in lost)
    }


def _chosen_sections(form: AccountForm) -> list[tuple[Section, Group]]:
    """Return the sections that a host page has made its form of."""
    return [(section, whole_section(form.layout, section)) for section in here().sections]
