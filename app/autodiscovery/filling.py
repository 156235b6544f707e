"""Which values of a half-filled form a suggestion may set.

What a person typed is never overwritten, and what was suggested for one address never stays for another. The form
remembers, in one hidden input, which value each field had after the last answer and where it came from; a field that
has another value now was typed, and so was one without a source.

Port and security follow each other: a new port suggests its security unless that was chosen against custom, a new
security suggests its port unless the port is somebody's own. A port for TLS speaks nothing else, so that it brings TLS
along whatever was chosen before. What is known of the very server goes before what is usual.

The switch for the outgoing server's authentication is on from the beginning, and nothing is remembered of it as long as
that is all there is to say: a server that is known to want none switches it off.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from app.autodiscovery.suggest import ServerSuggestion, Source, Suggestion, domain_of
from app.mail.settings import ConnectionSecurity, Side
from app.mail.usual_ports import PortSecurity, default_port, is_standard_port

PARTS = ("host", "port", "security", "username")
SUGGESTED_FIELDS: tuple[str, ...] = tuple(f"{side}-{part}" for side in Side for part in PARTS)
_TRUSTED = "trusted"
_DOMAIN = "for"
_PASSWORDLESS = "passwordless"
# Two servers have two organisations at most.
_MOST_TRUSTED = 4
AUTH_FIELD = "smtp-auth"
# What a browser sends of a switch that is on.
ON = "y"
# An admin's default for the name may be made from the address, and then it follows the address as the servers do.
REMEMBERED_FIELDS = (*SUGGESTED_FIELDS, AUTH_FIELD, "name")


@dataclass(frozen=True, slots=True)
class Remembered:
    """One field after the last answer. Without a source the value was typed."""

    value: str = ""
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Memory:
    """What the form's hidden input carries from answer to answer.

    ``trusted`` are the organisations to which the person has agreed to send a password. ``domain`` (canonical) is that
    of the address for which somebody has suggested values; a mere guess needs none, since nobody vouches for it.
    ``passwordless`` is the outgoing server that the account gave no password when its form was opened, if it gave none:
    the account may be gone when the form is saved.
    """

    fields: Mapping[str, Remembered]
    trusted: frozenset[str] = frozenset()
    domain: str = ""
    passwordless: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the hidden input. Whatever cannot be read is forgotten: then every value counts as typed."""
        try:
            stored = json.loads(text)
            fields = {name: _remembered(stored[name]) for name in REMEMBERED_FIELDS if name in stored}
            domain, passwordless = (str(stored.get(name, "")) for name in (_DOMAIN, _PASSWORDLESS))
            return cls(fields, domain=domain, passwordless=passwordless).agreeing_to(stored.get(_TRUSTED, []))
        except (ValueError, TypeError, AttributeError, RecursionError):
            return cls({})

    def __str__(self) -> str:
        """Return what ``parse`` reads."""
        return json.dumps(self.stored, ensure_ascii=False)

    @property
    def stored(self) -> dict[str, str | list[str]]:
        """What ``parse`` reads, before it is JSON."""
        stored: dict[str, str | list[str]] = {name: [it.value, it.source or ""] for name, it in self.fields.items()}
        if self.trusted:
            stored[_TRUSTED] = sorted(self.trusted)
        if any(_of_an_address(it) for it in self.fields.values()):
            stored[_DOMAIN] = self.domain
        if self.passwordless:
            stored[_PASSWORDLESS] = self.passwordless
        return stored

    def agreeing_to(self, organisations: Sequence[object]) -> Self:
        """Return the memory of somebody who has agreed to these, and to no others."""
        return replace(self, trusted=frozenset(str(name)[:253] for name in organisations[:_MOST_TRUSTED]))

    def beside(self, email: str, lasting: Mapping[str, str]) -> Self:
        """Return the memory as it counts beside ``email``: nobody vouches for what was suggested to another domain.

        ``lasting`` are an admin's defaults that are the same for every address.
        """
        if self.domain == (domain_of(email) or "") != "":
            return self
        fields = {
            name: replace(it, source=Source.EARLIER) if _of_an_address(it) and it.value != lasting.get(name) else it
            for name, it in self.fields.items()
        }
        return replace(self, fields=fields)

    @property
    def suggests(self) -> bool:
        """Whether any value was suggested."""
        return any(it.source is not None for it in self.fields.values())

    def of(self, name: str) -> Remembered:
        """Return what is remembered of a field."""
        return self.fields.get(name, Remembered())


