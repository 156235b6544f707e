"""``POST /api/embed-links`` as the server of a client meets it."""

import json
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import embed
from app.clock import now
from app.extensions import current_config
from app.models import EmbedLink
from tests import cast

URL = "/api/embed-links"
BACK = "https://pomoc.infirma.pl/konta?powr%C3%B3t=1"


@pytest.fixture
def asked_by(session):
    """A registered client and its key."""
    return cast.embed_client(session)


@pytest.fixture
def ask(app, asked_by):
    """Ask for a link as the client's server does; the body is JSON, or text that is no JSON at all."""

    def send(body: object = None, **headers: str):
        given = {"Authorization": f"Bearer {asked_by[1]}", "Content-Type": "application/json"} | headers
        data = body if isinstance(body, str | bytes) else json.dumps(body or {})
        return app.test_client().post(URL, data=data, headers={"Accept-Language": "en"} | given)

    return send


def links(session: Session) -> list[EmbedLink]:
    session.rollback()
    return list(session.scalars(select(EmbedLink)))


def test_a_link_is_issued_for_what_was_asked(app, ask, asked_by, session):
    wanted = {"email": "biuro@infirma.pl", "name": " Biuro  Żółw ", "return_address": BACK, "state": "7/ż {}"}
    answer = ask(wanted | {"client": asked_by[0].name})
    assert answer.status_code == 201
    assert answer.json.keys() == {"url", "expires_at", "origins"}
    assert answer.json["origins"] == ["https://pomoc.infirma.pl"]
    (link,) = links(session)
    assert (link.email, link.name, link.return_address, link.state) == (
        "biuro@infirma.pl",
        "Biuro Żółw",
        BACK,
        "7/ż {}",
    )
    assert link.client_id == asked_by[0].id
    address, _slash, token = answer.json["url"].rpartition("/")
    assert address == "http://localhost/embed"
    with app.app_context():
        keys = embed.link_keys(current_config().vault)
    assert embed.find(session, token, keys=keys).id == link.id
    expires = datetime.fromisoformat(answer.json["expires_at"])
    assert abs(expires - now() - timedelta(minutes=30)) < timedelta(seconds=30)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers


def test_nothing_has_to_be_asked_for(ask, session):
    assert ask({}).status_code == 201
    assert ask(dict.fromkeys(("client", "email", "name", "return_address", "state"))).status_code == 201
    assert {(it.email, it.name, it.return_address, it.state) for it in links(session)} == {(None,) * 4}


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer skz_wrong",
        "Bearer \xff\xfe",
        "Basic a2V5Og==",
        "Basic {key}",
        "Token {key}",
        "{key}",
        "Bearer {key}x",
        "Bearer {key},{key}",
        "Bearer a {key}",
    ],
)
def test_without_the_right_key_there_is_nothing(ask, asked_by, session, authorization):
    answer = ask({}, Authorization=authorization.format(key=asked_by[1]))
    assert (answer.status_code, answer.json["error"]) == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.json["message"].endswith(".")
    assert links(session) == []


def test_an_old_key_is_refused(ask, asked_by, session):
    embed.renew_key(session, asked_by[0], now=now())
    session.commit()
    assert ask({}).status_code == 401


