"""``skrzynka layouts``: the layouts of the form as JSON, out of one installation and into another."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import click
from sqlalchemy.orm import Session

from app import clock, form_layouts
from app.cli import database
from app.cli.problems import BadInput
from app.form_layouts import Layout, LayoutInvalid, LayoutRefused, Refusal
from app.models import FormLayout, Role

_VERSION = 1

_REFUSALS: Mapping[Refusal, str] = {
    Refusal.MUST_BE_SHOWN: "must be shown: only the person knows it",
    Refusal.MUST_BE_TYPED: "cannot be read-only: only the person knows it",
    Refusal.HIDDEN_WITHOUT_DEFAULT: "can be hidden only with a default",
    Refusal.READ_ONLY_WITHOUT_DEFAULT: "can be read-only only with a default",
    Refusal.OWN_CREDENTIALS_NEEDED: "can be hidden only where own credentials cannot be chosen",
    Refusal.REQUIRED_IS_FIXED: "is not open to being required",
    Refusal.NO_DEFAULT_HERE: "cannot have a default",
    Refusal.UNKNOWN_PLACEHOLDER: "has a default with a placeholder other than {address}, {local}, {domain}",
    Refusal.NO_TEMPLATE_HERE: "cannot have a default made from the address",
    Refusal.DEFAULT_INVALID: "has a default that the form would refuse",
    Refusal.TOO_LONG: "has a text that is too long",
    Refusal.NOT_ONE_LINE: "has a text with control characters",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One layout of the file."""

    name: str
    role: Role | None
    for_clients: bool
    content: Layout


@click.group
def layouts() -> None:
    """Carry the layouts of the form from one installation to another."""


@layouts.command("export")
def export_all() -> None:
    """Print all layouts, as they are in use, as JSON."""
    with database.open_session(database.installed()) as session:
        stored = form_layouts.list_all(session)
        entries = [_entry_json(layout, form_layouts.content(session, layout)) for layout in stored]
    click.echo(json.dumps({"version": _VERSION, "layouts": entries}, ensure_ascii=False, indent=2))


@layouts.command("import")
def import_all() -> None:
    """Read layouts as JSON from standard input: all of them, or none if one cannot be used.

    A layout of a known name gets a new version; others are added. What the file does not name stays, behind the rest.
    """
    entries = _entries(sys.stdin.buffer.read())
    with database.open_session(database.installed()) as session:
        done = [_import(session, entry) for entry in entries]
        named = [layout for layout, _word in done]
        form_layouts.arrange([*named, *(it for it in form_layouts.list_all(session) if it not in named)])
        session.commit()
        for layout, word in done:
            click.echo(f"{word} {layout.name!r}, version {layout.version}.", err=True)


def _import(session: Session, entry: Entry) -> tuple[FormLayout, str]:
    known = next((layout for layout in form_layouts.list_all(session) if layout.name == entry.name), None)
    try:
        if known is None:
            added = form_layouts.create(
                session,
                name=entry.name,
                role=entry.role,
                for_clients=entry.for_clients,
                author=None,
                now=clock.now(),
                layout=entry.content,
            )
            session.refresh(added)
            return added, "Added"
        known.role, known.for_clients = entry.role, entry.for_clients
        if form_layouts.content(session, known) == entry.content:
            return known, "Left"
        form_layouts.save(session, known, entry.content, expected_number=known.version, author=None, now=clock.now())
        session.refresh(known)
    except LayoutRefused as error:
        first = error.objections[0]
        raise BadInput(f"The layout {entry.name!r}: {first.field} {_REFUSALS[first.refusal]}.") from error
    except form_layouts.ChangedMeanwhile as error:
        raise BadInput(f"The layout {entry.name!r} was changed meanwhile: nothing was imported.") from error
    return known, "Changed"


def _entries(given: bytes) -> list[Entry]:
    try:
        document = json.loads(given)
    except (ValueError, RecursionError) as error:
        raise BadInput("Standard input is not JSON.") from error
    if not isinstance(document, dict) or document.get("version") != _VERSION:
        raise BadInput(f'The JSON must be an object with "version": {_VERSION}.')
    stored = document.get("layouts")
    if not isinstance(stored, list) or document.keys() != {"version", "layouts"}:
        raise BadInput('The JSON must have "version" and a list "layouts", and nothing else.')
    entries = [_entry(item, f"layouts[{number}]") for number, item in enumerate(stored)]
    names = [entry.name for entry in entries]
    if len(names) != len(set(names)):
        raise BadInput("Two layouts have the same name.")
    return entries


def _entry(stored: object, where: str) -> Entry:
    if not isinstance(stored, dict) or not stored.keys() <= {"name", "role", "for-clients", "sections"}:
        raise BadInput(f'{where}: must be an object with "name", "role", "for-clients" and "sections".')
    name, role = stored.get("name"), stored.get("role")
    if not isinstance(name, str) or name != name.strip() or not 1 <= len(name) <= 100 or not name.isprintable():
        raise BadInput(f"{where}.name: must be a text of 1 to 100 characters on one line.")
    if role is not None and role not in list(Role):
        raise BadInput(f"{where}.role: must be null or one of {', '.join(Role)}.")
    # Files that were written before there were embed clients do not have it.
    for_clients = stored.get("for-clients", False)
    if not isinstance(for_clients, bool) or (for_clients and role is not None):
        raise BadInput(f"{where}.for-clients: must be true or false, and true only where role is null.")
    try:
        content = form_layouts.from_json(stored.get("sections"), where=f"{where}.sections")
    except LayoutInvalid as error:
        raise BadInput(f"{error}.") from error
    return Entry(name, Role(role) if role else None, for_clients, content)


def _entry_json(layout: FormLayout, content: Layout) -> dict[str, Any]:
    whom = {"role": layout.role} | ({"for-clients": True} if layout.for_clients else {})
    return {"name": layout.name, **whom, "sections": form_layouts.to_json(content)}
