"""`skrzynka check`: the connection test of the web form, in this process, without queue or database."""

import json
import os
import re
import sys
from collections.abc import Mapping
from typing import Any

import click

from app.cli.problems import BadInput
from app.config import network_from
from app.mail.probe import collect, probe
from app.mail.settings import ConnectionSecurity, ProbeRequest, ServerSettings, Side
from app.mail.tls import canonical_pin

_PIN = re.compile(r"[0-9a-f]{64}\Z")
_FORBIDDEN = frozenset("\r\n\0")


@click.command()
def check() -> None:
    """Test mail settings read as JSON from standard input.

    Exits with 0 if all of them work, 1 if they do not, 2 if the input makes no sense.
    """
    network = network_from(os.environ)
    request = read_request(sys.stdin.buffer.read())
    result = collect(probe(request, network))
    click.echo(json.dumps(result.to_json()))
    raise SystemExit(0 if result.ok else 1)


def read_request(raw: bytes) -> ProbeRequest:
    """Return the request that the JSON in ``raw`` asks for. Raises BadInput."""
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise BadInput("The input is not JSON.") from error
    if not isinstance(document, dict):
        raise BadInput("The input is not a JSON object.")
    pins = _object(document, "pins")
    sides = {side: _side(document, side, pins) for side in Side}
    if not any(sides.values()):
        raise BadInput("There is neither an imap nor an smtp side to check.")
    return ProbeRequest(sides[Side.IMAP], sides[Side.SMTP], _flag(document, "fast_mode", default=False))


def _side(document: Mapping[str, Any], side: Side, pins: Mapping[str, Any]) -> ServerSettings | None:
    if document.get(side.value) is None:
        return None
    fields = _object(document, side.value)
    host = _text(fields, "host", side)
    if not host.strip():
        raise BadInput(f"{side.value}: the host is missing.")
    port = fields.get("port")
    if not isinstance(port, int) or isinstance(port, bool) or not 1 <= port <= 65535:
        raise BadInput(f"{side.value}: the port must be a number from 1 to 65535.")
    if fields.get("security") not in list(ConnectionSecurity):
        raise BadInput(f"{side.value}: the security must be tls, starttls or none.")
    return ServerSettings(
        host=host,
        port=port,
        security=ConnectionSecurity(fields["security"]),
        username=_safe_text(fields, "username", side),
        password=_safe_text(fields, "password", side),
        auth=side is Side.IMAP or _flag(fields, "auth", default=True),
        sender=_safe_text(fields, "sender", side),
        pin=_pin(pins, side),
    )


def _pin(pins: Mapping[str, Any], side: Side) -> str | None:
    pin = _text(pins, side.value, side)
    if not pin:
        return None
    if not _PIN.match(canonical_pin(pin)):
        raise BadInput(f"{side.value}: the pin must be a SHA-256 fingerprint in hex.")
    return canonical_pin(pin)


def _safe_text(fields: Mapping[str, Any], name: str, side: Side) -> str:
    text = _text(fields, name, side)
    # They would end one command and begin another.
    if _FORBIDDEN.intersection(text):
        raise BadInput(f"{side.value}: the {name} must not contain CR, LF or NUL.")
    return text


def _text(fields: Mapping[str, Any], name: str, side: Side) -> str:
    text = fields.get(name)
    if text is None:
        return ""
    # JSON can spell half a surrogate pair, which is no character and cannot be sent.
    if not isinstance(text, str) or any("\ud800" <= character <= "\udfff" for character in text):
        raise BadInput(f"{side.value}: the {name} must be text.")
    return text


def _flag(fields: Mapping[str, Any], name: str, *, default: bool) -> bool:
    flag = fields.get(name, default)
    if not isinstance(flag, bool):
        raise BadInput(f"{name} must be true or false.")
    return flag


def _object(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = document.get(name)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise BadInput(f"{name} must be a JSON object.")
    return found
