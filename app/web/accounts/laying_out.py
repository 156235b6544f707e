"""The layout of the person behind a request, and what its defaults mean for the form of a new account."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import g

from app.autodiscovery import (
    AUTH_FIELD,
    ON,
    REMEMBERED_FIELDS,
    AdminDefaults,
    Filling,
    Memory,
    Remembered,
    Source,
    Suggestion,
    address_as_typed,
    fill,
    settle,
    with_defaults,
    with_whole_pairs,
)
from app.extensions import db
from app.form_layouts import (
    BUILT_IN,
    CATALOG,
    Address,
    InForce,
    Layout,
    Section,
    Visibility,
    filled,
    find_by_version_id,
    in_force,
    value_of,
)
from app.mail.usual_ports import PortSecurity
from app.models import Account
from app.web.access import current_person
from app.web.autodiscovery.knowing import known_about
from app.web.hosts import readable_host
from app.web.surroundings import here
from app.web.visit import Visit, current_visit

_SPECS = {spec.name: spec for spec in CATALOG}


def layout_in_force() -> InForce:
    """Return the layout of this person, or of the site that embeds the form; looked for once in a request."""
    if "form_layout" not in g:
        visit = current_visit()
        if visit is None:
            found = in_force(db.session, role=current_person().role)
        else:
            found = in_force(db.session, chosen=visit.layout_id)
            found = replace(found, layout=_as_the_link_says(found.layout, visit))
        g.form_layout = replace(found, layout=only(found.layout, here().sections))
    in_use: InForce = g.form_layout
    return in_use


def given_by_the_link() -> dict[str, Any]:
    """Return what the server of the site that embeds the form has filled in."""
    visit = current_visit()
    given = {} if visit is None else {"email": visit.email, "name": visit.name}
    return {name: value for name, value in given.items() if value}


def only(layout: Layout, sections: Sequence[Section]) -> Layout:
    """Return ``layout`` without the fields of all other sections; with all of them where none is named."""
    for part in layout.sections if sections else ():
        for place in part.places:
            if part.section not in sections:
                layout = layout.with_place(replace(place, visibility=Visibility.HIDDEN))
    return layout


def _as_the_link_says(layout: Layout, visit: Visit) -> Layout:
    """Nobody changes a pinned address, and whether the account begins active is for the client to say."""
    if visit.email:
        layout = layout.with_place(replace(layout.by_name["email"], read_only=True))
    # Which designs there are is nobody's business but ours.
    layout = layout.with_place(replace(layout.by_name["stationery"], visibility=Visibility.HIDDEN))
    if not visit.starts_active:
        layout = layout.with_place(replace(layout.by_name["active"], visibility=Visibility.HIDDEN, default=None))
    return layout


def layout_for(account: Account | None) -> Layout:
    """Return the layout of the form of ``account``. A password that this account needs is asked for in any layout."""
    layout = layout_in_force().layout
    if account is None or not account.smtp_auth or account.smtp_same_credentials:
        return layout
    place = layout.by_name["smtp-password"]
    return layout.with_place(type(place)(place.field, label=place.label, hint=place.hint)) if place.fixed else layout


def layout_named(version_id: str) -> Layout:
    """Return the layout that a form was shown under: its hidden input names it, so that suggestions need not ask."""
    return (find_by_version_id(db.session, version_id) if version_id else None) or BUILT_IN


def literal_defaults(layout: Layout, table: PortSecurity) -> dict[str, Any]:
    """Return what an admin has set for every address, as the form holds it."""
    literals = {name: filled(default, None) for name, default in layout.defaults.items()}
    whole = with_whole_pairs({name: value for name, value in literals.items() if value is not None}, table)
    return {name: value_of(_SPECS[name], value) for name, value in whole.items()}


def lasting_defaults(layout: Layout, table: PortSecurity) -> dict[str, str]:
    """Return the same as the texts that suggestions are compared with."""
    return {name: str(value) for name, value in literal_defaults(layout, table).items()}


def memory_of_defaults(layout: Layout, values: Mapping[str, Any], table: PortSecurity) -> dict[str, Remembered]:
    """Return what a new form remembers of ``values`` that an admin has set: they are suggestions, not typed."""
    set_by_admin = literal_defaults(layout, table)
    return {name: Remembered(as_sent(values[name]), Source.ADMIN) for name in REMEMBERED_FIELDS if name in set_by_admin}


def as_sent(value: object) -> str:
    """Return what a browser would send of a field that holds ``value``; nothing of a switch that is off."""
    return ON if value is True else "" if value in (None, False) else str(value)


def address_in(typed: Mapping[str, str]) -> str:
    """Return the address of a form that holds ``typed``: a pinned one is the one, whatever is sent."""
    visit = current_visit()
    return visit.email if visit is not None and visit.email else typed.get("email", "")


def suggestion_for(email: str) -> Suggestion | None:
    """Return the best settings that are known for ``email``, with the names of servers as people write them."""
    found = known_about(email)
    if found is None:
        return None
    servers = found.suggestion.servers
    if not any("xn--" in server.host for server in servers.values()):
        return found.suggestion
    readable = {side: replace(server, host=readable_host(server.host)) for side, server in servers.items()}
    return replace(found.suggestion, servers=readable)


def fill_under(layout: Layout, typed: Mapping[str, str], memory: Memory, table: PortSecurity) -> Filling:
    """Return what a suggestion changes in a form under ``layout`` that holds ``typed``."""
    email = address_in(typed)
    typed = {**dict(typed.items()), "email": email}
    if layout.is_built_in:
        return fill(typed, memory, suggestion_for(email), table)
    address = Address.parse(address_as_typed(email))
    possible = ((name, filled(value, address)) for name, value in layout.defaults.items())
    defaults = {name: value for name, value in possible if value is not None}
    found = with_defaults(suggestion_for(email), defaults, table)
    asked = layout.asked(additional=typed.get("additional") == "shown")
    heard = {name: value for name, value in typed.items() if name in asked}
    others = {"name": defaults["name"]} if found and "name" in defaults and "name" in asked else {}
    # What nobody is asked is as it always is, not switched off.
    sent = {AUTH_FIELD: ON, **heard} if AUTH_FIELD not in asked else heard
    filling = fill(sent, memory, found, table, AdminDefaults(others, lasting_defaults(layout, table)))
    values = {name: value for name, value in filling.values.items() if name in asked}
    settled = settle(layout.read_only_names, {**heard, **values}, found, defaults, table)
    suggested = {name: it for name, it in settled.items() if name in REMEMBERED_FIELDS and it.source is not None}
    values |= {name: it.value for name, it in suggested.items() if it.value != typed.get(name)}
    sources = {name: source for name, source in filling.sources.items() if name in asked}
    sources |= {name: it.source for name, it in suggested.items() if it.source is not None}
    memory = replace(filling.memory, fields={**filling.memory.fields, **suggested})
    authenticates = filling.authenticates and (AUTH_FIELD in asked or defaults.get(AUTH_FIELD, "on") == "on")
    return Filling(values, sources, memory, authenticates)
