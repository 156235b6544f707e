"""Stationery as a person without a script uses it: made, previewed, illustrated, changed, copied, deleted."""

import io

import pytest
from sqlalchemy import select

from app.extensions import current_config
from app.models import Account, Stationery, StationeryImage
from app.stationery import STARTERS, Starter
from tests import cast
from tests.cast import PIXEL
from tests.web.page import Page, Visitor

FRAME = "<div data-content></div>"


def image(data: bytes = PIXEL, name: str = "Logo firmy.png") -> tuple[io.BytesIO, str]:
    return io.BytesIO(data), name


def make(client: Visitor, name: str = "Firmowa", source: str = FRAME) -> Page:
    return client.submit(client.visit("/stationery/new"), design_name=name, design_html=source)


def frame(client: Visitor, page: Page) -> str:
    """Return the document in the frame of the preview."""
    response = client.client.get(page.one("iframe").attrib["src"], headers={"Accept-Language": client.language})
    assert response.status_code == 200
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script" not in policy
    return str(response.get_data(as_text=True))


def test_a_member_makes_one_and_finds_it_in_the_list(client):
    page = client.visit("/stationery/")
    assert "No stationery yet" in page.text
    page = make(client)
    assert page.title == "Firmowa"
    assert "saved" in page.said("notices")
    page = client.visit("/stationery/")
    assert "No account uses it" in page.text
    assert [link.attrib["aria-current"] for link in page.all("a", href="/stationery/") if "aria-current" in link.attrib]


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"design_name": ""}, "design-name", "Type a name"),
        ({"design_name": "x" * 101}, "design-name", "Shorten"),
        ({"design_name": "a\tb"}, "design-name", "one line"),
        ({"design_html": "text"}, "design-html", "Add the place"),
        ({"design_html": FRAME * 2}, "design-html", "only one place"),
        ({"design_html": FRAME + "{sender.nmae}"}, "design-html", "{sender.nmae}"),
        ({"design_html": FRAME + "<img src='cid:logo'>"}, "design-html", "no image “logo”"),
        ({"design_html": "<div data-content>x</div>"}, "design-html", "empty"),
        ({"design_html": f"<li>{FRAME}</li>"}, "design-html", "table cell"),
        ({"design_html": FRAME + "x" * 60_000}, "design-html", "Shorten"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_is_lost(client, session, typed, field, words):
    both = {"design_name": "Firmowa", "design_html": "<b>Żółw</b>" + FRAME} | typed
    page = client.submit(client.visit("/stationery/new"), **both)
    assert page.status == 422
    assert words in page.said(f"{field}-error")
    assert words in page.said("stationery-summary")
    assert page.value("design-name") == both["design_name"].strip()
    assert page.value("design-html").strip() == both["design_html"]
    assert session.scalars(select(Stationery)).all() == []


def test_what_is_taken_out_is_said(client):
    page = make(client, source=FRAME + "<script>alert(1)</script><p onclick=x>x</p>")
    assert "<script>" in page.said("notices")
    assert "alert" not in page.value("design-html")


def test_a_name_is_taken_once(client):
    make(client)
    page = make(client)
    assert page.status == 422
    assert "different" in page.said("design-name-error")


def test_the_preview_shows_what_is_typed_before_it_is_saved(client):
    page = client.visit("/stationery/new")
    assert "Biuro" in frame(client, page)
    typed = {
        "design_html": f"<p>Nowy {{account.name}}</p>{FRAME}<script>x</script>",
        "scheme": "dark",
        "width": "phone",
    }
    page = client.submit(page, button="Update the preview", **typed)
    document = frame(client, page)
    assert "<p>Nowy Biuro</p>" in document
    assert '<meta name="color-scheme" content="dark">' in document
    assert "Good morning" in document
    assert "<script" not in document
    assert "stationery-preview-phone" in page.field("stationery-preview").attrib["class"]
    assert page.all(id="stationery-width-phone", checked="")
    page = client.submit(page, button="Update the preview", design_html="no place")
    assert not page.all("iframe")
    assert "Add the place" in page.said("stationery-preview")


def test_htmx_gets_only_the_preview(client):
    page = client.visit("/stationery/new")
    page = client.submit(page, button="Update the preview", htmx=True, design_html=f"<p>Nowy</p>{FRAME}")
    assert not page.is_document
    assert not page.all("form")
    assert "<p>Nowy</p>" in frame(client, page)


def test_a_sketch_is_seen_by_its_author_only(client, admin_client):
    page = client.visit("/stationery/new")
    page = client.submit(page, button="Update the preview", design_html=f"<p>Nowy</p>{FRAME}")
    assert admin_client.client.get(page.one("iframe").attrib["src"]).status_code == 404


def test_a_starter_replaces_another_but_nothing_that_was_typed(client):
    page = client.submit(client.visit("/stationery/new"), button="Card", design_name="Moja")
    assert page.value("design-html").strip() == STARTERS[Starter.CARD].strip()
    assert page.value("design-name") == "Moja"
    page = client.submit(page, button="Letter", design_html="<p>mine</p>")
    assert page.value("design-html").strip() == "<p>mine</p>"
    assert "Press the button once more" in page.said("stationery-sure")
    page = client.submit(page, button="Letter")
    assert page.value("design-html").strip() == STARTERS[Starter.LETTER].strip()


def test_an_image_is_added_shown_and_sent_by_a_name_of_its_own(client, session):
    page = client.submit(
        client.visit("/stationery/new"),
        button="Add image",
        design_name="Moja",
        design_image=image(),
        design_html="draft",
    )
    assert page.status == 200
    assert page.value("design-html").strip() == "draft"
    assert 'src="cid:logo-firmy"' in page.said("stationery-images")
    page = client.submit(page, design_html=f'{FRAME}<img src="cid:logo-firmy" alt="Logo">')
    assert page.title == "Moja"
    (stored,) = session.scalars(select(StationeryImage))
    address = f"/stationery/images/{stored.content_id}"
    assert f'src="{address}"' in frame(client, page)
    shown = client.client.get(address)
    assert (shown.data, shown.mimetype) == (PIXEL, "image/png")
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    page = client.submit(page, button="Remove")
    assert page.status == 422
    assert "still shows" in page.said("design-image-error")
    page = client.submit(client.submit(page, design_html=FRAME), button="Remove")
    assert "cid:" not in page.said("stationery-images")
    assert client.client.get(address).status_code == 404


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "Choose an image"),
        (b"<svg onload='alert(1)'/>", "PNG, JPEG or GIF"),
        (PIXEL + b"\0" * (1024 * 1024), "smaller"),
    ],
    ids=["none", "no image", "too large"],
)
def test_a_file_that_cannot_be_used_is_refused_beside_its_field(client, data, words):
    page = client.visit("/stationery/new")
    page = client.submit(page, button="Add image", design_name="Moja", design_image=image(data))
    assert page.status == 422
    assert words in page.said("design-image-error")
    assert page.value("design-name") == "Moja"


