"""A layout as JSON and back. What is not understood is refused with the place where it stands."""

import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from app.form_layouts.catalog import CATALOG, FieldSpec, Section
from app.form_layouts.guards import LONGEST_HINT, LONGEST_LABEL
from app.form_layouts.layout import NO_WORDS, Layout, Part, Placement, Visibility, Words
from app.form_layouts.merging import merged

LONGEST_DEFAULT = 320

_SPECS: Mapping[str, FieldSpec] = {spec.name: spec for spec in CATALOG}
_FIELD_KEYS = {"name", "show", "label", "hint", "default", "required", "read-only"}


class LayoutInvalid(Exception):
    """The JSON is no layout. ``where`` is the path to what is wrong, ``what`` says it in one line."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}")
        self.where = where
        self.what = what


def to_json(layout: Layout) -> list[dict[str, Any]]:
    """Return the sections of ``layout``; what nobody has changed is left out."""
    return [
        {
            "section": str(part.section),
            **_words_json("title", part.title),
            "fields": [_field_json(place) for place in part.places],
        }
        for part in layout.sections
    ]


def from_json(stored: object, *, where: str = "sections") -> Layout:
    """Return the layout that ``to_json`` wrote; fields that it does not name get their default place.

    Raises LayoutInvalid, also for names that the catalog does not know.
    """
    return merged(_parts(stored, where))


def from_stored(stored: list[dict[str, Any]]) -> Layout:
    """Return what this release makes of a stored layout: fields that are gone vanish, new ones appear."""
    sections = set(Section)
    kept = [
        {**part, "fields": [field for field in part["fields"] if field["name"] in _SPECS]}
        for part in stored
        if part["section"] in sections
    ]
    return from_json(kept)


def _parts(stored: object, where: str) -> Iterator[Part]:
    seen: set[str] = set()
    for number, item in enumerate(_list(stored, where)):
        at = f"{where}[{number}]"
        part = _object(item, at, {"section", "title", "fields"})
        name = part.get("section")
        if name not in list(Section):
            raise LayoutInvalid(f"{at}.section", f"there is no section {name!r}")
        _once(f"section {name}", seen, at)
        fields = _list(part.get("fields", []), f"{at}.fields")
        places = tuple(_place(field, f"{at}.fields[{place}]", seen) for place, field in enumerate(fields))
        yield Part(Section(name), places, _words(part, "title", at, LONGEST_LABEL))


def _place(stored: object, at: str, seen: set[str]) -> Placement:
    field = _object(stored, at, _FIELD_KEYS)
    name, show = field.get("name"), field.get("show", Visibility.SHOWN)
    if not isinstance(name, str) or name not in _SPECS:
        raise LayoutInvalid(f"{at}.name", f"there is no field {name!r}")
    _once(f"field {name}", seen, at)
    if show not in list(Visibility):
        raise LayoutInvalid(f"{at}.show", f"must be one of {', '.join(Visibility)}")
    default = field.get("default")
    if default is not None:
        default = _text(default, f"{at}.default", LONGEST_DEFAULT)
    return Placement(
        _SPECS[name],
        Visibility(show),
        label=_words(field, "label", at, LONGEST_LABEL),
        hint=_words(field, "hint", at, LONGEST_HINT),
        default=default or None,
        required=_yes_or_no(field, "required", at),
        read_only=_yes_or_no(field, "read-only", at),
    )


def _field_json(place: Placement) -> dict[str, Any]:
    changed: dict[str, Any] = {"name": place.field.name, "show": str(place.visibility)}
    changed |= _words_json("label", place.label) | _words_json("hint", place.hint)
    if place.default is not None:
        changed["default"] = place.default
    return changed | {key: True for key, said in (("required", place.required), ("read-only", place.read_only)) if said}


def _words_json(key: str, words: Words) -> dict[str, dict[str, str]]:
    said = {language: words.of(language) for language in ("en", "pl") if words.of(language)}
    return {key: said} if said else {}


def _words(holder: Mapping[str, Any], key: str, at: str, longest: int) -> Words:
    if key not in holder:
        return NO_WORDS
    said = _object(holder[key], f"{at}.{key}", {"en", "pl"})
    return Words(**{language: _text(text, f"{at}.{key}.{language}", longest) for language, text in said.items()})


def _text(value: object, at: str, longest: int) -> str:
    if not isinstance(value, str):
        raise LayoutInvalid(at, "must be a text")
    text = value.strip()
    if len(text) > longest:
        raise LayoutInvalid(at, f"must have at most {longest} characters")
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
        raise LayoutInvalid(at, "must be one line without control characters")
    return text


def _yes_or_no(holder: Mapping[str, Any], key: str, at: str) -> bool:
    value = holder.get(key, False)
    if not isinstance(value, bool):
        raise LayoutInvalid(f"{at}.{key}", "must be true or false")
    return value


def _list(value: object, at: str) -> list[Any]:
    if not isinstance(value, list):
        raise LayoutInvalid(at, "must be a list")
    return value


def _object(value: object, at: str, keys: set[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise LayoutInvalid(at, "must be an object")
    if unknown := sorted(map(str, value.keys() - keys)):
        raise LayoutInvalid(at, f"there is no {unknown[0]!r} here")
    return value


def _once(what: str, seen: set[str], at: str) -> None:
    if what in seen:
        raise LayoutInvalid(at, f"the {what} stands there twice")
    seen.add(what)
