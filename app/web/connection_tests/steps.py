"""The steps of a test as a list to look at: what is done, what runs, what is still to come."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.mail.greetings import Protocol
from app.mail.probe import StepName
from app.mail.settings import ConnectionSecurity, ServerSettings, Side

_LABELS: Mapping[StepName, str] = {
    StepName.RESOLVE: _l("Look up the server"),
    StepName.CONNECT: _l("Connect"),
    StepName.TLS: _l("Encrypt with SSL/TLS"),
    StepName.GREETING: _l("Wait for the greeting"),
    StepName.STARTTLS: _l("Encrypt with STARTTLS"),
    StepName.LOGIN: _l("Sign in to the mailbox"),
    StepName.INBOX: _l("Open the inbox"),
    StepName.SENDER: _l("Offer the sender address"),
}

# What app.mail says about a step, in words.
_DETAILS: Mapping[str, str] = {
    "authentication required": _l("It asks to sign in first."),
    "characters that cannot be sent": _l("The user name or the password holds a character that cannot be sent."),
    "data before the handshake": _l("It sent data where the encryption should have begun."),
    "endless line": _l("It sent a line without an end."),
    "giant literal": _l("It announced far too much data."),
    "incomplete chain": _l("The certificates that lead to its issuer are missing."),
    "literal longer than announced": _l("It sent more than it had announced."),
    "logged in before TLS": _l("It claims that somebody is signed in already."),
    "no international addresses": _l("It does not know addresses beyond ASCII."),
    "not an address": _l("The sender address cannot be sent as it is."),
    "plain text": _l("It answers without encryption."),
    "unexpected continuation": _l("It asked for more where there was nothing more to send."),
}

_PROTOCOLS: Mapping[str, str] = {
    Protocol.IMAP: "IMAP",
    Protocol.SMTP: "SMTP",
    Protocol.POP3: "POP3",
    Protocol.HTTP: "HTTP",
    Protocol.SSH: "SSH",
    Protocol.TLS: "SSL/TLS",
}


@dataclass(frozen=True, slots=True)
class StepView:
    """One line of the list; ``state`` is a word of the ``steps`` macro."""

    state: str
    label: str
    detail: str | None = None
    time: str | None = None


def step_views(done: list[dict[str, Any]], settings: ServerSettings, side: Side, *, under_way: bool) -> list[StepView]:
    """Return the finished steps followed by those that would come, of which the first is running."""
    views = [_finished(step) for step in done]
    rest_state = "skipped" if done and not done[-1]["ok"] and not under_way else "pending"
    seen = {step["step"] for step in done}
    to_come = [name for name in _expected(settings, side) if name.value not in seen]
    for position, name in enumerate(to_come):
        state = "running" if under_way and position == 0 else rest_state
        views.append(StepView(state, str(_LABELS[name])))
    return views


def _finished(step: dict[str, Any]) -> StepView:
    state = "ok" if step["ok"] else "failed"
    detail = None if step["detail"] is None else _spoken(step["detail"])
    return StepView(state, str(_LABELS[StepName(step["step"])]), detail, f"{step['ms']:.0f} ms")


def _spoken(detail: str) -> str:
    if detail in _PROTOCOLS:
        return str(_("It speaks %(protocol)s here.", protocol=_PROTOCOLS[detail]))
    # Addresses and TLS versions are the same in every language.
    return str(_DETAILS.get(detail, detail))


def _expected(settings: ServerSettings, side: Side) -> list[StepName]:
    names = [StepName.RESOLVE, StepName.CONNECT]
    if settings.security is ConnectionSecurity.TLS:
        names.append(StepName.TLS)
    names.append(StepName.GREETING)
    if settings.security is ConnectionSecurity.STARTTLS:
        names.append(StepName.STARTTLS)
    if settings.auth:
        names.append(StepName.LOGIN)
    names.append(StepName.INBOX if side is Side.IMAP else StepName.SENDER)
    return names
