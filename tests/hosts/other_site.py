"""A helpdesk on another origin that lets people add a mail account: plain HTTP and HTML, without a line of our code.

Its server asks for a link with the key of its client. Its pages show the form in a frame, as an htmx fragment, or as
sections of a form of its own. Their ids, classes and styles are those of a site that never heard of ours.
"""

import json
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

ROOT = Path(__file__).resolve().parents[2]
FILES = {
    "/htmx.js": (ROOT / "static" / "vendor" / "htmx" / "htmx.min.js", "text/javascript"),
    "/helpdesk.js": (Path(__file__).parent / "helpdesk.js", "text/javascript"),
    "/helpdesk.css": (Path(__file__).parent / "helpdesk.css", "text/css"),
    "/helpdesk.svg": (ROOT / "static" / "favicon.svg", "image/svg+xml"),
}
PREFIX = "mailbox-"
SECTIONS = ("identity", "imap", "smtp")


@dataclass
class OtherSite:
    """The helpdesk. ``wanted`` is what its server asks of a link, beside the key."""

    address: str
    skrzynka: str
    key: str = ""
    language: str = "en"
    wanted: dict[str, str] | None = None

    @property
    def return_address(self) -> str:
        """Where people come back to once their account is saved."""
        return f"{self.address}/added"

    def ask_for_a_link(self) -> str:
        """Return the address of a form for one account."""
        request = urllib.request.Request(
            f"{self.skrzynka}/api/embed-links",
            data=json.dumps(self.wanted or {}).encode(),
            headers={"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return str(json.load(answer)["url"])

    def page(self, path: str, asked: dict[str, list[str]]) -> str | None:
        """Return the page at ``path``; None: there is none."""
        if path == "/added":
            return self._page(f"<p id='account'>{_said(asked, 'account')}</p><p id='state'>{_said(asked, 'state')}</p>")
        if path == "/frame":
            return self._page(_FRAME.format(link=self.ask_for_a_link()), f"{self.skrzynka}/static/embed.js")
        if path in ("/fragment", "/sections"):
            link = self.ask_for_a_link()
            content = _FRAGMENT.format(link=link) if path == "/fragment" else _sections(link)
            return self._page(content, "/htmx.js", f"{self.skrzynka}/static/form.js", form=True)
        return None

    def _page(self, content: str, *scripts: str, form: bool = False) -> str:
        # Ours first: whatever the site says about rows and buttons comes later, as in most pages.
        style = f'<link rel="stylesheet" href="{self.skrzynka}/static/css/form.css">' if form else ""
        loaded = "".join(f'<script src="{script}" defer></script>' for script in ("/helpdesk.js", *scripts))
        return _PAGE.format(language=self.language, head=style + loaded, content=content)

    def policy(self) -> str:
        """Return what the pages may load: a site that forbids everything else can still embed the form."""
        ours = f"'self' {self.skrzynka}"
        return (
            f"default-src 'none'; script-src {ours}; style-src {ours}; connect-src {self.skrzynka}; "
            f"img-src 'self'; frame-src {ours}; form-action {ours}"
        )


@contextmanager
def other_site(port: int, skrzynka: str) -> Iterator[OtherSite]:
    """Run the helpdesk at ``port`` of a host that is not the one of ``skrzynka``."""
    site = OtherSite(f"http://localhost:{port}", skrzynka)
    server = ThreadingHTTPServer(("127.0.0.1", port), type("Answers", (_Answers,), {"site": site}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Answers(BaseHTTPRequestHandler):
    site: OtherSite

    def do_GET(self) -> None:
        """Answer with a page or a file."""
        parts = urlsplit(self.path)
        if parts.path in FILES:
            file, kind = FILES[parts.path]
            self._send(200, kind, file.read_bytes())
            return
        page = self.site.page(parts.path, parse_qs(parts.query))
        self._send(404 if page is None else 200, "text/html; charset=utf-8", (page or "").encode())

    def _send(self, status: int, kind: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Security-Policy", self.site.policy())
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing: the addresses hold links."""


def _said(asked: dict[str, list[str]], name: str) -> str:
    return escape(" ".join(asked.get(name, [])))


def _sections(link: str) -> str:
    parts = "".join(_PART.format(url=f"{link}/{name}?prefix={PREFIX}") for name in SECTIONS)
    end = _PART.format(url=f"{link}/buttons?prefix={PREFIX}&amp;sections={','.join(SECTIONS)}")
    return _SECTIONS.format(parts=parts, end=end)


_PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="htmx-config" content='{{"mode": "cors", "includeIndicatorCSS": false}}'>
<link rel="icon" href="/helpdesk.svg">
<title>Helpdesk</title>
{head}
<link rel="stylesheet" href="/helpdesk.css">
</head>
<body>
<header><h1>Helpdesk</h1></header>
<main id="main">
<div class="card row" id="notices"><label for="email">Ticket <input id="email" name="email" value="7"></label>
<button class="primary" id="account-form" type="button">Close the ticket</button></div>
{content}
<p id="said" role="status"></p>
</main>
</body>
</html>
"""
_FRAME = '<iframe data-skrzynka title="Mail account" src="{link}"></iframe>'
_FRAGMENT = f'<div hx-get="{{link}}?prefix={PREFIX}" hx-trigger="load" hx-swap="outerHTML"></div>'
_PART = '<div hx-get="{url}" hx-trigger="load" hx-swap="outerHTML"></div>'
_SECTIONS = """<form id="ticket-form" action="/frame">
<label for="ticket">Subject <input id="ticket" name="ticket" value="No mail"></label>
{parts}
{end}
</form>"""
