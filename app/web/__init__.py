"""The web edge: a request in, HTML out."""

from dataclasses import dataclass

from flask import Flask, Response, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.routing import IntegerConverter, Map

from app.web import (
    access,
    accounts,
    assets,
    connection_tests,
    embed,
    errors,
    fetching,
    form_layouts,
    headers,
    health,
    locale,
    mail,
    mailbox,
    sessions,
    stationery,
    surroundings,
    users,
)
from app.web.replies import proceed

BLUEPRINTS = (
    accounts.blueprint,
    connection_tests.blueprint,
    form_layouts.blueprint,
    embed.clients,
    embed.api,
    fetching.blueprint,
    mail.blueprint,
    mailbox.blueprint,
    stationery.blueprint,
    users.blueprint,
    locale.blueprint,
    health.blueprint,
)


@dataclass(frozen=True, slots=True)
class NavigationItem:
    """One entry of the header: ``section`` is what a page names to mark it as the current one."""

    section: str
    title: str
    url: str


class NumberConverter(IntegerConverter):
    """A number in an address. Python refuses to read one of thousands of digits, which is an address of nothing."""

    regex = r"\d{1,10}"


class IdConverter(NumberConverter):
    """An id in an address. What no database could hold is an address that does not exist."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, min=1, max=2**31 - 1)


def init_app(app: Flask) -> None:
    """Register the blueprints, the languages, the answers to errors and the headers of every page."""
    # Templates are written one tag per line; without this every tag would leave an empty line in the page.
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.policies["json.dumps_kwargs"] = {"separators": (",", ":")}
    app.jinja_env.globals["navigation"] = navigation
    app.url_map.converters["id"] = IdConverter
    app.url_map.converters["number"] = NumberConverter
    # In this order: a link is looked at before anybody is asked to sign in.
    for part in (headers, assets, sessions, surroundings, locale, embed.linked, embed.hosted, access, errors):
        part.init_app(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.add_url_rule("/", "home", home)


def navigation() -> list[NavigationItem]:
    """Return the entries of the header."""
    items = [NavigationItem("accounts", _("Accounts"), url_for("accounts.index"))]
    items.append(NavigationItem("mailbox", _("Received"), url_for("mailbox.index")))
    items.append(NavigationItem("mail", _("Mail"), url_for("mail.index")))
    if current_user.is_authenticated:
        items.append(NavigationItem("stationery", _("Stationery"), url_for("stationery.index")))
    if current_user.is_authenticated and current_user.is_admin:
        items.append(NavigationItem("form_layouts", _("Layouts"), url_for("form_layouts.index")))
        items.append(NavigationItem("embed", _("Embedding"), url_for("embed_clients.index")))
    return items


def home() -> Response:
    """Lead to the accounts."""
    return proceed(url_for("accounts.index"))
