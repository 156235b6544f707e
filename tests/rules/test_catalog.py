"""The catalog is the form: the same names, in the form, in the stored details and in the layout."""

from flask import Flask

from app.accounts import AccountDetails
from app.form_layouts import BUILT_IN, CATALOG, FIELD_NAMES
from app.web.accounts.form_fields import DEFAULTS
from app.web.accounts.forms import AccountForm
from app.web.accounts.opened import Opened
from app.web.accounts.wording import LABELS, LOOKS


def test_the_form_has_exactly_the_fields_of_the_catalog():
    with Flask("rules").test_request_context():
        form = AccountForm(BUILT_IN, DEFAULTS, Opened.fresh(additional=True))
        assert {field.name for field in form} | set(form.idle) == set(FIELD_NAMES)


def test_every_field_has_a_label_and_a_look():
    assert set(LABELS) == set(FIELD_NAMES)
    assert set(LOOKS) == set(FIELD_NAMES)


def test_every_field_is_stored():
    # A certificate to trust is chosen in a verdict, never typed.
    stored = {name.replace("_", "-") for name in AccountDetails.__dataclass_fields__} - {"imap-pin", "smtp-pin"}
    assert stored == set(FIELD_NAMES)


def test_names_are_unique_and_the_layout_has_all_of_them():
    assert len(FIELD_NAMES) == len(set(FIELD_NAMES)) == len(CATALOG)
    assert BUILT_IN.names == set(FIELD_NAMES)
    assert BUILT_IN.additional_names == {"stationery", "active"}
