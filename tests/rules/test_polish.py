"""Every sentence of the pages has its Polish one, with the same placeholders; nothing is left over."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
POLISH = ROOT / "app" / "translations" / "pl" / "LC_MESSAGES" / "messages.po"
KEYWORDS = {"_": None, "_l": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%")


def extracted() -> set[str]:
    """Return all that the pages say, the singular where there are two."""
    mappings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["babel"]["mappings"]
    methods = [(mapping["pattern"], mapping["method"]) for mapping in mappings]
    found = set()
    for folder in ("app", "templates"):
        local = [(pattern.removeprefix(f"{folder}/"), method) for pattern, method in methods]
        for _file, _line, message, _comments, _context in extract_from_dir(ROOT / folder, local, keywords=KEYWORDS):
            found.add(message if isinstance(message, str) else message[0])
    return found


@pytest.fixture(scope="module")
def polish() -> Catalog:
    with POLISH.open("rb") as file:
        return read_po(file, locale="pl")


def texts(value: str | tuple[str, ...] | list[str]) -> Iterator[str]:
    yield from [value] if isinstance(value, str) else value


def messages(catalog: Catalog) -> list[Message]:
    return [message for message in catalog if message.id]


def test_every_sentence_has_its_polish_one(polish):
    translated = {next(texts(it.id)) for it in messages(polish) if all(texts(it.string)) and not it.fuzzy}
    sentences = extracted()
    assert len(sentences) > 250, "the sentences were not found"
    assert sentences - translated == set()
    assert translated - sentences == set()
    assert not polish.obsolete


def test_placeholders_are_the_same_in_both_languages(polish):
    for message in messages(polish):
        # "One thing ..." needs no number; the plural says which placeholders there are.
        wanted = set(PLACEHOLDER.findall([*texts(message.id)][-1]))
        for number, text in enumerate(texts(message.string)):
            found = set(PLACEHOLDER.findall(text))
            assert found == wanted or (message.pluralizable and number == 0 and not found), message.id


def test_plurals_have_all_three_forms(polish):
    plural = [message for message in messages(polish) if message.pluralizable]
    assert plural
    assert all(len(message.string) == 3 for message in plural)
