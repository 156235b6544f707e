"""``skrzynka layouts``: out of one installation and into another, all or nothing."""

import json

import pytest

from app import form_layouts
from app.form_layouts import BUILT_IN, to_json
from tests import cast
from tests.integration.cli.conftest import ON_SQLITE, one_line, run


def given(*layouts: dict[str, object]) -> str:
    return json.dumps({"version": 1, "layouts": layouts})


def entry(name: str = "Zespół", **fields: dict[str, object]) -> dict[str, object]:
    sections = to_json(BUILT_IN)
    for part in sections:
        for field in part["fields"]:
            field.update(fields.get(field["name"].replace("-", "_"), {}))
    return {"name": name, "role": "member", "sections": sections}


def stored(session):
    session.rollback()
    return [(it.name, it.role, it.version) for it in form_layouts.list_all(session)]


def test_what_was_exported_is_imported_as_it_was(migrated, session):
    assert json.loads(run(migrated, "layouts", "export").stdout) == {"version": 1, "layouts": []}
    file = given(entry(imap_host={"default": "mail.{domain}", "label": {"pl": "Serwer"}, "show": "hidden"}))
    done = run(migrated, "layouts", "import", given=file)
    assert (done.returncode, done.stderr) == (0, "Added 'Zespół', version 1.\n")
    assert stored(session) == [("Zespół", "member", 1)]
    exported = run(migrated, "layouts", "export").stdout
    assert json.loads(exported) == json.loads(file)
    again = run(migrated, "layouts", "import", given=exported)
    assert again.stderr == "Left 'Zespół', version 1.\n"


@ON_SQLITE
def test_a_layout_for_clients_stays_one(migrated, session):
    file = given({**entry("Sites"), "role": None, "for-clients": True}, {**entry("All"), "role": None})
    run(migrated, "layouts", "import", given=file)
    session.rollback()
    assert [(it.name, it.for_clients) for it in form_layouts.list_all(session)] == [("Sites", True), ("All", False)]
    assert json.loads(run(migrated, "layouts", "export").stdout) == json.loads(file)
    run(migrated, "layouts", "import", given=given({**entry("Sites"), "role": None}))
    session.rollback()
    assert not form_layouts.list_all(session)[0].for_clients


@ON_SQLITE
def test_the_file_says_what_changes_and_comes_first(migrated, session):
    other = cast.form_layout(session).name
    run(migrated, "layouts", "import", given=given(entry("A"), entry("B")))
    done = run(migrated, "layouts", "import", given=given(entry("B"), entry("A", colour={"show": "hidden"})))
    assert done.stderr == "Left 'B', version 1.\nChanged 'A', version 2.\n"
    assert [name for name, *_rest in stored(session)] == ["B", "A", other]


@ON_SQLITE
@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("", "not JSON"),
        ("[]", "must be an object"),
        ('{"version": 2, "layouts": []}', '"version": 1'),
        ('{"version": 1}', "a list"),
        ('{"version": 1, "layouts": [1]}', "layouts[0]"),
        (given({"name": "", "sections": []}), "layouts[0].name"),
        (given({**entry(), "role": "boss"}), "layouts[0].role"),
        (given({**entry(), "for-clients": True}), "layouts[0].for-clients"),
        (given({**entry(), "role": None, "for-clients": "yes"}), "layouts[0].for-clients"),
        (given(entry("A"), entry("A")), "the same name"),
        (given({"name": "A", "sections": [{"section": "fax"}]}), "layouts[0].sections[0].section"),
        (
            given({"name": "A", "sections": [{"section": "imap", "fields": [{"name": "fax"}]}]}),
            "there is no field 'fax'",
        ),
        (given(entry("A"), entry("B", imap_password={"default": "x"})), "imap-password cannot have a default"),
        (given(entry("A"), entry("B", email={"show": "hidden"})), "email must be shown"),
        (given(entry("A"), entry("B", imap_port={"default": "99999"})), "a default that the form would refuse"),
    ],
)
def test_a_file_that_cannot_be_used_changes_nothing(migrated, session, file, said):
    before = stored(session)
    assert said in one_line(run(migrated, "layouts", "import", given=file), 2)
    assert stored(session) == before
