"""What the answer to a request will stand in: a page of our own, a frame or a page of somebody else.

The form is the same everywhere. What differs is said here once: the page around it, what its ids begin with, which of
its sections are wanted, and how its addresses are written. Templates ask through the globals that ``init_app`` sets.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from flask import Flask, abort, g, request

from app.form_layouts import Section
from app.web.access import is_embeddable

# Set by whatever mounts the app below an address that is not its own.
MOUNTED = "skrzynka.mounted"

_PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """``pages``: the prefix of the templates that our pages extend.

    ``guest``: the form stands inside somebody else's document. ``foreign``: that document has another origin than ours,
    so that addresses must be whole. ``prefix``: what ids begin with. ``sections``: those that the host's own form is
    made of; empty: the form is ours and whole. ``morphs``: the htmx of the page is ours, or as new.
    """

    pages: str = ""
    guest: bool = False
    foreign: bool = False
    prefix: str = ""
    sections: tuple[Section, ...] = ()
    morphs: bool = True


_OURS = Surroundings()


class Application(Flask):
    """Flask, with whole addresses where an answer goes into a page of another origin."""

    def url_for(self, /, endpoint: str, *, _external: bool | None = None, **values: Any) -> str:
        """Return the address of ``endpoint``."""
        return super().url_for(endpoint, _external=_external or here().foreign or None, **values)


def init_app(app: Flask) -> None:
    """Let templates ask where they are, and have every address say it to the next request."""
    app.jinja_env.globals.update(
        page_layout=page_layout,
        dom_id=dom_id,
        swap_style=swap_style,
        chosen_sections=lambda: ",".join(here().sections),
        whole_form_id=whole_form_id,
        is_guest=lambda: here().guest,
        guest_classes=lambda: "skrzynka skrzynka-guest " if here().guest else "",
    )
    app.url_defaults(_pass_on)


def here() -> Surroundings:
    """Return the surroundings of this request."""
    try:
        return cast(Surroundings, g.get("surroundings", _OURS))
    except RuntimeError:
        return _OURS  # outside of any request


def settle(surroundings: Surroundings) -> None:
    """Make these the surroundings of this request."""
    g.surroundings = surroundings


def wishes() -> dict[str, Any]:
    """Return what the address wishes for a form in somebody else's page: a prefix of ids, some of the sections.

    The address of a section alone does not know of the others; the end of the form, which is sent along, does. What is
    not understood, or said twice, is refused with 400.
    """
    prefix = _one(request.args.getlist("prefix"))
    names = _one(request.args.getlist("sections") or request.form.getlist("skrzynka-sections"))
    if prefix and not _PREFIX.fullmatch(prefix):
        abort(400)
    chosen = names.split(",") if names else []
    if any(name not in list(Section) for name in chosen) or len(set(chosen)) != len(chosen):
        abort(400)
    # An older htmx knows no morphing; it does not say which kind of request it makes.
    old = "HX-Request" in request.headers and "HX-Request-Type" not in request.headers
    return {"prefix": prefix, "sections": tuple(map(Section, chosen)), "morphs": not old}


def page_layout(kind: str = "page") -> str:
    """Return the template that pages extend; ``kind`` is "page", or "bare" for one that needs no sign-in."""
    return f"layouts/{here().pages or kind}.html"


def dom_id(name: str) -> str:
    """Return the id of an element of ours in the document that it will stand in."""
    return here().prefix + name


def whole_form_id() -> str:
    """Return the id of what an answer about the whole form replaces: the form, or the end of a host page's own one."""
    return dom_id("account-end" if here().sections else "account-form")


def swap_style() -> str:
    """Return how htmx should swap so that what is typed, and the cursor, stay where they are."""
    return "outerMorph" if here().morphs else "outerHTML"


def _one(values: list[str]) -> str:
    if len(values) > 1:
        abort(400)
    return values[0] if values else ""


def _pass_on(endpoint: str, values: dict[str, Any]) -> None:
    # What leads out of the form, such as to the saved account, leads to a whole page.
    if is_embeddable(endpoint):
        values.update({name: value for name, value in _said(here()).items() if name not in values})


def _said(surroundings: Surroundings) -> Mapping[str, str]:
    said = {"prefix": surroundings.prefix, "sections": ",".join(surroundings.sections)}
    return {name: value for name, value in said.items() if value}
