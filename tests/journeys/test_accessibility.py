"""axe finds nothing, on every page and in every state, light and dark, wide and narrow."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()


@pytest.fixture
def scripted() -> bool:
    """Axe is a script itself."""
    return True


def findings(page: Page) -> list[str]:
    # Evaluated, not added as an element: the content security policy would refuse that.
    page.evaluate(AXE)
    violations = page.evaluate("axe.run().then(result => result.violations)")
    return [f"{it['id']}: {it['help']} {[node['html'] for node in it['nodes']][:3]}" for it in violations]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_and_state_is_accessible(form, scheme, width):
    page = form.page
    # Without motion, and afresh: on its way from light to dark a colour passes through ones that nobody is to read.
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})
    page.reload()
    found: dict[str, list[str]] = {"password": findings(page)}

    page.goto("/accounts/")
    found["empty list"] = findings(page)
    form.open()
    found["new account"] = findings(page)
    form.press("Save changes")
    expect(page.locator("#error-summary")).to_be_visible()
    found["errors"] = findings(page)
    form.open()
    form.fill_in(password="wrong")
    found["suggestions"] = findings(page)
    form.press("Test connection")
    form.wait_for_the_verdict()
    found["failed test"] = findings(page)
    page.reload()
    form.retype_password(form.password)
    form.save()
    found["saved"] = findings(page)
    page.get_by_role("button", name="Show additional data").click()
    expect(page.locator("#active")).to_be_visible()
    found["additional data"] = findings(page)
    page.goto("/accounts/")
    found["list"] = findings(page)
    page.get_by_role("link", name="Delete Biuro").click()
    found["deletion"] = findings(page)
    page.get_by_role("button", name="Sign out").click()
    found["sign-in"] = findings(page)
    assert {state: what for state, what in found.items() if what} == {}
