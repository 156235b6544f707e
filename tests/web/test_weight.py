"""What a page weighs: the form page at most 30 kB in four requests (the favicon aside), in a frame 20 kB in three."""

import gzip
from urllib.parse import urlsplit

import pytest

from tests import cast
from tests.web.page import Visitor


def weigh(client: Visitor, url: str) -> tuple[int, int]:
    """Return how many bytes and requests a page takes, with its style sheets and scripts."""
    page = client.visit(url)
    assert page.status == 200
    assert not page.all("img")
    parts = [link.attrib["href"] for link in page.all("link", rel="stylesheet")]
    parts += [script.attrib["src"] for script in page.all("script")]
    served = [client.client.get(part, headers={"Accept-Encoding": "gzip"}) for part in parts]
    assert {it.headers.get("Content-Encoding") for it in served} == {"gzip"}
    return len(gzip.compress(page.source.encode())) + sum(len(it.data) for it in served), 1 + len(parts)


@pytest.mark.parametrize("url", ["/accounts/", "/accounts/new"])
def test_a_page_and_all_it_needs_is_small(client, url):
    weight, requests = weigh(client, url)
    assert requests <= 4
    assert weight <= 30 * 1024, f"{weight} bytes"


@pytest.mark.parametrize("language", ["en", "pl"])
@pytest.mark.parametrize("email", [None, "biuro@infirma.pl"])
def test_the_form_in_a_frame_is_smaller_still(visitor, session, language, email):
    _client, key = cast.embed_client(session)
    asked = visitor.client.post(
        "/api/embed-links", json={"email": email, "name": "Biuro"}, headers={"Authorization": f"Bearer {key}"}
    )
    visitor.language = language
    weight, requests = weigh(visitor, urlsplit(asked.json["url"]).path)
    assert requests <= 3
    assert weight <= 20 * 1024, f"{weight} bytes"


def test_every_route_that_shows_something_is_a_valid_page(admin_client, app):
    without_arguments = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and not rule.arguments
        # The end of a host page's form makes no sense without the sections that it names.
        and rule.endpoint not in ("health.healthz", "health.metrics", "accounts.add_buttons")
    ]
    assert "/accounts/new" in without_arguments
    statuses = {url: admin_client.visit(url).status for url in without_arguments}
    assert set(statuses.values()) == {200}, statuses
