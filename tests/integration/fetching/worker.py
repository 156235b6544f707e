"""Worker processes made to be killed: ``worker.py URL KEY PORT``; each line on stdin starts one.

``fetch`` fetches; ``before 3`` kills itself before its third commit, ``after 3`` after it. Everything is loaded once; a
child is forked per line, its pid printed, and its end announced, with whether it was killed.
"""

import base64
import os
import random
import signal
import sys
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from sqlalchemy.orm import Session

from app import clock, fetching
from app.fetching import Progress, Tools
from app.fetching.lines import open_line
from app.mail.dial import AllowRule, NetworkRules
from app.models.database import pooled_engine_for
from app.vault import Vault

T = TypeVar("T")


def main(url: str, key: str, port: str) -> None:
    """Serve one line after the other."""
    rules = NetworkRules(allow=(AllowRule.parse("127.0.0.0/8:*"),), ports=frozenset({int(port)}))
    vault = Vault({"k1": base64.b64decode(key)})
    for line in sys.stdin:
        child = os.fork()
        if not child:
            try:
                work(url, vault, rules, Blow(*line.split()))
            finally:
                os._exit(0)
        say(str(child))
        _pid, status = os.waitpid(child, 0)
        say("killed" if os.WIFSIGNALED(status) else "ended")


class Blow:
    """Kills this process at one of its commits, or never."""

    def __init__(self, when: str, number: str = "0") -> None:
        self._when = when
        self._left = int(number)

    def fall(self, when: str) -> None:
        """Hear that a commit comes, or has been made."""
        self._left -= when == self._when
        if when == self._when and not self._left:
            os.kill(os.getpid(), signal.SIGKILL)


def work(url: str, vault: Vault, rules: NetworkRules, blow: Blow) -> None:
    """Fetch what is due, once."""
    engine = pooled_engine_for(url, 4)

    def transact(do: Callable[[Session], T]) -> T:
        with Session(engine) as session:
            done = do(session)
            session.flush()
            blow.fall("before")
            session.commit()
            blow.fall("after")
            return done

    transact(lambda session: fetching.ensure(session, now=clock.now()))
    claims = transact(lambda session: fetching.claim_due(session, now=clock.now(), most=5))
    for each in transact(lambda session: fetching.load(session, claims, vault, now=clock.now())):
        tools = Tools(partial(open_line, rules=rules), transact, clock.now, random.random, Progress())
        report = fetching.run(each, tools)
        if report.unchanged:
            transact(lambda session, claim=report.claim: fetching.finish_unchanged(session, [claim], now=clock.now()))


def say(word: str) -> None:
    """Write a line that is read at once."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
