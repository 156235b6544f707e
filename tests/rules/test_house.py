"""The house: one word for one thing, in every room; nothing stands where it does not belong."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "app"

# Each ability has one name, and that name is its folder or module in every part of the house that it has.
ABILITIES = {
    "accounts": ("app", "app/web", "templates", "tests/web", "tests/unit"),
    "connection_tests": ("app", "app/web", "app/jobs", "templates", "tests/web", "tests/integration"),
    "users": ("app", "app/web", "templates", "tests/web", "tests/unit"),
    "autodiscovery": ("app", "app/web", "app/jobs", "tests/web", "tests/unit", "tests/integration"),
    "embed": ("app", "app/web", "templates", "tests/web", "tests/unit", "tests/integration"),
    "stationery": ("app", "app/web", "templates", "tests/web", "tests/unit", "tests/integration"),
    # The pages on which people write and read mail; app/mail is what talks to mail servers.
    "mail": ("app", "app/web", "templates", "tests/web", "tests/unit"),
    "sending": ("app", "app/jobs", "tests/unit", "tests/integration"),
    "fetching": ("app", "app/web", "app/jobs", "templates", "tests/web", "tests/unit", "tests/integration"),
    # Fetched mail as people read it.
    "mailbox": ("app", "app/web", "templates", "tests/web", "tests/unit"),
    "form_layouts": ("app", "app/web", "templates", "tests/web", "tests/unit", "tests/integration"),
}
# Parts of the edge that serve every ability.
EDGE = {
    "replies",
    "fields",
    "messages",
    "moments",
    "pacing",
    "locale",
    "access",
    "errors",
    "headers",
    "assets",
    "health",
    "hosts",
    "launching",
    "leading_back",
    "sessions",
    "spelling",
    "surroundings",
    "visit",
}
# Run while a process starts, before there is a request or a job whose end could commit.
STARTING = {"models/installation.py", "models/migrations.py"}
CORE = [*ABILITIES, "models"]


@pytest.mark.parametrize(("ability", "room"), [(word, room) for word, rooms in ABILITIES.items() for room in rooms])
def test_an_ability_has_one_name_in_every_room(ability, room):
    place = ROOT / room / ability
    assert place.is_dir() or place.with_suffix(".py").is_file(), f"{ability} is missing in {room}"


def test_the_edge_has_no_room_of_its_own():
    rooms = {path.stem for path in (APP / "web").iterdir() if not path.name.startswith("__")}
    assert rooms - EDGE <= set(ABILITIES)


def test_the_core_has_the_agreed_rooms():
    folders = {path.name for path in APP.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders == {*CORE, "web", "cli", "jobs", "supervisor", "translations"}


def test_templates_are_pages_partials_and_components():
    kinds = {path.name for path in (ROOT / "templates").iterdir()}
    assert kinds <= {*ABILITIES, "layouts", "components", "errors"}


def modules(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((APP / folder).rglob("*.py"))]


@pytest.mark.parametrize("path", modules(*CORE), ids=lambda path: str(path.relative_to(APP)))
def test_the_core_never_commits(path):
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)]
    commits = [call for call in calls if call.attr == "commit"]
    assert bool(commits) == (str(path.relative_to(APP)) in STARTING), "the edge commits, once, at its end"


@pytest.mark.parametrize("path", modules("web"), ids=lambda path: str(path.relative_to(APP)))
def test_pages_know_an_ability_by_what_its_front_offers(path):
    # What talks to mail servers, and the tables, have no front: their modules are what they offer.
    rooms = tuple(f"app.{ability}." for ability in ABILITIES if ability != "mail")
    nodes = list(ast.walk(ast.parse(path.read_text())))
    named = [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
    named += [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    assert [name for name in named if name.startswith(rooms)] == []


# Whatever makes a packet leave: functions, classes, and modules of which nearly everything does.
DOORS = {
    *(f"socket.{name}" for name in ("socket", "SocketType", "create_connection", "create_server", "fromfd")),
    *(f"socket.{name}" for name in ("socketpair", "getaddrinfo", "gethostbyname", "gethostbyname_ex")),
    *(f"socket.{name}" for name in ("gethostbyaddr", "getnameinfo", "getfqdn")),
    *("http.client.HTTPConnection", "http.client.HTTPSConnection", "urllib.request", "urllib.robotparser", "xmlrpc"),
    *("smtplib.SMTP", "smtplib.SMTP_SSL", "smtplib.LMTP", "imapclient.IMAPClient", "poplib", "ftplib", "telnetlib"),
    *("imaplib.IMAP4", "imaplib.IMAP4_SSL", "imaplib.IMAP4_stream", "nntplib", "asyncio", "socketserver"),
    *("multiprocessing.connection", "multiprocessing.managers", "logging.handlers"),
    *("dns.resolver.Resolver", "dns.resolver.resolve", "dns.resolver.resolve_at", "dns.resolver.zone_for_name"),
    *("dns.asyncquery", "dns.asyncresolver", "dns.query", "requests", "httpx", "aiohttp", "urllib3"),
}
# Those that have one, and why.
DOORKEEPERS = {
    "mail/dial.py": "dials what the guard lets through",
    "mail/names.py": "asks the name server, and nobody else",
    "mail/imap_client.py": "speaks over what was dialled",
    "mail/smtp.py": "speaks over what was dialled",
    "cli/listening.py": "only binds, in order to see that a port is free",
    "cli/server.py": "asks our own web server whether it answers",
}


def doors(source: str) -> set[str]:
    """Return what of ``DOORS`` is imported or named in ``source``, under whatever name, but in annotations."""
    known: dict[str, str] = {}
    named: set[str] = set()
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                known[alias.asname or first] = alias.name if alias.asname else first
                named.add(alias.name)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            known |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
            named |= {f"{node.module}.{alias.name}" for alias in node.names}
    named |= {name for node in unannotated(tree) if (name := full_name(node, known))}
    return {name for name in named if any(f"{name}.".startswith(f"{door}.") for door in DOORS)} | {
        name for name in named if name.endswith(".*") and any(door.startswith(name[:-1]) for door in DOORS)
    }


def unannotated(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for field, value in ast.iter_fields(node):
        if field not in ("annotation", "returns"):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from unannotated(child)


def full_name(node: ast.AST, known: dict[str, str]) -> str | None:
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.Attribute):
        owner = full_name(node.value, known)
        return f"{owner}.{node.attr}" if owner else None
    return None


def test_nobody_else_opens_connections():
    found = {str(path.relative_to(APP)) for path in modules(".") if doors(path.read_text())}
    assert found == set(DOORKEEPERS)


@pytest.mark.parametrize(
    "source",
    [
        "import socket\nsocket.create_connection(x)",
        "import socket as s\ns.socket()",
        "import socket\nopen_it = socket.create_connection",
        "from socket import create_connection",
        "from socket import create_connection as c",
        "from socket import *",
        "import http.client\nhttp.client.HTTPSConnection(x)",
        "from http import client\nclient.HTTPConnection(x)",
        "from http.client import HTTPConnection",
        "import urllib.request",
        "from urllib import request",
        "from urllib.request import urlopen",
        "import smtplib\nsmtplib.SMTP(x)",
        "from imapclient import IMAPClient",
        "import dns.resolver\ndns.resolver.resolve(x)",
        "import asyncio",
    ],
)
def test_a_door_is_seen_however_it_is_named(source):
    assert doors(source)


@pytest.mark.parametrize(
    "source",
    [
        "import socket\ndef shut(sock: socket.socket) -> socket.socket: sock.shutdown(socket.SHUT_RDWR)",
        "import http.client\nhttp.client.HTTPResponse(x)",
        "from urllib.parse import urlsplit",
        "from app.mail.dial import socket",
    ],
)
def test_what_only_reads_or_names_is_no_door(source):
    assert not doors(source)


def test_one_module_counts_against_limits():
    counting = [path for path in modules("web") if "limiter.limiter" in path.read_text()]
    assert [str(path.relative_to(APP)) for path in counting] == ["web/pacing.py"]


def test_imports_stand_at_the_top():
    # A function that imports hides a circle. The commands do it on purpose: each loads only what it needs.
    hidden = []
    for path in modules("."):
        if path.is_relative_to(APP / "cli"):
            continue
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                inner = [node for node in ast.walk(function) if isinstance(node, ast.Import | ast.ImportFrom)]
                hidden += [f"{path.relative_to(APP)}:{node.lineno}" for node in inner]
    assert hidden == []
