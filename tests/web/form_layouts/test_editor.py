"""The editor as an administrator uses it without a script, its versions, and what it refuses."""

import pytest
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from app import embed
from app.clock import now
from app.embed import ClientDetails
from app.form_layouts import Visibility, Words
from app.models import FormLayout, Role
from tests import cast
from tests.web.page import Page, Visitor, words


def order(page: Page) -> str:
    return " ".join(it.attrib["value"] for it in page.all("input", name="place"))


def editor(client: Visitor, layout) -> Page:
    return client.visit(f"/form-layouts/{layout.id}")


def move(client: Visitor, page: Page, what: str) -> Page:
    """Press one of the buttons that move."""
    name, direction = what.split()
    form, button = page.form(), page.one("button", id=f"{name}-{direction}")
    posted = [(it.attrib["name"], it.attrib.get("value", "")) for it in form.iter("input") if "name" in it.attrib]
    posted = [(name, value) for name, value in posted if not name.endswith(("-read-only", "-required"))]
    posted += [(it.attrib["name"], page.value(it.attrib["name"]) or "") for it in form.iter("select")]
    return client.post(button.attrib["formaction"], MultiDict([*posted, ("move", button.attrib["value"])]))


def test_only_administrators_have_layouts(client, admin_client, lay_out):
    layout = lay_out()
    assert not [it for it in client.visit("/accounts/").all("a") if "/form-layouts/" in it.attrib["href"]]
    assert [it for it in admin_client.visit("/accounts/").all("a") if it.attrib["href"] == "/form-layouts/"]
    for url in ("", f"{layout.id}", f"{layout.id}/versions", f"{layout.id}/remove"):
        assert client.visit(f"/form-layouts/{url}").status == 403
        assert admin_client.visit(f"/form-layouts/{url}").status == 200
    token = client.visit("/accounts/new").all(name="csrf_token")[0].attrib["value"]
    for url in ("", f"{layout.id}", f"{layout.id}/arrange", f"{layout.id}/restore", f"{layout.id}/remove"):
        assert client.post(f"/form-layouts/{url}", {"csrf_token": token, "name": "Mine"}).status == 403


def test_a_layout_is_added_and_in_force_and_it_is_said_why(admin_client):
    page = admin_client.visit("/form-layouts/")
    assert "Members get the built-in layout" in page.text
    page = admin_client.submit(page, name="Zespół", role="member")
    assert page.title == "Layout “Zespół”"
    page = admin_client.visit("/form-layouts/")
    assert "Members get “Zespół”: it is for members, and the first that fits them." in page.text
    assert "Administrators get the built-in layout: no other fits them." in page.text


@pytest.mark.parametrize(
    ("name", "said"), [("", "Type a name"), ("x" * 101, "at most 100"), ("Team", "Another layout")]
)
def test_a_layout_needs_a_name_of_its_own(admin_client, name, said):
    def add(name):
        page = admin_client.visit("/form-layouts/")
        return admin_client.submit(page, page.one("form", id="new-layout"), name=name)

    add("Team")
    page = add(name)
    assert page.status == 422
    assert said in page.said("name-error")
    assert page.value("name") == name


def test_the_first_that_fits_wins_and_the_order_can_be_changed(admin_client, lay_out):
    first, second = lay_out(), lay_out(role=Role.MEMBER)
    assert f"Members get “{first.name}”: it is for everybody" in admin_client.visit("/form-layouts/").text
    page = admin_client.visit("/form-layouts/")
    form = page.one("form", action=f"/form-layouts/{second.id}/order")
    page = admin_client.submit(page, form, button="↑")
    assert f"Members get “{second.name}”: it is for members" in page.text
    assert f"Administrators get “{first.name}”: it is for everybody" in page.text


