"""A parent with two children, which says what happens, a line each; the first argument is the first child's way to end.

``deaf``: it does not hear that it shall end. The second child outlives the others.
"""

import os
import signal
import sys
from datetime import timedelta

from app.supervisor.keeper import Child, Keeper
from app.supervisor.processes import fork


def say(*words: object) -> None:
    os.write(1, " ".join(map(str, words)).encode() + b"\n")


def stay(name: str, *, deaf: bool = False) -> int:
    def end(*_: object) -> None:
        say("ends", name)
        if not deaf:
            os._exit(0)

    signal.signal(signal.SIGTERM, end)
    say("stays", name, os.getpid())
    while True:
        signal.pause()


def main() -> None:
    deaf = sys.argv[1:] == ["deaf"]
    with Keeper(grace=timedelta(minutes=1), on_death=lambda child, code: say("died", child.name, code)) as keeper:
        keeper.add(Child("second", lambda: fork(lambda: stay("second")), outlives_the_others=True))
        keeper.add(Child("first", lambda: fork(lambda: stay("first", deaf=deaf))))
        keeper.every(timedelta(milliseconds=20), lambda: say("often"))
        keeper.every(timedelta(minutes=1), lambda: say("rarely"))
        keeper.run()
    say("over")


main()