@pytest.mark.parametrize("htmx", [False, True])
def test_the_longest_design_is_heard_whatever_its_script(client, htmx):
    page = client.visit("/stationery/new")
    source = FRAME + "ż" * (60_000 - len(FRAME))
    assert client.submit(page, button="Update the preview", htmx=htmx, design_html=source).all("iframe")
    too_long = client.submit(page, button="Update the preview", htmx=htmx, design_html="ż" * 90_000)
    assert "Shorten" in too_long.said("stationery-preview")


def test_far_too_much_is_answered_with_a_page(client):
    page = client.visit("/stationery/new")
    page = client.submit(page, button="Add image", design_image=image(b"\0" * (9 * 1024 * 1024)))
    assert page.status == 413


def test_a_file_that_was_chosen_and_not_yet_added_comes_along_with_the_design(client):
    page = client.submit(
        client.visit("/stationery/new"),
        design_name="Moja",
        design_html=f'{FRAME}<img src="cid:logo-firmy">',
        design_image=image(),
    )
    assert page.title == "Moja"
    assert 'src="cid:logo-firmy"' in page.said("stationery-images")


def test_the_second_of_two_is_told_and_keeps_what_was_typed(client, admin_client):
    page = make(client)
    theirs = admin_client.submit(admin_client.visit("/stationery/1"), design_name="Theirs")
    assert theirs.title == "Theirs"
    page = client.submit(page, design_html=f"<p>mine</p>{FRAME}")
    assert page.status == 422
    assert "Somebody else has saved" in page.text
    assert page.value("design-html").strip() == f"<p>mine</p>{FRAME}"
    page = client.submit(page, button="Replace theirs with mine")
    assert "saved" in page.said("notices")
    assert "<p>mine</p>" in page.value("design-html")
    assert page.title == "Firmowa"


def test_what_was_deleted_meanwhile_is_added_anew(client, admin_client):
    page = make(client)
    admin_client.submit(admin_client.visit("/stationery/1/remove"))
    page = client.submit(page, design_name="Z powrotem")
    assert page.status == 404
    assert "deleted this stationery meanwhile" in page.text
    page = client.submit(page)
    assert page.title == "Z powrotem"


def test_a_copy_is_another_one(client, session):
    stored = cast.stationery(session)
    page = client.visit("/stationery/")
    page = client.submit(page, page.form(f"/stationery/{stored.id}/duplicate"))
    assert page.title == f"{stored.name}, copy"
    page = client.submit(page, design_name="Druga")
    assert {it.name for it in session.scalars(select(Stationery))} == {stored.name, "Druga"}


def test_one_is_the_default_until_another_is(client, session):
    first, second = cast.stationery(session), cast.stationery(session)
    for chosen in (first, second, second):
        page = client.visit("/stationery/")
        page = client.submit(page, page.form(f"/stationery/{chosen.id}/default"), button=page_button(page, chosen))
    session.expire_all()
    assert not first.is_default
    assert not second.is_default
    assert "The default" not in page.text


def page_button(page: Page, stored: Stationery) -> str:
    form = page.form(f"/stationery/{stored.id}/default")
    return "".join(next(form.iter("button")).itertext())


def test_deleting_says_by_which_accounts_it_is_used_and_they_get_the_default(client, session, app):
    stored, default = cast.stationery(session), cast.stationery(session, default=True)
    with app.app_context():
        account = cast.account(session, current_config().vault)
    account.stationery_id = stored.id
    session.commit()
    assert f"Used by {account.name}" in client.visit("/stationery/").text
    page = client.visit(f"/stationery/{stored.id}/remove")
    assert "One account uses it" in page.text
    assert account.email in page.text
    assert default.name in page.text
    page = client.submit(page)
    assert "is deleted" in page.said("notices")
    assert client.visit(f"/stationery/{stored.id}").status == 404
    session.expire_all()
    assert session.get_one(Account, account.id).stationery_id is None


def test_a_stored_design_is_sanitised_again_when_it_is_shown(client, session):
    stored = cast.stationery(session)
    stored.html = '<script>alert(1)</script><p onclick="x" style="background: url(//x.test)">x</p>'
    session.commit()
    document = client.client.get(f"/stationery/{stored.id}/sample").get_data(as_text=True)
    assert "<p>x</p>" in document
    assert "alert" not in document
    assert "x.test" not in document