def test_a_layout_for_embedded_forms_is_nobodys_and_it_is_said_who_chose_it(admin_client, session):
    page = admin_client.submit(admin_client.visit("/form-layouts/"), name="Sites", role="clients")
    assert "For: Only embedded forms that choose it." in page.text
    (layout,) = session.scalars(select(FormLayout))
    assert (layout.for_clients, layout.role) == (True, None)
    page = admin_client.visit("/form-layouts/")
    assert "Members get the built-in layout" in page.text
    assert words(page.one(class_="layouts")).count("Not in use") == 1
    chosen = ClientDetails("Helpdesk", layout_id=layout.id)
    for details in (chosen, ClientDetails("Webmail")):
        embed.register(session, details, now=now())
    session.commit()
    page = admin_client.visit("/form-layouts/")
    assert "The form in “Helpdesk” gets “Sites”: it was chosen for it." in page.text
    assert "The form in “Webmail” gets the built-in layout: no other was chosen or fits." in page.text
    assert "Not in use" not in page.text
    cast.form_layout(session)
    assert "The form in “Webmail” gets “Układ" in admin_client.visit("/form-layouts/").text


def test_buttons_move_fields_and_sections_and_save_nothing(admin_client, lay_out):
    layout = lay_out()
    page = move(admin_client, editor(admin_client, layout), "colour up")
    assert order(page).startswith("identity name colour email imap")
    assert "autofocus" in page.one("button", id="colour-up").attrib
    page = move(admin_client, page, "colour up")
    # At the top there is no way up, so the button beside it has the cursor.
    assert "disabled" in page.one("button", id="colour-up").attrib
    assert "autofocus" in page.one("button", id="colour-down").attrib
    page = move(admin_client, page, "smtp up")
    assert order(page).startswith("identity colour name email smtp smtp-host")
    assert order(editor(admin_client, layout)).startswith("identity name email colour imap")
    page = admin_client.submit(page, button="Save this version")
    assert "Version 3 is saved" in page.said("notices")
    assert order(page).startswith("identity colour name email smtp smtp-host")


def test_a_field_moves_into_the_section_that_is_chosen(admin_client, lay_out):
    page = editor(admin_client, lay_out())
    page = admin_client.submit(page, button="Update the preview", fast_mode_section="advanced")
    assert order(page).endswith("advanced stationery active fast-mode")


def test_everything_that_was_set_is_saved_and_shown_again(admin_client, client, lay_out):
    layout = lay_out()
    page = admin_client.submit(
        editor(admin_client, layout),
        button="Save this version",
        imap_host_show="hidden",
        imap_host_default=" mail.{domain} ",
        imap_title_pl="Poczta",
        fast_mode_show="additional",
        colour_label_en="Tint",
        colour_hint_pl="Wybierz",
        smtp_port_default="587",
        smtp_port_read_only=True,
    )
    assert "is saved" in page.said("notices")
    assert page.value("imap-host-show") == "hidden"
    assert page.value("imap-host-default") == "mail.{domain}"
    assert page.said("imap-host-default-source") == "For biuro@infirma.pl this is mail.infirma.pl."
    assert page.value("colour-label-en") == "Tint"
    form = client.visit("/accounts/new")
    assert not form.all(id="imap-host")
    assert not form.all(id="fast-mode")
    assert "Tint" in form.said("colour-row")
    assert form.value("smtp-port") == "587"


def test_what_is_wrong_is_said_at_its_input_and_nothing_typed_is_lost(admin_client, lay_out):
    layout = lay_out()
    page = admin_client.submit(
        editor(admin_client, layout),
        button="Save this version",
        imap_port_show="hidden",
        imap_host_default="mail.{domian}",
        name_label_en="x" * 101,
        colour_label_en="Tint",
    )
    assert page.status == 422
    assert "Give this field a default or show it" in page.said("imap-port-show-error")
    assert "only {address}, {local} and {domain}" in page.said("imap-host-default-error")
    assert "at most 100" in page.said("name-label-en-error")
    assert len(list(page.one(id="error-summary").iter("a"))) == 3
    assert page.value("imap-host-default") == "mail.{domian}"
    assert page.value("colour-label-en") == "Tint"
    assert order(editor(admin_client, layout)).startswith("identity name")
    assert "Version 2." in editor(admin_client, layout).text


def test_the_dry_run_refuses_a_form_that_nobody_could_fill_in(admin_client, lay_out, session):
    # There is no stationery yet, so nobody could choose any.
    page = admin_client.submit(editor(admin_client, lay_out()), button="Save this version", stationery_required=True)
    assert page.status == 422
    assert page.said("stationery-required-error") == "Choose a stationery."
    cast.stationery(session)
    page = admin_client.submit(page, button="Save this version")
    assert "is saved" in page.said("notices")