@pytest.mark.parametrize(
    ("body", "error", "field"),
    [
        ("", "invalid_json", None),
        ("{", "invalid_json", None),
        ("[]", "invalid_json", None),
        ("null", "invalid_json", None),
        ('"email"', "invalid_json", None),
        ("{} {}", "invalid_json", None),
        ("[" * 100_000, "invalid_json", None),
        ('{"email": ' + "9" * 5000 + "}", "invalid_json", None),
        (b'{"name": "\xff"}', "invalid_json", None),
        ("\ufeff{}", "invalid_json", None),
        ('{"name": "\\ud800"}', "invalid_json", "name"),
        ('{"state": "a", "state": "a"}', "duplicate_field", "state"),
        ('{"email": "a@b.pl", "name": "x", "email": "c@d.pl"}', "duplicate_field", "email"),
        ('{"em\\u0061il": "a@b.pl", "email": "c@d.pl"}', "duplicate_field", "email"),
        ('{"name": {"a": 1, "a": 2}}', "duplicate_field", "a"),
        ({"origin": "https://a.pl"}, "unknown_field", "origin"),
        ({"Email": "a@b.pl"}, "unknown_field", "Email"),
        ({"client_id": 1}, "unknown_field", "client_id"),
        ({"<b>\ud800" + "x" * 99: "a"}, "unknown_field", "<b>\\ud800" + "x" * 36),
        ({"email": 7}, "wrong_type", "email"),
        ({"email": ["a@b.pl"]}, "wrong_type", "email"),
        ({"name": {}}, "wrong_type", "name"),
        ({"state": True}, "wrong_type", "state"),
        ('{"state": NaN}', "wrong_type", "state"),
        ({"client": 1}, "wrong_type", "client"),
        ({"email": ""}, "empty", "email"),
        ({"name": " \u00a0"}, "empty", "name"),
        ({"return_address": ""}, "empty", "return_address"),
        ({"state": ""}, "empty", "state"),
        ({"client": "Somebody else"}, "other_client", "client"),
        ({"email": "biuro"}, "invalid", "email"),
        ({"email": "biuro@infirma"}, "invalid", "email"),
        ({"email": "a@b.pl\nc@d.pl"}, "invalid", "email"),
        ({"email": "a\0@b.pl"}, "invalid", "email"),
        ({"email": "\u200b"}, "empty", "email"),
        ({"email": "x" * 400 + "@b.pl"}, "invalid", "email"),
        ({"name": "x" * 201}, "invalid", "name"),
        ({"name": "a\0b"}, "invalid", "name"),
        ({"return_address": BACK + "/"}, "not_registered", "return_address"),
        ({"return_address": BACK.upper()}, "not_registered", "return_address"),
        ({"return_address": " " + BACK}, "not_registered", "return_address"),
        ({"return_address": "//pomoc.infirma.pl"}, "not_registered", "return_address"),
        ({"return_address": "javascript:alert(1)"}, "not_registered", "return_address"),
        ({"state": "x" * 2001}, "invalid", "state"),
        ({"state": "a\nb"}, "invalid", "state"),
        ({"state": "a\0b"}, "invalid", "state"),
    ],
    ids=lambda it: ascii(it)[:40],
)
def test_what_cannot_be_used_is_refused_with_code_field_and_sentence(ask, session, body, error, field):
    answer = ask(body)
    assert (answer.status_code, answer.json["error"], answer.json["field"]) == (422, error, field)
    assert answer.json.keys() == {"error", "field", "message"}
    assert answer.json["message"].endswith(".")
    assert links(session) == []


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonp", "*/*"])
def test_only_json_is_taken(ask, session, kind):
    answer = ask({}, **{"Content-Type": kind})
    assert (answer.status_code, answer.json["error"]) == (415, "wrong_content_type")
    assert links(session) == []


def test_json_may_say_its_charset(ask):
    assert ask({}, **{"Content-Type": "application/json; charset=utf-8"}).status_code == 201


def test_what_is_too_large_is_not_read(ask, session):
    answer = ask({"state": "x" * 300_000})
    assert (answer.status_code, answer.json["error"]) == (413, "too_large")
    assert links(session) == []


def test_sentences_come_in_the_language_that_is_asked_for(ask):
    english = ask({"state": 1}).json["message"]
    polish = ask({"state": 1}, **{"Accept-Language": "pl"}).json["message"]
    assert "Send this field as a text" in english
    assert polish != english


def test_a_client_may_ask_so_often_and_others_meanwhile_too(ask, session):
    assert {ask({}).status_code for _ in range(60)} == {201}
    answer = ask({})
    assert (answer.status_code, answer.json["error"]) == (429, "too_many_requests")
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    other = cast.embed_client(session)[1]
    assert ask({}, Authorization=f"Bearer {other}").status_code == 201


def test_keys_cannot_be_guessed_quickly(ask, asked_by):
    statuses = [ask({}, Authorization=f"Bearer skz_{number}").status_code for number in range(12)]
    assert statuses == [401] * 10 + [429] * 2
    answer = ask({}, Authorization=f"Bearer {asked_by[1]}")
    assert (answer.status_code, answer.json["error"]) == (429, "too_many_requests")


def test_wrong_bodies_do_not_count_as_wrong_keys(ask):
    assert {ask("{").status_code for _ in range(12)} == {422}


def test_the_key_is_in_no_log_also_when_something_breaks(ask, asked_by, caplog, monkeypatch):
    def fail(*_arguments: object, **_options: object) -> None:
        raise RuntimeError(f"Bearer {asked_by[1]}")

    with caplog.at_level(0):
        assert ask({}).status_code == 201
        monkeypatch.setattr("app.embed.issue", fail)
        assert ask({"state": "geheim-state"}).status_code == 500
    assert "POST" in caplog.text
    assert asked_by[1] not in caplog.text
    assert "geheim-state" not in caplog.text


def test_nothing_but_post_is_answered(app):
    assert app.test_client().get(URL).status_code == 405
