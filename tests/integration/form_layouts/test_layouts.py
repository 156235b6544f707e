"""Layouts in both databases: which is in force, versions, and two administrators at once."""

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import form_layouts
from app.clock import now
from app.form_layouts import (
    BUILT_IN,
    ChangedMeanwhile,
    LayoutRefused,
    NameTaken,
    Reason,
    Visibility,
    in_force,
)
from app.models import FormLayout, FormLayoutVersion, Role

TINTED = BUILT_IN.with_place(replace(BUILT_IN.by_name["colour"], visibility=Visibility.HIDDEN))
WRONG = BUILT_IN.with_place(replace(BUILT_IN.by_name["email"], visibility=Visibility.HIDDEN))


def add(session: Session, name: str, role: Role | None = None, **more: object) -> FormLayout:
    layout = form_layouts.create(session, name=name, role=role, author="a@firma.pl", now=now(), **more)
    session.commit()
    return layout


def test_without_any_layout_the_built_in_one_is_in_force(session):
    found = in_force(session, role=Role.MEMBER)
    assert (found.layout, found.reason, found.version_id) == (BUILT_IN, Reason.BUILT_IN, "")


def test_the_first_that_fits_wins(session):
    members = add(session, "For members", Role.MEMBER, layout=TINTED)
    everybody = add(session, "For everybody")
    found = {role: in_force(session, role=role) for role in (Role.MEMBER, Role.ADMIN, None)}
    for_all = (everybody.id, Reason.EVERYBODY)
    assert {role: (it.layout_id, it.reason) for role, it in found.items()} == {
        Role.MEMBER: (members.id, Reason.ROLE),
        Role.ADMIN: for_all,
        None: for_all,
    }
    assert found[Role.MEMBER].layout == TINTED


def test_a_client_gets_the_layout_that_it_chose_whomever_that_is_for(session):
    of_clients = add(session, "Of clients", for_clients=True, layout=TINTED)
    members = add(session, "For members", Role.MEMBER)
    everybody = add(session, "For everybody")
    for chosen in (of_clients, members, everybody):
        found = in_force(session, chosen=chosen.id)
        assert (found.layout_id, found.reason, found.name) == (chosen.id, Reason.CLIENT, chosen.name)
    assert in_force(session, chosen=of_clients.id).layout == TINTED


def test_a_client_whose_layout_is_gone_gets_the_one_for_everybody(session):
    members = add(session, "For members", Role.MEMBER)
    assert in_force(session, chosen=members.id + 99).reason is Reason.BUILT_IN
    everybody = add(session, "For everybody")
    found = in_force(session, chosen=members.id + 99)
    assert (found.layout_id, found.reason) == (everybody.id, Reason.EVERYBODY)


def test_a_layout_for_clients_is_nobodys_whatever_its_place(session):
    of_clients = add(session, "Of clients", for_clients=True, layout=TINTED)
    assert {in_force(session, role=role).reason for role in (*Role, None)} == {Reason.BUILT_IN}
    everybody = add(session, "For everybody")
    assert of_clients.position < everybody.position
    assert {in_force(session, role=role).layout_id for role in (*Role, None)} == {everybody.id}


def test_each_save_is_a_version_with_author_and_time(session):
    layout = add(session, "Team")
    form_layouts.save(session, layout, TINTED, expected_number=1, author="b@firma.pl", now=now())
    session.commit()
    session.refresh(layout)
    versions = form_layouts.list_versions(session, layout)
    assert [(it.number, it.author) for it in versions] == [(2, "b@firma.pl"), (1, "a@firma.pl")]
    assert form_layouts.content(session, layout) == TINTED
    form_layouts.restore(session, layout, 1, author=None, now=now())
    session.refresh(layout)
    assert (layout.version, form_layouts.content(session, layout)) == (3, BUILT_IN)


def test_the_second_of_two_is_told_and_nothing_is_overwritten(session):
    layout = add(session, "Team")
    with Session(session.get_bind()) as other:
        mine, theirs = session.get_one(FormLayout, layout.id), other.get_one(FormLayout, layout.id)
        form_layouts.save(other, theirs, TINTED, expected_number=1, author=None, now=now())
        other.commit()
        with pytest.raises(ChangedMeanwhile) as told:
            form_layouts.save(session, mine, BUILT_IN, expected_number=1, author=None, now=now())
        session.rollback()
    assert told.value.number == 2
    assert in_force(session, role=Role.MEMBER).layout == TINTED


def test_what_makes_no_form_is_refused_before_anything_is_written(session):
    with pytest.raises(LayoutRefused):
        add(session, "Team", layout=WRONG)
    session.rollback()
    assert session.scalars(select(FormLayout)).all() == []


def test_two_layouts_cannot_have_one_name(session):
    add(session, "Team")
    with pytest.raises(NameTaken):
        add(session, "Team")


def test_a_layout_goes_with_its_versions(session):
    form_layouts.remove(session, add(session, "Team"))
    session.commit()
    assert session.scalars(select(FormLayoutVersion)).all() == []
    assert in_force(session, role=Role.ADMIN).reason is Reason.BUILT_IN