def test_the_second_of_two_administrators_is_told_and_loses_nothing(admin_client, lay_out):
    layout = lay_out()
    one, other = editor(admin_client, layout), editor(admin_client, layout)
    admin_client.submit(one, button="Save this version", colour_show="hidden")
    page = admin_client.submit(other, button="Save this version", colour_label_en="Tint")
    assert page.status == 422
    assert "Somebody else has saved version 3 meanwhile, so nothing was saved." in page.text
    assert page.value("colour-label-en") == "Tint"
    again = admin_client.submit(page, button="Save this version")
    assert "nothing was saved" in again.text
    page = admin_client.submit(again, button="Save mine after version 3")
    assert "Version 4 is saved" in page.said("notices")
    assert page.value("colour-label-en") == "Tint"


def test_versions_are_compared_restored_and_reset(admin_client, lay_out):
    layout = lay_out(
        colour={"visibility": Visibility.HIDDEN, "label": Words(en="Tint <b>")},
        imap_host={"default": "mail.{domain}"},
    )
    page = admin_client.visit(f"/form-layouts/{layout.id}/versions")
    rows = [", ".join(words(cell) for cell in row) for row in page.all("tr")[1:]]
    assert rows == [
        "Colour, Where it is shown, Shown, Hidden",
        "Colour, English label, Nothing, Tint <b>",
        "Incoming mail (IMAP): Server, Default, Nothing, mail.{domain}",
    ]
    assert "adam@firma.test" in page.text
    restoring = page.all("form", action=f"/form-layouts/{layout.id}/restore")
    page = admin_client.submit(page, restoring[0], button="Restore")
    assert "The version is restored." in page.said("notices")
    assert "Version 3 Current" in page.text
    assert "Nothing differs" in admin_client.visit(f"/form-layouts/{layout.id}/versions?older=1&newer=3").text
    resetting = page.all("form", action=f"/form-layouts/{layout.id}/restore")[-1]
    page = admin_client.submit(page, resetting, button="Reset to the built-in layout")
    assert "The built-in layout is restored." in page.said("notices")
    assert "Version 4 Current" in page.text


@pytest.mark.parametrize("query", ["older=99", "newer=99", "older=x&newer=-1", "older=1&newer=" + "9" * 40])
def test_versions_that_are_not_there(admin_client, lay_out, query):
    assert admin_client.visit(f"/form-layouts/{lay_out().id}/versions?{query}").status in (200, 404)


def test_a_layout_is_removed(admin_client, lay_out):
    layout = lay_out()
    page = admin_client.submit(admin_client.visit(f"/form-layouts/{layout.id}/remove"))
    assert "is deleted" in page.said("notices")
    assert editor(admin_client, layout).status == 404


def test_the_preview_is_the_real_form_in_a_frame_that_can_do_nothing(admin_client, lay_out):
    page = editor(admin_client, lay_out(imap_host={"default": "mail.{domain}"}))
    frame = page.one("iframe")
    assert frame.attrib["sandbox"] == "allow-same-origin"
    assert 'id="account-form"' in frame.attrib["srcdoc"]
    assert 'value="mail.infirma.pl"' in frame.attrib["srcdoc"]
    assert "<script" not in frame.attrib["srcdoc"]
    assert not page.all(id="account-form")


def test_the_preview_follows_what_stands_in_the_editor(admin_client, lay_out):
    page = editor(admin_client, lay_out())
    frame = admin_client.submit(page, button="Update the preview", htmx=True, colour_show="hidden").one("iframe")
    assert 'id="colour"' not in frame.attrib["srcdoc"]
    page = admin_client.submit(page, button="Update the preview", htmx=True, imap_host_default="{")
    assert "There is no preview" in page.text


@pytest.mark.parametrize("places", [[], ["imap"], ["name"], ["identity", "identity"], ["identity", "fax"]])
def test_what_no_editor_sends_is_refused(admin_client, lay_out, places):
    layout = lay_out()
    token = editor(admin_client, layout).all(name="csrf_token")[0].attrib["value"]
    page = admin_client.post(
        f"/form-layouts/{layout.id}", MultiDict([("csrf_token", token), *(("place", it) for it in places)])
    )
    assert page.status == 422
