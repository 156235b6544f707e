"""What a page weighs: the form page in at most 30 kB and four requests (the favicon aside)."""

import gzip

import pytest


@pytest.mark.parametrize("url", ["/accounts/", "/accounts/new"])
def test_a_page_and_all_it_needs_is_small(client, url):
    page = client.visit(url)
    parts = [link.attrib["href"] for link in page.all("link", rel="stylesheet")]
    parts += [script.attrib["src"] for script in page.all("script")]
    weight = len(gzip.compress(page.source.encode())) + sum(
        len(client.client.get(part, headers={"Accept-Encoding": "gzip"}).data) for part in parts
    )
    assert not page.all("img")
    assert 1 + len(parts) <= 4
    assert weight <= 30 * 1024, f"{weight} bytes"


def test_every_route_that_shows_something_is_a_valid_page(admin_client, app):
    without_arguments = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and not rule.arguments
        and rule.endpoint not in ("health.healthz", "health.metrics")
    ]
    assert "/accounts/new" in without_arguments
    statuses = {url: admin_client.visit(url).status for url in without_arguments}
    assert set(statuses.values()) == {200}, statuses
