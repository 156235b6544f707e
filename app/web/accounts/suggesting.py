"""Suggestions for the form that is being filled in. No form is built: people type, and this answers while they do."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from app import accounts
from app.autodiscovery import AUTH_FIELD, REMEMBERED_FIELDS, UNVOUCHED, Filling, Memory, Source
from app.config import Config
from app.extensions import db
from app.form_layouts import Layout
from app.mail.settings import Side
from app.web.accounts.laying_out import address_in, fill_under, layout_named, only
from app.web.accounts.opened import account_in, memory_in
from app.web.accounts.showing import look_of
from app.web.accounts.strangers import passwordless_server, receiving
from app.web.accounts.wording import Look, Mark, sources_of
from app.web.autodiscovery.view import NOTHING, Discovery, discovery, questions_alone
from app.web.surroundings import here

# Fields whose hint depends on what they hold.
_HINTED = ("imap-security", "smtp-security", "smtp-port")


@dataclass(frozen=True, slots=True)
class Suggested:
    """What changes in the form: controls by name with their looks and values, where-from lines, looks with a hint."""

    memory: Memory
    controls: list[tuple[str, Look, str]]
    sources: dict[str, Mark]
    hinted: dict[str, Look]
    discovery: Discovery


def suggested(typed: MultiDict[str, str], config: Config) -> Suggested:
    """Return what a suggestion changes in the form that holds ``typed``, as the template shows it."""
    layout = only(layout_named(typed.get("layout", "")), here().sections)
    before = memory_in(typed)
    filling = fill_under(layout, typed, before, config.port_security)
    spoken = _spoken(filling.sources)
    sources = {
        name: spoken.get(name, _NO_MARK)
        for name in _seen(layout, typed, REMEMBERED_FIELDS)
        if name in filling.values or before.of(name).source != filling.sources.get(name)
    }
    looks = {
        name: look_of(name, filling.values.get(name, typed.get(name, "").strip()), layout)
        for name in _seen(layout, typed, _HINTED)
    }
    return Suggested(
        memory=filling.memory,
        controls=[
            (name, looks.get(name) or look_of(name, value, layout), value) for name, value in filling.values.items()
        ],
        sources=sources,
        hinted=looks,
        discovery=_discovery(layout, typed, filling, before.trusted),
    )


def _discovery(layout: Layout, typed: MultiDict[str, str], filling: Filling, trusted: frozenset[str]) -> Discovery:
    email, memory = address_in(typed), filling.memory
    # A question that somebody has before their eyes stays there.
    asked = "asked" in typed
    account_id = account_in(typed)
    has_switch = AUTH_FIELD in layout.asked(additional=typed.get("additional") == "shown")
    # An account keeps its switch where the form has none; else only a question that stands there needs to know it.
    matters = asked or not has_switch
    account = accounts.find(db.session, account_id) if account_id is not None and matters else None
    hosts = receiving(
        {side: memory.of(f"{side}-host") for side in Side},
        email,
        authenticates=filling.authenticates if account is None or has_switch else account.smtp_auth,
        passwordless=passwordless_server(account, memory),
    )
    if typed.get("account") and not memory.suggests:
        return questions_alone(email, hosts, trusted) if asked else NOTHING
    return discovery(email, hosts, trusted, quiet=not asked)


def _seen(layout: Layout, typed: Mapping[str, str], names: tuple[str, ...]) -> Iterable[str]:
    """Return which of ``names`` are on the page."""
    if layout.is_built_in:
        return names
    seen = layout.names if typed.get("additional") == "shown" else layout.names - layout.additional_names
    return [name for name in names if name in seen]


def _spoken(sources: Mapping[str, Source]) -> dict[str, Mark]:
    """Return the marks by field. Few differ, so each is translated once, not once per field."""
    marks: dict[int, Mark] = {}
    spoken = {}
    for name, source in sources.items():
        sentence = sources_of(name)[source]
        if id(sentence) not in marks:
            marks[id(sentence)] = Mark(str(sentence), source in UNVOUCHED)
        spoken[name] = marks[id(sentence)]
    return spoken


_NO_MARK = Mark("")
