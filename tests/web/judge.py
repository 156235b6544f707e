"""What every page must keep to, whatever it is about. The visitor has each answer judged."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

if TYPE_CHECKING:
    from tests.web.page import Page

_REQUESTS = ("hx-get", "hx-post", "hx-put", "hx-patch", "hx-delete")
_NEED_NO_LABEL = {"hidden", "submit", "button", "reset", "image"}
# The second where a form stands in a page of an app that has tokens of its own.
_TOKENS = {"csrf_token", "skrzynka_csrf_token"}
_REFERENCES = ("for", "aria-describedby", "aria-labelledby", "aria-controls")


def judge(page: Page, errors: list[tuple[object, str, object]]) -> None:
    """Fail with every fault of ``page`` at once."""
    faults = [f"invalid HTML: {code} at {place}" for place, code, _data in errors]
    elements = [element for element in page.root.iter() if isinstance(element.tag, str)]
    faults += _ids(elements)
    faults += _labels(elements)
    faults += _forms(elements)
    faults += _content_security(elements)
    faults += _works_without_script(elements)
    if page.is_document:
        faults += _document(elements)
        faults += _references(elements)
        faults += _buttons(elements)
    assert not faults, f"{page.url}:\n" + "\n".join(faults)


def _ids(elements: list[Element]) -> list[str]:
    counts = Counter(element.attrib["id"] for element in elements if "id" in element.attrib)
    return [f"id {id_} occurs {count} times" for id_, count in counts.items() if count > 1]


def _labels(elements: list[Element]) -> list[str]:
    labelled = {element.attrib.get("for") for element in elements if element.tag == "label"}
    inside = {id(control) for element in elements if element.tag == "label" for control in element.iter()}
    faults = []
    for control in elements:
        if control.tag not in ("input", "select", "textarea") or control.attrib.get("type") in _NEED_NO_LABEL:
            continue
        if "hx-swap-oob" in control.attrib:
            continue  # it takes the place of a control whose label stays in the page
        named = {"aria-label", "aria-labelledby"} & control.attrib.keys()
        if not (named or id(control) in inside or control.attrib.get("id", "") in labelled):
            faults.append(f"{control.tag} {control.attrib.get('name')} has no label")
    return faults


def _forms(elements: list[Element]) -> list[str]:
    faults = []
    for form in (element for element in elements if element.tag == "form"):
        action, method = form.attrib.get("action", ""), form.attrib.get("method", "get").lower()
        if not _is_ours(action):
            faults.append(f"a form has no action of ours, but {action!r}")
        if method not in ("get", "post"):
            faults.append(f"the form of {action} has the method {method}, which no browser knows")
        if not any(_submits(control) and not _is_hidden(control) for control in form.iter()):
            faults.append(f"the form of {action} has no button that sends it without a script")
        names = {control.attrib.get("name") for control in form.iter()}
        if method == "post" and bool(_TOKENS & names) is _has_a_token_of_its_own(action):
            faults.append(f"the form of {action} carries no CSRF token, or one beside that in its address")
    passwords = (element for element in elements if element.attrib.get("type") == "password")
    faults += [f"the password {field.attrib.get('name')} is in the page" for field in passwords if field.get("value")]
    return faults


def _is_ours(action: str) -> bool:
    """Say whether a form is sent to us. In a page of another origin the address is whole, and below a link."""
    parts = urlsplit(action)
    if (parts.scheme, parts.netloc) == ("http", "localhost"):
        return _has_a_token_of_its_own(action)
    return action.startswith("/") and not action.startswith("//")


def _has_a_token_of_its_own(action: str) -> bool:
    return urlsplit(action).path.startswith("/embed/")


def _submits(control: Element) -> bool:
    kind = control.attrib.get("type", "submit").lower()
    return (control.tag == "button" and kind == "submit") or (control.tag == "input" and kind in ("submit", "image"))


def _is_hidden(control: Element) -> bool:
    unseen = "visually-hidden" in control.attrib.get("class", "").split()
    return unseen or bool({"hidden", "disabled"} & control.attrib.keys())


def _buttons(elements: list[Element]) -> list[str]:
    inside = {id(control) for element in elements if element.tag == "form" for control in element.iter()}
    return [
        f"the button {control.attrib.get('name') or ''.join(control.itertext()).strip()} belongs to no form"
        for control in elements
        if _submits(control) and id(control) not in inside and "form" not in control.attrib
    ]


def _content_security(elements: list[Element]) -> list[str]:
    faults = []
    for element in elements:
        if "style" in element.attrib or element.tag == "style":
            faults.append(f"{element.tag} has a style of its own")
        if any(name.startswith(("on", "hx-on")) for name in element.attrib):
            faults.append(f"{element.tag} has an event handler")
        if element.tag == "script" and ("src" not in element.attrib or (element.text or "").strip()):
            faults.append("a script stands in the page")
        if any(value.lstrip().lower().startswith(("javascript:", "js:")) for value in element.attrib.values()):
            faults.append(f"{element.tag} holds a script")
    return faults


def _document(elements: list[Element]) -> list[str]:
    counts = Counter(element.tag for element in elements)
    faults = [f"{counts[tag]} elements {tag} instead of one" for tag in ("h1", "main", "title") if counts[tag] != 1]
    if not elements[0].attrib.get("lang"):
        faults.append("the page does not say its language")
    return faults


def _references(elements: list[Element]) -> list[str]:
    ids = {element.attrib.get("id") for element in elements}
    return [
        f"{element.tag} {name} names {id_}, which is not there"
        for element in elements
        for name in _REFERENCES
        for id_ in element.attrib.get(name, "").split()
        if id_ not in ids
    ]


def _works_without_script(elements: list[Element]) -> list[str]:
    """What htmx can ask for must also be a link (to look), or a form or a button (to send) beside it."""
    links = {urlsplit(element.attrib["href"]).path for element in elements if "href" in element.attrib}
    sent = {
        urlsplit(element.attrib[name]).path
        for element in elements
        for name in ("action", "formaction")
        if name in element.attrib
    }
    return [
        f"{element.tag} asks for {element.attrib[name]} through htmx only"
        for element in elements
        for name in _REQUESTS
        if name in element.attrib and urlsplit(element.attrib[name]).path not in (links if name == "hx-get" else sent)
    ]