@dataclass(frozen=True, slots=True)
class Filling:
    """What to put into the form: new values (only those that change), and the source of every suggested value.

    ``authenticates``: the outgoing server of the form as it is then gets a user name and a password.
    """

    values: Mapping[str, str]
    sources: Mapping[str, Source]
    memory: Memory
    authenticates: bool


@dataclass(frozen=True, slots=True)
class AdminDefaults:
    """What an admin has set beside suggestions, by field name.

    ``others`` are set for this address, in fields that no suggestion has; ``lasting`` are the same for every address,
    and without a suggestion they are all that is suggested.
    """

    others: Mapping[str, str] = field(default_factory=dict)
    lasting: Mapping[str, str] = field(default_factory=dict)


def fill(
    typed: Mapping[str, str],
    memory: Memory,
    suggestion: Suggestion | None,
    table: PortSecurity,
    admin: AdminDefaults | None = None,
) -> Filling:
    """Return what a suggestion and the table of ports change in a form that holds ``typed``."""
    admin = admin or AdminDefaults()
    shown: dict[str, Remembered] = {
        name: _text(typed.get(name, ""), memory.of(name), Remembered(value, Source.ADMIN))
        for name, value in admin.others.items()
    }
    served = suggestion.servers if suggestion else {}
    for side in Side:
        found = served.get(side)
        for part in ("host", "username"):
            name = f"{side}-{part}"
            offered = Remembered(getattr(found, part), found.source_of(part)) if found else None
            shown[name] = _text(typed.get(name, ""), memory.of(name), offered)
        port, security = f"{side}-port", f"{side}-security"
        pair = Pair(side, typed.get(port, "").strip(), typed.get(security, ""), memory.of(port), memory.of(security))
        is_known = found and found.source is not Source.GUESS and shown[f"{side}-host"].value == found.host
        known = found if is_known else None
        shown[port], shown[security] = pair.follow(found, known, table)
    if len(served) < len(Side):
        shown |= _without_server(shown, [side for side in Side if side not in served], admin.lasting)
    called = memory.of("name")
    if suggestion is None and called.source and called.value == typed.get("name", "").strip():
        shown["name"] = _lasting("name", admin.lasting)
    switch = _switch(typed.get(AUTH_FIELD, ""), memory.fields.get(AUTH_FIELD), suggestion)
    if switch is not None:
        shown[AUTH_FIELD] = switch
    values = {name: it.value for name, it in shown.items() if it.value != typed.get(name, "").strip()}
    if switch is None and typed.get(AUTH_FIELD, "") != ON:
        values[AUTH_FIELD] = ON
    sources = {name: it.source for name, it in shown.items() if it.source is not None}
    domain = (domain_of(suggestion.email) if suggestion else None) or ""
    remembered = replace(memory, fields=shown | _unfinished_ports(shown, memory, table), domain=domain)
    return Filling(values, sources, remembered, authenticates=switch is None or switch.value == ON)


def _text(current: str, last: Remembered, offered: Remembered | None) -> Remembered:
    """A host or user name: replaced while it is empty or still what was suggested."""
    suggested = last.source is not None and current == last.value
    if current and not suggested:
        return Remembered(current)
    return offered or Remembered(current, last.source if suggested else None)


def _switch(current: str, last: Remembered | None, suggestion: Suggestion | None) -> Remembered | None:
    """Return how the switch for authentication should stand; None: on, as it is anyway."""
    touched = current != (last.value if last else ON)
    if touched or (last is not None and last.source is None):
        return Remembered(current)
    smtp = suggestion.servers.get(Side.SMTP) if suggestion else None
    if smtp is not None and not smtp.auth:
        return Remembered("", smtp.source)
    return last if last is not None and last.source is Source.ADMIN else None


