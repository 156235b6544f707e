"""Where the big providers explain app passwords. Only addresses of ours are linked, never one that a server sent."""

from collections.abc import Mapping

# By the end of the server's name.
_PAGES: Mapping[str, str] = {
    "gmail.com": "https://myaccount.google.com/apppasswords",
    "googlemail.com": "https://myaccount.google.com/apppasswords",
    "yahoo.com": "https://help.yahoo.com/kb/SLN15241.html",
    "aol.com": "https://help.aol.com/articles/Create-and-manage-app-password",
    "me.com": "https://support.apple.com/102654",
    "icloud.com": "https://support.apple.com/102654",
    "fastmail.com": "https://www.fastmail.help/hc/en-us/articles/360058752854",
    "yandex.com": "https://id.yandex.com/security/app-passwords",
    "yandex.ru": "https://id.yandex.ru/security/app-passwords",
    "wp.pl": "https://pomoc.wp.pl/",
    "o2.pl": "https://pomoc.o2.pl/",
}


def help_page(host: str) -> str | None:
    """Return where the provider of ``host`` explains app passwords, or None."""
    labels = host.lower().split(".")
    endings = (".".join(labels[place:]) for place in range(len(labels)))
    return next((_PAGES[ending] for ending in endings if ending in _PAGES), None)
