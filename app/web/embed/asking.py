"""What the server of a client asks for: JSON, understood or refused at the field."""

import json
from dataclasses import dataclass
from typing import Any

from flask import Request
from werkzeug.datastructures import MultiDict
from wtforms import Form

from app.models import EmbedClient
from app.web.embed.wording import Fault, fault_sentence
from app.web.fields import AddressField, NameField, trimmed

_FIELDS = ("client", "email", "name", "return_address", "state")


class RequestRefused(Exception):
    """The request cannot be answered with a link."""

    def __init__(self, status: int, fault: Fault, field: str | None = None, message: str | None = None) -> None:
        super().__init__(fault.value)
        self.status = status
        self.fault = fault
        self.field = field
        self.message = message or fault_sentence(fault)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The link that is asked for."""

    email: str | None
    name: str | None
    return_address: str | None
    state: str | None


class PersonForm(Form):
    """What a person would have typed; judged by the same rules."""

    email = AddressField("email")
    name = NameField("name")


def read_wanted(request: Request, client: EmbedClient) -> Wanted:
    """Return what ``client`` asks for. Raises RequestRefused."""
    if request.mimetype != "application/json":
        raise RequestRefused(415, Fault.WRONG_CONTENT_TYPE)
    given = _object(request.get_data())
    for field, value in given.items():
        _judge(field, value)
    if given.get("client") not in (None, client.name):
        raise RequestRefused(422, Fault.OTHER_CLIENT, "client")
    person = PersonForm(MultiDict({field: given[field] for field in ("email", "name") if given.get(field)}))
    if not person.validate():
        wrong = next(field for field in person if field.errors)
        raise RequestRefused(422, Fault.INVALID, wrong.name, str(wrong.errors[0]))
    return Wanted(person.email.data, person.name.data, given.get("return_address"), given.get("state"))


def _object(body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body.decode("utf-8"), object_pairs_hook=_each_once)
    except (ValueError, RecursionError) as error:
        raise RequestRefused(422, Fault.INVALID_JSON) from error
    if not isinstance(given, dict):
        raise RequestRefused(422, Fault.INVALID_JSON)
    return given


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the object, or refuse it: which of two values counts would depend on who reads it."""
    found: dict[str, Any] = {}
    for field, value in pairs:
        if field in found:
            raise RequestRefused(422, Fault.DUPLICATE_FIELD, _known(field))
        found[field] = value
    return found


def _judge(field: str, value: object) -> None:
    if field not in _FIELDS:
        raise RequestRefused(422, Fault.UNKNOWN_FIELD, _known(field))
    if value is None:
        return
    if not isinstance(value, str):
        raise RequestRefused(422, Fault.WRONG_TYPE, field)
    if not trimmed(value):
        raise RequestRefused(422, Fault.EMPTY, field)
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise RequestRefused(422, Fault.INVALID_JSON, field)  # half a character: JSON can write it, UTF-8 cannot


def _known(field: str) -> str:
    """Return the name of a field as an answer may show it: whoever mistyped it wants to see it, but not all of it."""
    return field[:40].encode("ascii", "backslashreplace").decode()
