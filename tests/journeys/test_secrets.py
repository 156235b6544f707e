"""A password is found nowhere but sealed: not in the pages, the database, the queue's file, the logs or the output.

It is looked for in every form that it could take on its way: as text in some encoding, escaped, or inside base64.
"""

import base64
import html
import json
import quopri
import socket
import socketserver
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.fakes.mail_server import Peer, Script, imap, serving, smtp
from tests.journeys.conftest import House, running_house
from tests.servers import commands
from tests.servers.fixtures import PASSWORD, USER
from tests.servers.postgres import BINARIES
from tests.servers.redis import RedisServer

WRONG = 'kanarek-7c41-źdźbło & <ćma> "pięć" 100%'


def inside_base64(content: bytes) -> Iterator[bytes]:
    """Yield what base64 shows of ``content`` wherever it may begin in what was encoded, without the blurred ends."""
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + content + b"\0" * (-(before + len(content)) % 3))
        first = -(-before * 8 // 6)
        last = (before + len(content)) * 8 // 6
        for alphabet in (encoded, encoded.replace(b"+", b"-").replace(b"/", b"_")):
            yield alphabet[first:last]


def forms_of(secret: str, user: str = USER) -> set[bytes]:
    """Return all that ``secret`` may look like."""
    escaped = json.dumps(secret)[1:-1]
    texts = {
        secret,
        escaped,
        escaped.replace("\\u", "\\U0000"),
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
        ascii(secret)[1:-1],
        html.escape(secret),
        html.escape(secret).replace("&quot;", "&#34;").replace("&#x27;", "&#39;"),
        secret.encode("ascii", "xmlcharrefreplace").decode(),
        html.escape(secret).encode("ascii", "xmlcharrefreplace").decode(),
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        quote_plus(secret, encoding="iso-8859-2"),
        repr(secret.encode())[2:-1],
        secret.encode().hex(),
    }
    texts |= {text.lower() for text in texts if "%" in text or "\\x" in text}
    found = {text.encode() for text in texts} | {secret.encode("utf-16-le"), secret.encode("iso-8859-2")}
    found |= {quopri.encodestring(secret.encode()), quopri.encodestring(secret.encode()).replace(b"=\n", b"")}
    for content in (secret.encode(), f"\0{user}\0{secret}".encode(), f"{user}\0{user}\0{secret}".encode()):
        found |= set(inside_base64(content))
    return found


def leaks(places: dict[str, bytes], *secrets: str) -> list[str]:
    """Return where one of ``secrets`` is found, and in which form."""
    return [
        f"{place} holds {form[:24]!r}"
        for place, content in places.items()
        for secret in secrets
        for form in forms_of(secret)
        if form in content
    ]


@pytest.mark.parametrize(
    "trace",
    [
        lambda it: it.encode(),
        lambda it: json.dumps({"password": it}).encode(),
        lambda it: html.escape(it).encode(),
        lambda it: f"password={quote_plus(it)}&".encode(),
        lambda it: base64.b64encode(it.encode()),
        lambda it: base64.b64encode(f"x{it}y".encode()),
        lambda it: base64.b64encode(f"xy{it}z".encode()),
        lambda it: base64.b64encode(f"\0{USER}\0{it}".encode()),
        lambda it: base64.urlsafe_b64encode(f"{USER}\0{USER}\0{it}".encode()),
        lambda it: quopri.encodestring(it.encode()),
        lambda it: repr({"imap_password": it}).encode(),
    ],
)
@pytest.mark.parametrize("secret", [WRONG, PASSWORD])
def test_the_search_finds_every_form(trace: Callable[[str], bytes], secret: str):
    assert leaks({"a trace": b"before " + trace(secret) + b" after"}, secret)
    assert not leaks({"no trace": b"before " + trace("something else entirely") + b" after"}, secret)


class Recorder(socketserver.ThreadingTCPServer):
    """Stands between the browser and the house, and keeps every answer, headers and body."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Line)
        self.behind = port
        self.answers: list[bytearray] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Line(socketserver.BaseRequestHandler):
    server: Recorder

    def handle(self) -> None:
        answer = bytearray()
        self.server.answers.append(answer)
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.server.behind)) as house:
            asking = threading.Thread(target=self._ask, args=(house,), daemon=True)
            asking.start()
            while data := house.recv(65536):
                answer += data
                self.request.sendall(data)

    def _ask(self, house: socket.socket) -> None:
        with suppress(OSError):
            while data := self.request.recv(65536):
                house.sendall(data)
            house.shutdown(socket.SHUT_WR)


@dataclass
class Stores:
    """Where the house keeps what it is told, and how to read all of it."""

    read: Callable[[], dict[str, bytes]]
    settings: dict[str, str] = field(default_factory=dict)


@pytest.fixture
def stores(request: pytest.FixtureRequest) -> Stores:
    if request.param == "embedded":
        return Stores(dict)
    url = request.getfixturevalue("postgres").new_database()
    queue: RedisServer = request.getfixturevalue("redis")

    def read() -> dict[str, bytes]:
        dump = subprocess.run([str(BINARIES / "pg_dump"), url], capture_output=True, check=True).stdout
        values = b"\n".join(queue.client.dump(key) or b"" for key in queue.client.keys("*"))
        return {"PostgreSQL": dump, "Redis' file": queue.everything(), "Redis": values}

    return Stores(read, {"SKRZYNKA_DATABASE_URL": url, "SKRZYNKA_REDIS_URL": queue.url})


@pytest.fixture
def house(stores: Stores, mail_settings: dict[str, str], tmp_path: Path) -> Iterator[House]:
    """A house of its own, on these stores: all that it has ever written is read."""
    with running_house(tmp_path, mail_settings | stores.settings) as house:
        yield house


@pytest.fixture
def recorder(house: House) -> Iterator[Recorder]:
    with Recorder(int(house.address.rpartition(":")[2])) as recorder:
        thread = threading.Thread(target=recorder.serve_forever, daemon=True)
        thread.start()
        yield recorder
        recorder.shutdown()
        thread.join(5)


@pytest.fixture
def page(browser: Browser, house: House, recorder: Recorder, scripted: bool) -> Iterator[Page]:
    """A tab of the first administrator; everything it is told goes through the recorder."""
    address = f"http://127.0.0.1:{recorder.port}"
    with browser.new_context(base_url=address, java_script_enabled=scripted, locale="en-GB") as context:
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.goto(house.link.replace(house.address, address))
        page.locator("main button[type=submit]").click()
        page.wait_for_url("**/users/me/password")
        yield page


# What the pages say depends on scripts, what is stored on the stores; neither knows of the other.
@pytest.mark.parametrize(
    ("stores", "scripted"),
    [("embedded", True), ("PostgreSQL and Redis", False)],
    ids=["embedded, with JavaScript", "PostgreSQL and Redis, without JavaScript"],
    indirect=True,
)
def test_a_password_is_found_nowhere_but_sealed(form, house, stores, recorder):
    page = form.page
    form.open()
    page.locator("#imap-password").fill(WRONG)
    form.press("Save changes")
    expect(page.locator("#error-summary")).to_be_visible()
    form.fill_in(password=WRONG)
    page.get_by_role("button", name="Show additional data").click()
    expect(page.locator("#active")).to_be_visible()
    form.retype_password(WRONG)
    form.press("Test connection")
    form.wait_for_the_verdict()
    page.reload()
    form.retype_password(PASSWORD)
    form.save()
    page.goto("/accounts/")
    page.get_by_role("link", name="Edit Biuro").click()
    page.locator("#imap-host").fill("stranger.test")
    form.press("Save changes")
    expect(page.locator("#imap-password-error")).to_contain_text("Type the password again")
    page.goto("/metrics")

    places = {str(path): path.read_bytes() for path in house.data.rglob("*") if path.is_file()}
    places |= stores.read()
    places["the console"] = house.log.read_bytes()
    answers = {f"answer {number}": bytes(answer) for number, answer in enumerate(recorder.answers)}
    everything = b"".join(places.values())
    assert form.email.encode() in everything, "the database was not among what was read"
    assert b"connection_tests.run" in everything, "the queue's file was not among what was read"
    assert form.email.encode() in b"".join(answers.values()), "no answer was recorded"
    assert b"Set-Cookie" in b"".join(answers.values())
    assert leaks(places | answers, WRONG, PASSWORD) == []


def sasl(line: bytes) -> bytes:
    """Return what a client has sent in base64, decoded."""
    return base64.b64decode(line.split(b" ")[-1])


# What servers are known to do with what they have just been told.
ECHOES: dict[str, Callable[[bytes], bytes]] = {
    "the line": lambda line: line,
    "its base64": lambda line: line.split(b" ")[-1],
    "the password": lambda line: sasl(line).split(b"\0")[-1],
    "user and password": lambda line: sasl(line).replace(b"\0", b"/"),
    "the decoded string": sasl,
    "the password in quotes": lambda line: b'"' + sasl(line).split(b"\0")[-1].replace(b'"', b'\\"') + b'"',
    "the password in capitals": lambda line: sasl(line).split(b"\0")[-1].decode().upper().encode(),
    "the password, percent-encoded": lambda line: quote(sasl(line).split(b"\0")[-1]).encode(),
    "the password, quoted-printable": lambda line: quopri.encodestring(sasl(line).split(b"\0")[-1]),
    "the password in base64": lambda line: base64.b64encode(sasl(line).split(b"\0")[-1]),
    "the password, twice": lambda line: sasl(line).split(b"\0")[-1] * 2,
}


def echoing_imap(echo: Callable[[bytes], bytes]) -> Script:
    def refuse(peer: Peer) -> None:
        tag, _, line = peer.line.partition(b" ")
        peer.send(tag + b" NO [AUTHENTICATIONFAILED] no: " + echo(line) + b" is wrong\r\n")

    return imap(replies={"AUTHENTICATE": refuse, "LOGIN": refuse})


def echoing_smtp(echo: Callable[[bytes], bytes]) -> Script:
    return smtp(replies={"AUTH": lambda peer: peer.send(b"535 5.7.8 no: " + echo(peer.line) + b" is wrong\r\n")})


@pytest.mark.parametrize("echo", ECHOES)
@pytest.mark.parametrize("secret", [WRONG, PASSWORD, "kanarek7c41"])
def test_a_server_that_echoes_the_password_is_not_quoted(echo, secret):
    with serving(echoing_imap(ECHOES[echo])) as incoming, serving(echoing_smtp(ECHOES[echo])) as outgoing:
        account = {"host": "127.0.0.1", "security": "none", "username": USER, "password": secret}
        given = {
            "imap": {**account, "port": incoming.port},
            "smtp": {**account, "port": outgoing.port, "auth": True, "sender": USER},
        }
        allowed = {"SKRZYNKA_ALLOW": "127.0.0.0/8:*", "SKRZYNKA_PORTS": f"{incoming.port},{outgoing.port}"}
        done = commands.run(allowed, "check", given=json.dumps(given))
        assert incoming.sent(b"AUTH")
        assert outgoing.sent(b"AUTH")
    answer = json.loads(done.stdout)
    assert {answer[side]["outcome"] for side in ("imap", "smtp")} == {"auth_failed"}
    shown = {
        "stdout": done.stdout.encode(),
        "stderr": done.stderr.encode(),
        "decoded": json.dumps(answer, ensure_ascii=False).encode(),
    }
    assert leaks(shown, secret, secret.upper()) == []
