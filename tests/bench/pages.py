"""How long pages take, against an empty answer through the same server."""

import gzip
import http.client
import re
from dataclasses import replace
from threading import Thread

from sqlalchemy.orm import Session

from app import embed, form_layouts
from app.clock import now
from app.form_layouts import BUILT_IN, Layout
from app.models.database import engine_for
from tests import cast
from tests.bench.figure import Figure, interleaved, median
from tests.bench.house import EMAIL, Client, House

TYPISTS = 20
# What a page asks for on its own.
_PARTS = re.compile(r'(?:<script src|<link rel="stylesheet" href)="([^"]+)"')


def measure(house: House) -> list[Figure]:
    """Return the figures of the pages."""
    client = Client(house.port)
    client.sign_in()
    fields = {"csrf_token": client.token("/accounts/new"), "email": "biuro@infirma.pl", "suggested": "{}"}
    fields |= {"imap-security": "tls", "smtp-security": "tls"}
    empty, suggestions, form = (
        median(times)
        for times in interleaved(
            [
                lambda: client.ask("/bench/empty"),
                lambda: client.ask("/accounts/suggestions", fields, htmx=True),
                lambda: client.ask("/accounts/new", htmx=True),
            ],
            rounds=300,
        )
    )
    plain, reversed_form = _reversed(house, client)
    crowd = sorted(_crowd(house, fields))
    # Its connection has idled for longer than the server keeps one.
    size, requests = _weight(Client(house.port, client.cookies))
    return [
        Figure("Empty answer through the same server, median", empty, "ms"),
        # One question to the database: what was found before, and what other accounts have proven.
        Figure("Suggestions, against the empty answer", suggestions / empty, "x", 2.5),
        Figure("The whole form, against the empty answer", form / empty, "x", 6),
        Figure("A layout of all fields in reversed order, against the built-in one", reversed_form / plain, "x", 1.1),
        Figure(f"Suggestions for {TYPISTS} people typing at once, median", median(crowd), "ms"),
        Figure(f"Suggestions for {TYPISTS} people typing at once, 99 of 100", crowd[int(len(crowd) * 0.99)], "ms"),
        Figure("Form page: HTML, CSS and scripts, gzipped", size / 1024, "kB", 30),
        Figure("Form page: requests beside the page itself", requests, "", 4),
        Figure("Embedded form, everything, gzipped", _embedded_weight(house) / 1024, "kB", 20),
    ]


def _reversed(house: House, client: Client) -> tuple[float, float]:
    """Return how long the form takes with a layout that is the built-in one, and with one that turns it around."""
    parts = (replace(part, places=tuple(reversed(part.places))) for part in reversed(BUILT_IN.sections))
    layouts = [BUILT_IN, Layout(tuple(parts))]
    times: list[list[float]] = [[], []]
    with Session(engine_for(house.config.database_url)) as session:
        stored = form_layouts.create(session, name="Turned", role=None, author=None, now=now())
        session.commit()
        # In turn, so that noise hits both alike; each is put in force by a save of its own.
        for _turn in range(10):
            for layout, found in zip(layouts, times, strict=True):
                session.refresh(stored)
                form_layouts.save(session, stored, layout, expected_number=stored.version, author=None, now=now())
                session.commit()
                client.ask("/accounts/new", htmx=True)
                found.extend(interleaved([lambda: client.ask("/accounts/new", htmx=True)], rounds=20)[0])
        form_layouts.remove(session, stored)
        session.commit()
    return median(times[0]), median(times[1])


def _crowd(house: House, fields: dict[str, str]) -> list[float]:
    times: list[float] = []
    # Signed in one after the other, before anybody types; the sign-in is throttled for crowds.
    first = Client(house.port)
    first.sign_in()
    token = first.token("/accounts/new")

    def type_in() -> None:
        client = Client(house.port, dict(first.cookies))
        mine = fields | {"csrf_token": token}
        (found,) = interleaved([lambda: client.ask("/accounts/suggestions", mine, htmx=True)], rounds=40)
        times.extend(found)

    typists = [Thread(target=type_in) for _ in range(TYPISTS)]
    for typist in typists:
        typist.start()
    for typist in typists:
        typist.join()
    return times


def _embedded_weight(house: House) -> int:
    """Return what a frame of another site fetches: the page, and its style sheet and script as they are sent."""
    with Session(engine_for(house.config.database_url)) as session:
        site, _key = cast.embed_client(session)
        token, _link = embed.issue(
            session,
            site,
            email=EMAIL,
            name="Biuro",
            return_address=None,
            state=None,
            keys=embed.link_keys(house.config.vault),
            now=now(),
        )
        session.commit()
    page = Client(house.port).ask(f"/embed/{token}")[2]
    return len(gzip.compress(page.encode())) + sum(len(_sent(house, part)) for part in _PARTS.findall(page))


def _sent(house: House, path: str) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", house.port)
    connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
    with connection.getresponse() as answer:
        assert answer.status == 200
        return answer.read()


def _weight(client: Client) -> tuple[int, int]:
    page = client.ask("/accounts/new")[2]
    parts = _PARTS.findall(page)
    texts = [page, *(client.ask(part)[2] for part in parts)]
    return sum(len(gzip.compress(text.encode())) for text in texts), len(parts)
