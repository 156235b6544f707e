"""Style sheets are sent minified: a browser reads the same rules in them as in what was written."""

import re
from pathlib import Path

import pytest

from app.config import Config
from app.factory import create_app

FOLDER = Path(__file__).resolve().parents[2] / "static" / "css"

# What a custom property holds is kept as it was written, spaces behind commas included.
RULES = """text => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  return [...sheet.cssRules].map(rule => rule.cssText.replaceAll(", ", ","));
}"""


@pytest.mark.parametrize("name", ["form.css", "skrzynka.css"])
def test_what_is_sent_means_what_was_written(page_alone, name, tmp_path):
    visitor = create_app(Config.from_environment({"SKRZYNKA_DATA": str(tmp_path)})).test_client()
    sent, written = visitor.get(f"/static/css/{name}").get_data(as_text=True), whole(name)
    assert len(sent) < len(written) * 0.8
    rules = page_alone.evaluate(RULES, sent)
    assert len(rules) > 2
    assert rules == page_alone.evaluate(RULES, written)


def whole(name: str) -> str:
    """Return a style sheet as it was written, with those that it imports in their places."""
    text = (FOLDER / name).read_text()
    return re.sub(r'^@import "([^"]+)";$', lambda it: whole(it[1]), text, flags=re.MULTILINE)


@pytest.fixture
def page_alone(browser):
    """A tab with nothing in it."""
    page = browser.new_page()
    yield page
    page.close()
