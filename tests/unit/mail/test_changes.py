"""What a server says of messages is passed on as it comes, and not gathered."""

import tracemalloc
from array import array
from collections.abc import Iterator

from app.mail.changes import MOST_TOLD, ChangeReader
from app.mail.dialogue import Answer
from app.mail.settings import ConnectionSecurity, ServerSettings

COUNT = 100_000
SETTINGS = ServerSettings("mail.skrzynka.test", 993, ConnectionSecurity.TLS, "jan", "secret")


class Talkative:
    """A dialogue with a server that has something to say about very many messages, all of which have vanished."""

    def ask(self, command: bytes, *, most: int) -> Iterator[Answer]:
        assert most >= COUNT
        if b"VANISHED" in command:
            yield Answer(b"* VANISHED (EARLIER) 1:4294967295\r\n")
        for uid in range(1, COUNT + 1):
            yield Answer(b"* 1 FETCH (UID %d FLAGS (%s))\r\n" % (uid, b"\\Seen" if uid % 2 else b""))


def reader() -> ChangeReader:
    return ChangeReader(Talkative(), ["CONDSTORE"], SETTINGS)  # type: ignore[arg-type]  # it only asks


def test_marks_are_told_some_at_a_time():
    portions: list[int] = []
    read = 0

    def note(seen: dict[int, bool]) -> None:
        nonlocal read
        portions.append(len(seen))
        read += sum(seen.values())

    tracemalloc.start()
    try:
        assert reader().since(7, COUNT, None, note, most=COUNT) is None
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (sum(portions), read) == (COUNT, COUNT // 2)
    assert max(portions) <= MOST_TOLD
    # All together they would take ten times as much.
    assert peak < 1_500_000


def test_of_what_is_said_to_be_there_nothing_has_vanished():
    asking = reader()
    asking.tells_vanished = True
    gone = asking.since(7, COUNT, array("L", [3, COUNT, COUNT + 1, COUNT + 9]), lambda _seen: None, most=COUNT)
    assert gone is not None
    assert list(gone) == [COUNT + 1, COUNT + 9]
