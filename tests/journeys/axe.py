"""axe-core, which looks at a page as it stands and says what some people cannot use of it."""

from collections.abc import Iterable
from pathlib import Path

from playwright.sync_api import Frame, Page

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()

# Colour scheme and width of the window.
LOOKS = [("light", 1280), ("light", 390), ("dark", 1280), ("dark", 390)]


def flaws(page: Page, looks: Iterable[tuple[str, int]], *, inside: Frame | None = None) -> list[str]:
    """Return what axe finds on ``page``, or in a frame of it, in every scheme and width."""
    found = []
    # Evaluated, not added as an element: the content security policy would refuse that.
    document = inside or page
    document.evaluate(AXE)
    for scheme, width in looks:
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # a plain word here, a literal there
        page.set_viewport_size({"width": width, "height": 900})
        for it in document.evaluate("axe.run({resultTypes: ['violations']}).then(result => result.violations)"):
            nodes = [node["html"] for node in it["nodes"]][:3]
            found.append(f"{scheme}, {width} px: {it['id']}: {it['help']} {nodes}")
    page.set_viewport_size({"width": 1280, "height": 900})
    return found