@dataclass(frozen=True, slots=True)
class Pair:
    """The port and the security of one side, as they stand and as they stood after the last answer."""

    side: Side
    port: str
    security: str
    last_port: Remembered
    last_security: Remembered

    def follow(
        self, found: ServerSuggestion | None, known: ServerSuggestion | None, table: PortSecurity
    ) -> tuple[Remembered, Remembered]:
        """Return port and security as they should be shown; ``known`` is ``found`` if the form has its host."""
        port_changed = self.port != self.last_port.value
        # Where nothing is remembered and no port is given, the select merely shows its first choice.
        fresh = not (self.port or self.last_security.value)
        security_changed = not fresh and self.security != self.last_security.value
        port = Remembered(self.port, None if port_changed else self.last_port.source)
        security = Remembered(self.security, None if security_changed else self.last_security.source)
        discovered = port.source not in _OF_THE_PERSON and security.source not in _OF_THE_PERSON
        if found and (discovered or not (self.port or security_changed)):
            return (
                Remembered(str(found.port), found.source_of("port")),
                Remembered(str(found.security), found.source_of("security")),
            )
        if not security_changed and (port_changed or (port.source is None and security.source is not None)):
            return port, self._security_for_the_port(security, known, table)
        if security_changed and not port_changed:
            return self._port_for_the_security(port, table), security
        return port, security

    def _security_for_the_port(
        self, security: Remembered, known: ServerSuggestion | None, table: PortSecurity
    ) -> Remembered:
        usual, source = table.get(port_number(self.port)), Source.PORT
        if known and (said := known.security_at(port_number(self.port))):
            usual, source = said, known.source_of("security")
        against_custom = (
            security.source is None and table.get(port_number(self.last_port.value), security.value) != security.value
        )
        if usual is None or (against_custom and usual is not ConnectionSecurity.TLS):
            return security
        return Remembered(str(usual), source)

    def _port_for_the_security(self, port: Remembered, table: PortSecurity) -> Remembered:
        if self.port and not is_standard_port(self.side, port_number(self.port), table):
            return port
        if self.security not in list(ConnectionSecurity):
            return port
        return Remembered(str(default_port(self.side, ConnectionSecurity(self.security))), Source.SECURITY)


# A typed value, or one that followed a typed value: the pair is the person's, not the suggestion's.
_OF_THE_PERSON = (None, Source.PORT, Source.SECURITY)


def _without_server(
    shown: Mapping[str, Remembered], sides: Sequence[Side], lasting: Mapping[str, str]
) -> dict[str, Remembered]:
    """What is to stand where a suggestion was made for the address before, and none is for this one."""
    names = (f"{side}-{part}" for side in sides for part in PARTS)
    return {name: _lasting(name, lasting) for name in names if shown[name].source not in _OF_THE_PERSON}


def _lasting(name: str, lasting: Mapping[str, str]) -> Remembered:
    if name in lasting:
        return Remembered(lasting[name], Source.ADMIN)
    return Remembered(str(ConnectionSecurity.TLS) if name.endswith("-security") else "")


def _of_an_address(remembered: Remembered) -> bool:
    """Say whether somebody has suggested a value for an address; that of a guess can be seen in it."""
    return remembered.source not in (*_OF_THE_PERSON, Source.GUESS)


def _unfinished_ports(shown: Mapping[str, Remembered], memory: Memory, table: PortSecurity) -> dict[str, Remembered]:
    """What to remember of ports outside the table: the port before, so that "14" is no step on the way to 143."""
    names = [f"{side}-port" for side in Side]
    return {
        name: memory.of(name)
        for name in names
        if port_number(shown[name].value) not in table and shown[name].source is None
    }


def port_number(port: str) -> int:
    """Return the number that somebody has typed; 0 if it is none."""
    return int(port) if port.isascii() and port.isdigit() and len(port) <= 5 else 0


def _remembered(stored: object) -> Remembered:
    if not isinstance(stored, list) or len(stored) != 2 or not isinstance(stored[0], str):
        raise ValueError("not a remembered field")
    stored[0].encode()  # half a surrogate pair, which JSON can spell, is no text that a page could hold
    source = Source(stored[1]) if stored[1] else None
    if source is Source.PASSWORDLESS:
        raise ValueError("that is found out anew each time")
    return Remembered(stored[0], source)
