"""Whatever is posted below a link, to whichever address: an answer, and nothing of anybody else is touched."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.form_layouts import FIELD_NAMES
from app.models import Account
from tests import cast
from tests.web.embed.conftest import ORIGIN, SENT, Guest

NAMES = [
    *FIELD_NAMES,
    "account",
    "additional",
    "connection-test",
    "csrf_token",
    "fix",
    "imap-pin",
    "imap-pin-for",
    "layout",
    "submission",
    "suggested",
    "version",
]
TEXTS = st.one_of(
    st.text(max_size=40),
    st.text(alphabet="\0\r\n\t <>\"'&{}%;:@.[]-_/\\żA1\ufffe\u202e", max_size=20),
    st.sampled_from(["", "1", "0", "-1", "9" * 40, "2147483648", "imap-0", "smtp-0", "shown", "{}", "[]", "y", "tls"]),
    st.sampled_from(["x" * 5000, "a@b.pl", "biuro@infirma.pl", "127.0.0.1:993", "[::1]", "xn--", "a" * 64 + ".pl"]),
)
# Each name as often as it comes: a form may say everything twice.
POSTED = st.lists(st.tuples(st.sampled_from(NAMES), TEXTS), max_size=12)
PATHS = st.sampled_from(
    [
        "",
        "/accounts/new",
        "/accounts/additional",
        "/accounts/suggestions",
        "/connection-tests/",
        "/connection-tests/{}/fix",
        "/connection-tests/{}/cancel",
    ]
)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "HX-Request": st.sampled_from(["true", "false"]),
        "HX-Request-Type": st.sampled_from(["partial", "full"]),
        "Origin": st.sampled_from([ORIGIN, "http://localhost", "null"]),
        "Accept-Language": st.sampled_from(["pl", "en", "*", ";;", "x" * 50]),
    },
)
WISHES = st.one_of(
    st.just({}),
    st.fixed_dictionaries(
        {},
        optional={
            "prefix": st.one_of(st.sampled_from(["p-", ""]), TEXTS),
            "sections": st.one_of(st.sampled_from(["identity", "identity,imap", "smtp", "advanced,identity"]), TEXTS),
        },
    ),
)


@pytest.fixture
def stranger(session: Session, vault) -> Account:
    return cast.account(session, vault)


@pytest.fixture(params=[None, "biuro@infirma.pl"], ids=["any address", "a pinned address"])
def fuzzed(app, come: Callable[..., Guest], request) -> Guest:
    app.config["TESTS_PER_PERSON"] = app.config["TESTS_PER_HOST"] = "100000 per minute"
    guest = come(email=request.param, state="ż")
    guest.press("Test connection")
    guest.work("failed")
    return guest


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=PATHS, posted=POSTED, headers=HEADERS, wishes=WISHES, whole=st.booleans())
def test_nothing_that_is_posted_is_a_crash(fuzzed, stranger, path, posted, headers, wishes, whole):  # noqa: PLR0917  (drawn by Hypothesis)
    session = fuzzed.session
    test = fuzzed.tests[0].id
    session.rollback()
    before = (stranger.id, stranger.version, stranger.email, stranger.imap_password)
    session.rollback()
    body: dict[str, list[str]] = {name: [value] for name, value in (SENT if whole else {}).items()}
    for name, value in posted:
        body.setdefault(name, []).append(value)
    answer = fuzzed.visitor.client.post(
        f"{fuzzed.url}{path.format(test)}", query_string=wishes, data=body, headers=headers
    )
    assert answer.status_code in (200, 303, 400, 403, 404, 410, 422)
    assert "Set-Cookie" not in answer.headers
    assert stranger.email not in answer.text
    session.rollback()
    row = session.scalars(select(Account).where(Account.id == before[0])).one()
    assert (row.id, row.version, row.email, row.imap_password) == before
    if answer.status_code == 410:
        # It has saved an account that is not active; the next example finds the link as it was.
        for account in fuzzed.accounts:
            if account.id != before[0]:
                session.delete(account)
        session.commit()
        fuzzed.link.used_at = None
        session.commit()


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.text(max_size=30), headers=HEADERS, wishes=WISHES)
def test_no_address_below_a_link_is_a_crash(guest, path, headers, wishes):
    for method in ("GET", "POST", "OPTIONS", "DELETE"):
        # A question mark would end the path: what stands behind it is drawn apart.
        url = f"{guest.url}/{path.replace('?', '%3F')}"
        answer = guest.visitor.client.open(url, method=method, query_string=wishes, headers=headers)
        assert answer.status_code < 500
        assert "Set-Cookie" not in answer.headers


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(token=st.one_of(st.text(max_size=80), st.from_regex(r"[A-Za-z0-9_-]{24}\.[A-Za-z0-9_-]{43}", fullmatch=True)))
def test_no_token_that_was_made_up_opens_anything(guest, token):
    answer = guest.visitor.client.get(f"/embed/{token}/identity")
    assert answer.status_code in (404, 308)
    assert "imap-host" not in answer.text
