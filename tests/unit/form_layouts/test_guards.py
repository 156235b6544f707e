"""What a layout must not do to the form."""

from dataclasses import replace

import pytest

from app.form_layouts import BUILT_IN, Layout, Refusal, Visibility, Words, objections

HIDDEN = Visibility.HIDDEN


def changed(layout: Layout = BUILT_IN, **fields: dict[str, object]) -> Layout:
    """Return ``layout`` with other settings (``imap_host`` for ``imap-host``)."""
    for name, settings in fields.items():
        layout = layout.with_place(replace(layout.by_name[name.replace("_", "-")], **settings))
    return layout


def refused(layout: Layout) -> set[tuple[str, str, Refusal]]:
    return {(it.field, it.setting, it.refusal) for it in objections(layout)}


def test_the_built_in_layout_is_allowed():
    assert objections(BUILT_IN) == ()


def test_what_only_the_person_knows_is_always_asked():
    for visibility in (HIDDEN, Visibility.ADDITIONAL):
        layout = changed(email={"visibility": visibility}, imap_password={"visibility": visibility})
        assert refused(layout) == {
            ("email", "show", Refusal.MUST_BE_SHOWN),
            ("imap-password", "show", Refusal.MUST_BE_SHOWN),
        }
    assert refused(changed(email={"read_only": True})) == {("email", "read-only", Refusal.MUST_BE_TYPED)}


@pytest.mark.parametrize("name", ["name", "imap_host", "imap_port", "imap_username", "smtp_host", "smtp_port"])
def test_a_required_field_can_be_taken_away_only_with_a_default(name):
    field = name.replace("_", "-")
    assert refused(changed(**{name: {"visibility": HIDDEN}})) == {(field, "show", Refusal.HIDDEN_WITHOUT_DEFAULT)}
    assert refused(changed(**{name: {"read_only": True}})) == {(field, "read-only", Refusal.READ_ONLY_WITHOUT_DEFAULT)}
    default = "993" if "port" in name else "mail.{domain}"
    assert refused(changed(**{name: {"visibility": HIDDEN, "default": default}})) == set()


@pytest.mark.parametrize("name", ["colour", "imap_security", "fast_mode", "stationery", "active", "smtp_auth"])
def test_what_is_not_required_can_be_hidden(name):
    assert refused(changed(**{name: {"visibility": HIDDEN}})) == set()


@pytest.mark.parametrize("name", ["email", "imap_password", "smtp_password", "stationery"])
def test_some_fields_have_no_default(name):
    layout = changed(**{name: {"default": "x"}})
    assert refused(layout) == {(name.replace("_", "-"), "default", Refusal.NO_DEFAULT_HERE)}


def test_the_outgoing_password_can_be_hidden_where_nothing_asks_for_it():
    hidden = {"visibility": HIDDEN}
    needed = {("smtp-password", "show", Refusal.OWN_CREDENTIALS_NEEDED)}
    assert refused(changed(smtp_password=hidden)) == needed
    assert refused(changed(smtp_password=hidden, smtp_same_credentials=hidden)) == set()
    assert refused(changed(smtp_password=hidden, smtp_auth={**hidden, "default": "off"})) == set()
    assert refused(changed(smtp_password=hidden, smtp_same_credentials={**hidden, "default": "off"})) == needed
    assert refused(changed(smtp_password=hidden, smtp_same_credentials={"default": "on"})) == needed


@pytest.mark.parametrize(
    ("name", "default", "refusal"),
    [
        ("imap-host", "mail.{domian}", Refusal.UNKNOWN_PLACEHOLDER),
        ("imap-host", "{domain", Refusal.UNKNOWN_PLACEHOLDER),
        ("imap-host", "{{domain}}", Refusal.UNKNOWN_PLACEHOLDER),
        ("imap-host", "{domain.__class__}", Refusal.UNKNOWN_PLACEHOLDER),
        ("imap-host", "{0}", Refusal.UNKNOWN_PLACEHOLDER),
        ("imap-host", "http://x.pl/", Refusal.DEFAULT_INVALID),
        ("imap-host", "{address}", Refusal.DEFAULT_INVALID),
        ("imap-port", "{domain}", Refusal.NO_TEMPLATE_HERE),
        ("imap-port", "0", Refusal.DEFAULT_INVALID),
        ("imap-port", "65536", Refusal.DEFAULT_INVALID),
        ("imap-security", "ssl", Refusal.DEFAULT_INVALID),
        ("fast-mode", "yes", Refusal.DEFAULT_INVALID),
        ("colour", "red", Refusal.DEFAULT_INVALID),
        ("name", "a\u200b", Refusal.DEFAULT_INVALID),
        ("name", "x" * 201, Refusal.DEFAULT_INVALID),
    ],
)
def test_a_default_that_makes_no_sense_is_refused(name, default, refusal):
    assert refused(changed(**{name: {"default": default}})) == {(name, "default", refusal)}


def test_only_what_the_catalog_leaves_open_can_be_required():
    assert refused(changed(stationery={"required": True})) == set()
    assert refused(changed(colour={"required": True})) == {("colour", "required", Refusal.REQUIRED_IS_FIXED)}


def test_texts_have_an_end_and_one_line():
    layout = changed(name={"label": Words(en="x" * 101), "hint": Words(pl="a\nb")})
    assert refused(layout) == {("name", "label-en", Refusal.TOO_LONG), ("name", "hint-pl", Refusal.NOT_ONE_LINE)}
