"""A password is found nowhere but sealed: not in the pages, the database, the queue's file, the logs or the output."""

import pytest
from playwright.sync_api import Page

from tests.servers.fixtures import PASSWORD

WRONG = "canary-7c41-password"


def assert_secret(page: Page) -> None:
    source = page.content()
    assert WRONG not in source
    assert PASSWORD not in source


def test_a_password_is_found_nowhere_but_sealed(form, house):
    page = form.page
    form.open()
    form.fill_in(password=WRONG)
    form.press("Test connection")
    form.wait_for_the_verdict()
    assert_secret(page)
    page.reload()
    assert_secret(page)
    form.retype_password(PASSWORD)
    form.save()
    assert_secret(page)
    page.goto("/accounts/")
    assert_secret(page)

    files = {path: path.read_bytes() for path in house.data.rglob("*") if path.is_file()}
    files[house.log] = house.log.read_bytes()
    everything = b"".join(files.values())
    assert form.email.encode() in everything, "the database was not among the files that were read"
    assert b"connection_tests.run" in everything, "the queue's file was not among the files that were read"
    for secret in (WRONG, PASSWORD):
        found = [str(path) for path, content in files.items() if secret.encode() in content]
        assert found == []


@pytest.mark.parametrize("scripted", [True], indirect=True)
def test_the_address_bar_never_holds_what_was_typed(form):
    form.add()
    seen: list[str] = []
    form.page.on("request", lambda request: seen.append(request.url))
    form.page.locator("#name").fill("Office")
    form.press("Save changes")
    form.page.get_by_role("heading", name="Office").wait_for()
    assert seen
    assert not [url for url in seen if "?" in url and "/static/" not in url]
