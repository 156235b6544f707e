"""A visitor without a script: fetches pages, fills in forms as they stand, and judges every answer on the way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urldefrag, urljoin, urlsplit
from xml.etree.ElementTree import Element

import html5lib
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from tests.web.judge import judge

_NOT_SENT = {"submit", "button", "reset", "image", "file"}
_TOKEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')


class Page:
    """An answer: status, headers and the parsed document."""

    def __init__(self, response: TestResponse, url: str) -> None:
        self.status = response.status_code
        self.headers = response.headers
        self.url = url
        self.source = response.get_data(as_text=True)
        self.is_document = self.source.lstrip().lower().startswith("<!doctype")
        parser = html5lib.HTMLParser(namespaceHTMLElements=False)
        self.root: Element = (parser.parse if self.is_document else parser.parseFragment)(self.source)
        # The sample of a stationery is no page of ours: it has a policy of its own, and styles.
        is_ours = "sandbox" not in self.headers.get("Content-Security-Policy", "")
        if response.mimetype == "text/html" and self.source and self.status != 303 and is_ours:
            judge(self, parser.errors)

    def all(self, tag: str = "*", **attributes: str) -> list[Element]:
        """Return the elements with this tag and these attributes (``class_`` for one of the classes)."""
        return [element for element in _elements(self.root) if _fits(element, tag, attributes)]

    def one(self, tag: str = "*", **attributes: str) -> Element:
        """Return the only such element; there must be exactly one."""
        found = self.all(tag, **attributes)
        assert len(found) == 1, f"{len(found)} elements {tag} {attributes} on {self.url}"
        return found[0]

    def field(self, name: str) -> Element:
        """Return the control with this id."""
        return self.one(id=name)

    def value(self, name: str) -> str | None:
        """Return what the control with this id would send, or None."""
        return _value(self.field(name))

    def said(self, id_: str) -> str:
        """Return the words inside the element with this id."""
        return words(self.one(id=id_))

    @property
    def title(self) -> str:
        """The words of the h1."""
        return words(self.one("h1"))

    @property
    def text(self) -> str:
        """All words of the page."""
        return words(self.root)

    def form(self, action: str | None = None) -> Element:
        """Return the form of ``main`` (small ones in the heading do not count), or the one with this action."""
        main = self.all("main")
        beside = {id(f) for heading in self.all(class_="page-heading") for f in heading.iter("form")}
        forms = self.all("form", action=action) if action else [f for m in main or [self.root] for f in m.iter("form")]
        forms = [form for form in forms if action or id(form) not in beside]
        assert len(forms) == 1, f"{len(forms)} forms on {self.url}"
        return forms[0]


class Visitor:
    """A browser without JavaScript; ``htmx=True`` asks as htmx would."""

    def __init__(self, client: FlaskClient, language: str = "en") -> None:
        self.client = client
        self.language = language

    def visit(self, url: str, *, htmx: bool = False) -> Page:
        """Fetch ``url``, through redirects."""
        return self._follow(self.client.get(url, headers=self._headers(htmx)), url, htmx)

    def submit(
        self, page: Page, form: Element | None = None, *, button: str | None = None, htmx: bool = False, **typed: object
    ) -> Page:
        """Send a form of ``page`` as it stands, with what was ``typed`` (``imap_port`` for ``imap-port``).

        ``button`` is the words on the button that is pressed; its name, value and formaction go along.
        """
        form = page.form() if form is None else form
        fields = MultiDict(_successful(form))
        for name, value in typed.items():
            _type(fields, form, name.replace("_", "-") if name != "csrf_token" else name, value)
        action = form.attrib["action"]
        if button is not None:
            pressed = next(b for b in form.iter("button") if words(b) == button)
            action = pressed.attrib.get("formaction", action)
            if "name" in pressed.attrib:
                fields[pressed.attrib["name"]] = pressed.attrib.get("value", "")
        return self.post(urljoin(page.url, action), fields, htmx=htmx)

    def post(self, url: str, fields: object, *, htmx: bool = False) -> Page:
        """Send ``fields`` to ``url``, and follow redirects."""
        return self._follow(self.client.post(url, data=fields, headers=self._headers(htmx)), url, htmx)

    def sign_in(self, email: str, password: str) -> Page:
        """Sign in through the form."""
        return self.submit(self.visit("/sign-in"), email=email, password=password)

    def enter(self, email: str, password: str) -> None:
        """Sign in through the same form, and pass by the pages on the way: most tests are about what comes after."""
        token = _TOKEN.search(self.client.get("/sign-in", headers=self._headers(False)).text)
        assert token is not None
        fields = {"csrf_token": token.group(1), "email": email, "password": password}
        response = self.client.post("/sign-in", data=fields, headers=self._headers(False))
        assert response.status_code == 303

    def _headers(self, htmx: bool) -> dict[str, str]:
        headers = {"Accept-Language": self.language}
        return headers | ({"HX-Request": "true", "HX-Request-Type": "partial"} if htmx else {})

    def _follow(self, response: TestResponse, url: str, htmx: bool) -> Page:
        for _hop in range(5):
            if response.status_code not in (301, 302, 303):
                return Page(response, url)
            # What follows the # is the browser's alone.
            url = urldefrag(urljoin(url, response.headers["Location"])).url
            assert urlsplit(url).netloc in ("", "localhost"), f"a redirect leads to another server: {url}"
            response = self.client.get(url, headers=self._headers(htmx))
        raise AssertionError(f"too many redirects, the last to {url}")


def words(element: Element) -> str:
    """Return the text of ``element`` with single spaces."""
    return " ".join("".join(element.itertext()).split())


def _elements(root: Element) -> Iterator[Element]:
    return (element for element in root.iter() if isinstance(element.tag, str))


def _fits(element: Element, tag: str, attributes: dict[str, str]) -> bool:
    if tag not in ("*", element.tag):
        return False
    for name, wanted in attributes.items():
        if name == "class_":
            if wanted not in element.attrib.get("class", "").split():
                return False
        elif element.attrib.get(name.rstrip("_").replace("_", "-")) != wanted:
            return False
    return True


def _successful(form: Element) -> Iterator[tuple[str, str]]:
    """Yield what a browser would send (HTML, 4.10.21.4), without any button."""
    for control in form.iter():
        name = control.attrib.get("name") if control.tag in ("input", "select", "textarea") else None
        if not name or "disabled" in control.attrib or control.attrib.get("type") in _NOT_SENT:
            continue
        value = _value(control)
        if value is not None:
            yield name, value


def _value(control: Element) -> str | None:
    if control.tag == "select":
        options = list(control.iter("option"))
        chosen = [option for option in options if "selected" in option.attrib] or options[:1]
        return chosen[0].attrib.get("value", words(chosen[0])) if chosen else None
    if control.tag == "textarea":
        return control.text or ""
    if control.attrib.get("type") in ("checkbox", "radio"):
        return control.attrib.get("value", "on") if "checked" in control.attrib else None
    return control.attrib.get("value", "")


def _type(fields: MultiDict[str, object], form: Element, name: str, value: object) -> None:
    controls = [control for control in form.iter() if control.attrib.get("name") == name]
    assert controls, f"there is no field {name} to type into"
    if controls[0].attrib.get("type") == "checkbox":
        fields.poplist(name)
        if value:
            fields[name] = controls[0].attrib.get("value", "on")
    else:
        fields.setlist(name, [value])
