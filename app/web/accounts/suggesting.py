"""Suggestions for the form that is being filled in. No form is built: people type, and this answers while they do."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.autodiscovery import SUGGESTED_FIELDS, Filling, Memory, Source, fill, suggest
from app.config import Config
from app.web.accounts.showing import look_of
from app.web.accounts.wording import Look, sources_of

# Fields whose hint depends on what they hold.
_HINTED = ("imap-security", "smtp-security", "smtp-port")


@dataclass(frozen=True, slots=True)
class Suggested:
    """What changes in the form: controls by name with their looks and values, where-from lines, looks with a hint."""

    memory: str
    controls: list[tuple[str, Look, str]]
    sources: dict[str, str]
    hinted: dict[str, Look]


def filling_of(typed: Mapping[str, str], config: Config) -> Filling:
    """Return what a suggestion changes in the form that holds ``typed``."""
    memory = Memory.parse(typed.get("suggested", ""))
    return fill(typed, memory, suggest(typed.get("email", "")), config.port_security)


def suggested(typed: Mapping[str, str], config: Config) -> Suggested:
    """Return the same as ``filling_of``, as the template shows it."""
    filling = filling_of(typed, config)
    before = Memory.parse(typed.get("suggested", ""))
    spoken = _spoken(filling.sources)
    sources = {
        name: spoken.get(name, "")
        for name in SUGGESTED_FIELDS
        if name in filling.values or before.of(name).source != filling.sources.get(name)
    }
    looks = {name: look_of(name, filling.values.get(name, typed.get(name, "").strip())) for name in _HINTED}
    return Suggested(
        memory=str(filling.memory),
        controls=[(name, looks.get(name) or look_of(name, value), value) for name, value in filling.values.items()],
        sources=sources,
        hinted=looks,
    )


def _spoken(sources: Mapping[str, Source]) -> dict[str, str]:
    """Return the words by field. Few differ, so each is translated once, not once per field."""
    words: dict[int, str] = {}
    spoken = {}
    for name, source in sources.items():
        sentence = sources_of(name)[source]
        if id(sentence) not in words:
            words[id(sentence)] = str(sentence)
        spoken[name] = words[id(sentence)]
    return spoken
