"""Whatever layout the editor can save: it renders, its form saves, and what is posted outside it changes nothing."""

from dataclasses import replace

import pytest
from flask import Flask
from flask_login import login_user
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.extensions import current_config
from app.form_layouts import (
    BUILT_IN,
    CATALOG,
    FIELD_NAMES,
    Layout,
    Section,
    Visibility,
    Words,
    from_stored,
    move_field,
    move_into,
    move_section,
    objections,
    to_json,
)
from app.models import User
from app.web.access import SignedIn
from app.web.accounts.forms import AccountForm
from app.web.accounts.showing import render_form
from app.web.accounts.submitting import opened_afresh
from app.web.form_layouts.reading import read_layout
from app.web.form_layouts.trying import _TYPED, faults_of, sample_form
from tests.web.page import Page

DEFAULTS = {
    "text": ["{address}", "{local}", "Biuro {domain}", "x"],
    "host": ["mail.{domain}", "{domain}", "imap.firma.pl", "192.0.2.10"],
    "port": ["993", "143", "465", "1993"],
    "security": ["tls", "starttls", "none"],
    "switch": ["on", "off"],
    "colour": ["#2f74d0", "#000000"],
    "email": [],
    "secret": [],
    "stationery": [],
}
WORDS = st.builds(Words, en=st.sampled_from(["", "<b>Label</b> & {{ 1 }}"]), pl=st.sampled_from(["", "Żółw"]))
FORGED = {
    "name": "Forged",
    "colour": "#123456",
    "imap-host": "forged.test",
    "imap-port": "144",
    "imap-security": "none",
    "imap-username": "forged",
    "fast-mode": "y",
    "smtp-host": "forged.test",
    "smtp-port": "26",
    "smtp-security": "none",
    "smtp-auth": "",
    "smtp-username": "forged",
    "active": "",
}


@st.composite
def layouts(draw) -> Layout:
    layout = BUILT_IN
    for spec in CATALOG:
        settled = {
            "visibility": draw(st.sampled_from([Visibility.SHOWN, *Visibility])),
            "read_only": draw(st.sampled_from([False, False, True])),
            "default": draw(st.sampled_from([None, *DEFAULTS[spec.kind]])),
            "label": draw(WORDS),
            "hint": draw(WORDS),
        }
        before = layout
        layout = layout.with_place(replace(layout.by_name[spec.name], **settled))
        # What the guards refuse is no layout; so that most of the draws are some, they are asked at each step.
        if objections(layout):
            layout = before
    for name in draw(st.lists(st.sampled_from(FIELD_NAMES), max_size=8)):
        layout = move_into(layout, name, draw(st.sampled_from(list(Section))))
        layout = move_field(layout, name, draw(st.sampled_from([-1, 1])))
    for section in draw(st.lists(st.sampled_from(list(Section)), max_size=3)):
        layout = move_section(layout, section, -1)
    return layout


def as_the_editor_posts_it(layout: Layout) -> MultiDict[str, str]:
    posted: MultiDict[str, str] = MultiDict()
    for part in layout.sections:
        posted.add("place", str(part.section))
        for place in part.places:
            name = place.field.name
            posted.add("place", name)
            posted[f"{name}-show"] = str(place.visibility)
            posted[f"{name}-section"] = str(part.section)
            posted[f"{name}-default"] = place.default or ""
            for language in ("en", "pl"):
                posted[f"{name}-label-{language}"] = place.label.of(language)
                posted[f"{name}-hint-{language}"] = place.hint.of(language)
            if place.read_only:
                posted[f"{name}-read-only"] = "y"
    return posted


@pytest.fixture
def environment(tmp_path, database_file) -> dict[str, str]:
    """SQLite alone: what is in question is the form."""
    return {"SKRZYNKA_DATA": str(tmp_path), "SKRZYNKA_DATABASE_URL": f"sqlite:///{database_file}"}


@given(layout=layouts(), additional=st.booleans(), own_credentials=st.booleans())
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_can_be_saved_renders_and_saves_and_is_deaf_to_the_rest(
    app: Flask, session: Session, member: User, *, layout, additional, own_credentials
):
    assert read_layout(as_the_editor_posts_it(layout)) == layout
    assert from_stored(to_json(layout)) == layout
    with app.test_request_context():
        login_user(SignedIn(session.merge(member)))
        table = current_config().port_security
        # What the dry run refuses, the editor does not save.
        assume(not faults_of(layout, table))
        Page(render_form(sample_form(layout, table)), "the preview")
        values, opened = opened_afresh(layout)
        asked = layout.asked(additional=additional)
        typed = {name: value for name, value in _TYPED.items() if name in asked}
        typed |= {name: "y" for name in ("smtp-auth", "active") if name in asked}
        if not own_credentials and "smtp-same-credentials" in asked:
            typed["smtp-same-credentials"] = "y"
        outside = {name: value for name, value in FORGED.items() if name not in asked}
        saved = []
        for posted in (typed, typed | outside):
            form = AccountForm(layout, values, replace(opened, additional=additional))
            form.take(MultiDict(posted), table)
            if not form.validate():
                assert not additional, form.errors | form.unusable
                # Something in the additional data is missing, and now it is asked for.
                assert form.opened.additional
                return
            saved.append(form.details())
            Page(render_form(form), "the form")
        assert saved[0] == saved[1]
