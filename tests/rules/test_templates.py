"""Templates: pages, partials and components, each true to its kind."""

import re
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
FILES = sorted(TEMPLATES.rglob("*.html"))
PARTIALS = [path for path in FILES if path.name.startswith("_")]
# Macros, for our templates and for those of an app that hosts ours.
COMPONENTS = sorted([*(TEMPLATES / "components").glob("*.html"), *(TEMPLATES / "embed" / "hosted").glob("*.html")])
PAGES = [path for path in FILES if path.parent.name != "layouts" and path not in [*PARTIALS, *COMPONENTS]]


def name(path: Path) -> str:
    return str(path.relative_to(TEMPLATES))


def source(path: Path) -> str:
    """Return the template without its comments."""
    return re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.DOTALL)


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_a_page_extends_a_layout(path):
    assert re.search(r'\{% extends (?:page_layout\((?:"bare")?\)|"layouts/base\.html") %\}', source(path))


@pytest.mark.parametrize("path", PARTIALS, ids=name)
def test_a_partial_stands_alone(path):
    text = source(path)
    assert "{% extends" not in text
    assert "{% block" not in text


@pytest.mark.parametrize("path", PARTIALS, ids=name)
def test_a_partial_imports_the_macros_it_calls(path):
    text = source(path)
    imported = {word for names in re.findall(r"import ([\w, ]+?) %\}", text) for word in re.split(r",\s*", names)}
    defined = set(re.findall(r"\{% macro (\w+)", text))
    offered = {word for other in COMPONENTS for word in re.findall(r"\{% macro ([a-z]\w*)", other.read_text())}
    called = set(re.findall(r"\{\{-? (\w+)\(", text)) | set(re.findall(r"\{%-? call (\w+)\(", text))
    assert called & offered <= imported | defined


@pytest.mark.parametrize("path", COMPONENTS, ids=name)
def test_components_are_macros_only(path):
    outside = re.sub(r"\{% macro .*?\{%-? endmacro %\}", "", source(path), flags=re.DOTALL)
    outside = re.sub(r"\{% from .*? %\}", "", outside)
    assert outside.strip() == ""


@pytest.mark.parametrize("path", FILES, ids=name)
def test_nothing_stands_in_a_template_that_the_policy_forbids(path):
    text = source(path)
    assert not re.search(r"\sstyle=|<style|\son\w+=|hx-on|javascript:|<script(?![^>]*\bsrc=)", text)


@pytest.mark.parametrize("path", FILES, ids=name)
def test_addresses_come_from_url_for(path):
    literal = re.findall(r'\s(?:href|src|action|formaction|hx-get|hx-post)="(/[^"{]*)"', source(path))
    assert literal == []


@pytest.mark.parametrize("path", FILES, ids=name)
def test_htmx_attributes_stand_on_their_own_element(path):
    assert ":inherited" not in source(path)


@pytest.mark.parametrize("path", FILES, ids=name)
def test_nothing_is_declared_safe_but_fixed_attributes(path):
    declared = re.findall(r"([^{}(]*)\|safe", source(path))
    assert all(re.fullmatch(r"""\s*(['"]).*\1""", text.strip()) for text in declared)
