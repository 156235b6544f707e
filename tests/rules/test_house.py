"""The house: one word for one thing, in every room; nothing stands where it does not belong."""

import ast
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
    assert folders == {*CORE, "web", "cli", "jobs", "translations"}


def test_templates_are_pages_partials_and_components():
    kinds = {path.name for path in (ROOT / "templates").iterdir()}
    assert kinds <= {*ABILITIES, "layouts", "components", "errors"}


def modules(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((APP / folder).rglob("*.py"))]


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


@pytest.mark.parametrize("path", modules(*CORE), ids=lambda path: str(path.relative_to(APP)))
def test_the_core_never_commits(path):
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)]
    commits = [call for call in calls if call.attr == "commit"]
    assert bool(commits) == (str(path.relative_to(APP)) in STARTING), "the edge commits, once, at its end"


def test_only_one_module_opens_connections():
    # getaddrinfo, socket.socket and the like: whatever makes a packet leave stands behind the guard.
    openers = {"create_connection", "getaddrinfo", "gethostbyname", "socketpair", "socket"}
    found = set()
    for path in modules("."):
        if "socket" not in imports(path):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == "socket"
                and node.func.attr in openers
            ):
                found.add(str(path.relative_to(APP)))
    assert found <= {"mail/dial.py", "cli/listening.py"}, (
        "cli/listening.py only binds, in order to see that a port is free"
    )


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
