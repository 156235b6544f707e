"""The layout of the person behind a request, and what its defaults mean for the form of a new account."""

from collections.abc import Mapping
from typing import Any

from flask import g

from app.autodiscovery import (
    REMEMBERED_FIELDS,
    Filling,
    Memory,
    PortSecurity,
    Remembered,
    Source,
    address_as_typed,
    fill,
    settle,
    suggest,
    with_defaults,
    with_whole_pairs,
)
from app.extensions import db
from app.form_layouts import BUILT_IN, CATALOG, Address, InForce, Layout, filled, find_by_version_id, in_force, value_of
from app.models import Account
from app.web.access import current_person

_SPECS = {spec.name: spec for spec in CATALOG}


def layout_in_force() -> InForce:
    """Return the layout of the person who is signed in; asked for once in a request."""
    if "form_layout" not in g:
        g.form_layout = in_force(db.session, role=current_person().role)
    found: InForce = g.form_layout
    return found


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


def memory_of_defaults(layout: Layout, values: Mapping[str, Any], table: PortSecurity) -> dict[str, Remembered]:
    """Return what a new form remembers of ``values`` that an admin has set: they are suggestions, not typed."""
    set_by_admin = literal_defaults(layout, table)
    return {name: Remembered(str(values[name]), Source.ADMIN) for name in REMEMBERED_FIELDS if name in set_by_admin}


def fill_under(layout: Layout, typed: Mapping[str, str], memory: Memory, table: PortSecurity) -> Filling:
    """Return what a suggestion changes in a form under ``layout`` that holds ``typed``."""
    email = typed.get("email", "")
    if layout.is_built_in:
        return fill(typed, memory, suggest(email), table)
    address = Address.parse(address_as_typed(email))
    possible = ((name, filled(value, address)) for name, value in layout.defaults.items())
    defaults = {name: value for name, value in possible if value is not None}
    found = with_defaults(suggest(email), defaults, table)
    asked = layout.asked(additional=typed.get("additional") == "shown")
    heard = {name: value for name, value in typed.items() if name in asked}
    others = {"name": defaults["name"]} if found and "name" in defaults and "name" in asked else {}
    filling = fill(heard, memory, found, table, others)
    values = {name: value for name, value in filling.values.items() if name in asked}
    settled = settle(layout.read_only_names, {**heard, **values}, found, defaults, table)
    suggested = {name: it for name, it in settled.items() if name in REMEMBERED_FIELDS and it.source is not None}
    values |= {name: it.value for name, it in suggested.items() if it.value != typed.get(name)}
    sources = {name: source for name, source in filling.sources.items() if name in asked}
    sources |= {name: it.source for name, it in suggested.items() if it.source is not None}
    return Filling(values, sources, Memory({**filling.memory.fields, **suggested}))
