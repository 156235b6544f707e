"""Layouts as values: templates, moving, JSON, merging with another release, differences."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.form_layouts import (
    BUILT_IN,
    CATALOG,
    FIELD_NAMES,
    Address,
    Change,
    FieldSpec,
    Kind,
    Layout,
    LayoutInvalid,
    Section,
    Visibility,
    Words,
    differences,
    filled,
    from_json,
    from_stored,
    move_field,
    move_into,
    move_section,
    to_json,
)
from app.form_layouts.merging import merged


def order(layout: Layout) -> str:
    parts = (" ".join([part.section, *(place.field.name for place in part.places)]) for part in layout.sections)
    return " | ".join(parts)


MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("field"), st.sampled_from(FIELD_NAMES), st.sampled_from([-1, 1])),
        st.tuples(st.just("into"), st.sampled_from(FIELD_NAMES), st.sampled_from(list(Section))),
        st.tuples(st.just("section"), st.sampled_from(list(Section)), st.sampled_from([-1, 1])),
    ),
    max_size=30,
)


def rearranged(moves) -> Layout:
    layout = BUILT_IN
    for kind, what, where in moves:
        layout = {"field": move_field, "into": move_into, "section": move_section}[kind](layout, what, where)
    return layout


@pytest.mark.parametrize(
    ("default", "value"),
    [
        ("mail.{domain}", "mail.infirma.pl"),
        ("{local}", "jan+{domain}"),
        ("{address}", "jan+{domain}@infirma.pl"),
        ("993", "993"),
        ("{nothing} %s %(address)s {{7*7}}", "{nothing} %s %(address)s {{7*7}}"),
    ],
)
def test_a_template_is_filled_once_and_nothing_in_it_is_evaluated(default, value):
    assert filled(default, Address.parse("jan+{domain}@INFIRMA.pl".replace("INFIRMA", "infirma"))) == value


def test_a_template_needs_an_address():
    assert filled("mail.{domain}", None) is None
    assert filled("mail.firma.pl", None) == "mail.firma.pl"
    assert Address.parse("biuro") is Address.parse("@infirma.pl") is Address.parse("biuro@infirma") is None


def test_a_field_moves_past_the_edge_into_the_neighbouring_section():
    assert "identity name email colour imap-host | imap imap-port" in order(move_field(BUILT_IN, "imap-host", -1))
    assert "identity name email | imap colour imap-host" in order(move_field(BUILT_IN, "colour", 1))
    assert move_field(BUILT_IN, "name", -1) == BUILT_IN
    assert move_field(BUILT_IN, "active", 1) == BUILT_IN


def test_a_section_moves_with_its_fields():
    layout = move_section(BUILT_IN, Section.SMTP, -1)
    assert [part.section for part in layout.sections] == ["identity", "smtp", "imap", "advanced"]
    assert move_section(BUILT_IN, Section.IDENTITY, -1) == BUILT_IN


@given(MOVES)
def test_no_move_loses_or_doubles_a_field(moves):
    layout = rearranged(moves)
    assert sorted(place.field.name for place in layout.places) == sorted(FIELD_NAMES)
    assert sorted(part.section for part in layout.sections) == sorted(Section)


@given(MOVES)
def test_a_layout_comes_back_from_json_as_it_went(moves):
    layout = rearranged(moves)
    place = replace(
        layout.by_name["imap-host"],
        visibility=Visibility.HIDDEN,
        label=Words(pl="Serwer poczty"),
        hint=Words(en="Ask <Anna> & {{ nobody }}"),
        default="mail.{domain}",
        read_only=True,
    )
    layout = layout.with_place(place)
    assert from_json(json.loads(json.dumps(to_json(layout)))) == layout
    assert from_stored(to_json(layout)) == layout


@given(MOVES)
def test_a_layout_that_is_whole_is_left_as_it_is_by_merging(moves):
    layout = rearranged(moves)
    assert merged(layout.sections) == layout


NEW = FieldSpec("imap-folder", Section.IMAP, Kind.TEXT)
LATER = (*CATALOG[:4], NEW, *CATALOG[4:])


def test_a_field_of_a_later_release_appears_at_its_default_place():
    assert "imap imap-host imap-folder imap-port" in order(merged(BUILT_IN.sections, LATER))
    moved = move_into(BUILT_IN, "imap-host", Section.SMTP)
    # Its neighbour is gone, so it stands where its neighbour would have stood.
    assert "imap imap-folder imap-port" in order(merged(moved.sections, LATER))


def test_a_section_of_a_later_release_appears_behind_the_one_before_it():
    older = [part for part in BUILT_IN.sections if part.section is not Section.IMAP]
    assert merged(older) == BUILT_IN


def test_a_field_that_is_gone_vanishes():
    stored = to_json(BUILT_IN)
    stored[0]["fields"].append({"name": "fax", "show": "shown"})
    stored.append({"section": "telephony", "fields": [{"name": "pager", "show": "shown"}]})
    assert from_stored(stored) == BUILT_IN
    with pytest.raises(LayoutInvalid):
        from_json(stored)


@pytest.mark.parametrize(
    ("stored", "where"),
    [
        (None, "sections"),
        ({}, "sections"),
        ([1], "sections[0]"),
        ([{"section": "imap", "colour": 1}], "sections[0]"),
        ([{"section": "fax"}], "sections[0].section"),
        ([{"section": []}], "sections[0].section"),
        ([{"section": "imap"}, {"section": "imap"}], "sections[1]"),
        ([{"section": "imap", "fields": [{"name": "fax"}]}], "sections[0].fields[0].name"),
        ([{"section": "imap", "fields": [{"name": ["x"]}]}], "sections[0].fields[0].name"),
        ([{"section": "imap", "fields": [{"name": "name"}, {"name": "name"}]}], "sections[0].fields[1]"),
        ([{"section": "imap", "fields": [{"name": "name", "show": "no"}]}], "sections[0].fields[0].show"),
        ([{"section": "imap", "fields": [{"name": "name", "required": 1}]}], "sections[0].fields[0].required"),
        ([{"section": "imap", "fields": [{"name": "name", "label": {"de": "x"}}]}], "sections[0].fields[0].label"),
        ([{"section": "imap", "fields": [{"name": "name", "default": 7}]}], "sections[0].fields[0].default"),
        ([{"section": "imap", "title": {"en": "a\nb"}}], "sections[0].title.en"),
    ],
)
def test_what_is_no_layout_is_refused_with_its_place(stored, where):
    with pytest.raises(LayoutInvalid) as refused:
        from_json(stored)
    assert refused.value.where == where


def test_differences_say_what_was_changed_and_no_more():
    place = replace(BUILT_IN.by_name["imap-host"], default="mail.{domain}", visibility=Visibility.HIDDEN)
    newer = move_into(BUILT_IN.with_place(place), "colour", Section.SMTP)
    found = {(it.change, it.about, it.before, it.after) for it in differences(BUILT_IN, newer)}
    assert found == {
        (Change.SHOW, "imap-host", "shown", "hidden"),
        (Change.DEFAULT, "imap-host", "", "mail.{domain}"),
        (Change.SECTION, "colour", "identity", "smtp"),
    }
    assert differences(newer, newer) == ()
    moved = move_field(BUILT_IN, "name", 1)
    assert [it.change for it in differences(BUILT_IN, moved)] == [Change.ORDER]
