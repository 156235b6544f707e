"""What a person, or another program, does to a mailbox meanwhile."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from imapclient import IMAPClient

from tests.servers.fixtures import PASSWORD, USER


@contextmanager
def mailbox(port: int, ca_file: str, user: str = USER) -> Iterator[IMAPClient]:
    """Yield a client that is logged in, to an empty mailbox."""
    with signed_in(port, ca_file, user) as client:
        empty(client)
        yield client


@contextmanager
def signed_in(port: int, ca_file: str, user: str = USER) -> Iterator[IMAPClient]:
    """Yield a client that is logged in and has the inbox open."""
    context = ssl.create_default_context(cafile=ca_file)
    client = IMAPClient("localhost", port, ssl_context=context)
    client.plain_login(user, PASSWORD)
    client.select_folder("INBOX")
    try:
        yield client
    finally:
        client.logout()


def empty(client: IMAPClient) -> None:
    for _flags, _delimiter, name in client.list_folders():
        if name != "INBOX":
            client.delete_folder(name)
    client.select_folder("INBOX")
    client.delete_messages(client.search("ALL"))
    client.expunge()


def letter(subject: str, text: str = "Treść", **headers: str) -> bytes:
    """Return a small message."""
    given = {"From": "Jan <jan@firma.test>", "Subject": subject, "Message-ID": f"<{subject}@firma.test>", **headers}
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in given.items()]
    return "\r\n".join([*lines, "Content-Type: text/plain; charset=utf-8", "", text, ""]).encode()


def put(client: IMAPClient, *subjects: str, folder: str = "INBOX", when: datetime | None = None) -> None:
    for subject in subjects:
        client.append(folder, letter(subject), msg_time=when)
