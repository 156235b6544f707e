"""The look: enough contrast in both schemes (WCAG 2.2, 1.4.3 and 1.4.11), and nothing from anywhere else."""

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "static" / "css"
FORM, SITE = (FOLDER / "form.css").read_text(), (FOLDER / "skrzynka.css").read_text()
CSS = FORM + SITE
TOKENS = {
    name: schemes for name, *schemes in re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", CSS)
}

TEXT = [
    *((words, ground) for words in ("text", "muted", "accent", "error") for ground in ("ground", "surface")),
    *(("text", soft) for soft in ("accent-soft", "success-soft", "warning-soft", "error-soft", "sunken")),
    *((kind, f"{kind}-soft") for kind in ("success", "warning", "error")),
    ("accent-deep", "accent-soft"),
    ("accent-deep", "surface"),
    ("accent", "sunken"),
    ("accent", "accent-soft"),
    ("accent", "warning-soft"),
    ("muted", "sunken"),
    ("muted", "error-soft"),
    ("success", "surface"),
    ("warning", "surface"),
    ("on-accent", "accent"),
    ("on-accent", "accent-deep"),
]
PARTS = [("control", "surface"), ("control", "ground"), ("accent", "surface"), ("accent", "ground")]


def luminance(colour: str) -> float:
    channels = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("words", "ground"), TEXT)
def test_words_can_be_read(words, ground, scheme):
    assert contrast(TOKENS[words][scheme], TOKENS[ground][scheme]) >= 4.5


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("part", "ground"), PARTS)
def test_controls_can_be_seen(part, ground, scheme):
    assert contrast(TOKENS[part][scheme], TOKENS[ground][scheme]) >= 3


def test_colours_are_named_once_among_the_tokens():
    rules = CSS[CSS.index("/* Base */") :]
    assert re.findall(r"#[0-9a-f]{3,8}\b(?=[;, )])", rules) == []


def test_the_style_sheets_ask_for_nothing_but_each_other():
    assert "url(" not in CSS
    assert "@import" not in FORM
    assert re.findall("@import.*", SITE) == ['@import "form.css";']


@pytest.mark.parametrize(
    ("sheet", "ours"),
    [
        (FORM, {".skrzynka-guest, #skrzynka", "@keyframes skrzynka-turn", ".skrzynka, #skrzynka"}),
        (SITE, {"html:has(> body.skrzynka)", "body.skrzynka", ".skrzynka, #skrzynka"}),
    ],
)
def test_a_style_sheet_touches_nothing_of_a_page_that_embeds_the_form(sheet, ours):
    rules = re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)
    assert set(re.findall(r"^(\S.*?) \{", rules, re.MULTILINE)) == ours


def test_whoever_wants_less_motion_gets_it():
    assert "prefers-reduced-motion: reduce" in CSS
