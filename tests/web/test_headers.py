import gzip

import pytest

from app.web.headers import CONTENT_SECURITY_POLICY


@pytest.mark.parametrize("url", ["/sign-in", "/healthz", "/metrics", "/nonsense", "/static/css/skrzynka.css", "/"])
def test_every_answer_carries_the_headers(visitor, url):
    headers = visitor.client.get(url).headers
    assert headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Permissions-Policy" in headers


def test_the_policy_allows_nothing_that_is_not_ours():
    rules = dict(rule.split(" ", 1) for rule in CONTENT_SECURITY_POLICY.split("; "))
    assert rules.pop("default-src") == rules.pop("frame-ancestors") == rules.pop("base-uri") == "'none'"
    assert set(rules.values()) == {"'self'"}


def test_pages_are_not_kept(client):
    headers = client.client.get("/users/me/password").headers
    assert headers["Cache-Control"] == "no-store"
    assert "HX-Request" in headers["Vary"]


def test_pages_are_not_compressed_because_they_hold_a_token(client):
    response = client.client.get("/users/me/password", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in response.headers


def test_static_files_are_kept_for_a_year_whoever_is_signed_in(visitor):
    page = visitor.visit("/sign-in")
    for url in [page.one("link", rel="stylesheet").attrib["href"], *[s.attrib["src"] for s in page.all("script")]]:
        response = visitor.client.get(url)
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "Cookie" not in response.headers.get("Vary", "")
        assert "Set-Cookie" not in response.headers


def test_static_files_are_compressed_for_whoever_reads_gzip(visitor):
    plain = visitor.client.get("/static/css/skrzynka.css")
    small = visitor.client.get("/static/css/skrzynka.css", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert small.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(small.data) == plain.data
    assert plain.headers["Vary"] == small.headers["Vary"] == "Accept-Encoding"


def test_a_static_files_address_changes_with_its_content(app, tmp_path):
    app.static_folder = str(tmp_path)
    (tmp_path / "a.css").write_text("a {}")
    with app.test_request_context():
        asset = app.jinja_env.globals["asset"]
        before = asset("a.css")
        (tmp_path / "a.css").write_text("a { color: red }")
        assert asset("a.css") != before


def test_nothing_outside_the_static_folder_is_served(visitor):
    response = visitor.client.get("/static/..%2fpyproject.toml", headers={"Accept-Encoding": "gzip"})
    assert response.status_code == 404
