"""Workers that fetch what is due (``fetch``), made to be killed.

They also kill themselves: ``before 3`` before the third commit of something written, ``after 3`` after it.
"""

import os
import random
import signal
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection, event
from sqlalchemy.orm import Session

from app import clock, fetching
from app.fetching import Progress, Tools
from app.fetching.lines import open_line
from app.mail.dial import NetworkRules
from app.models.database import pooled_engine_for
from app.vault import Vault
from tests.integration.workers import serve

T = TypeVar("T")
WRITTEN = "written"


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


def note_writing(connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
    """Remember of a connection that its transaction has written."""
    if not statement.startswith("SELECT"):
        connection.info[WRITTEN] = True


def work(url: str, vault: Vault, rules: NetworkRules, order: list[str]) -> None:
    """Fetch what is due, once."""
    engine = pooled_engine_for(url, 4)
    event.listen(engine, "before_cursor_execute", note_writing)
    blow = Blow(*order)

    def transact(do: Callable[[Session], T]) -> T:
        with Session(engine) as session:
            done = do(session)
            session.flush()
            # How often it asks whether to go on depends on the time that it takes: those commits are not counted.
            written = session.connection().info.pop(WRITTEN, False)
            if written:
                blow.fall("before")
            session.commit()
            if written:
                blow.fall("after")
            return done

    transact(lambda session: fetching.ensure(session, now=clock.now()))
    claims = transact(lambda session: fetching.claim_due(session, now=clock.now(), most=5))
    for each in transact(lambda session: fetching.load(session, claims, vault, now=clock.now())):
        tools = Tools(partial(open_line, rules=rules), transact, clock.now, random.random, Progress())
        report = fetching.run(each, tools)
        if report.unchanged:
            transact(lambda session, claim=report.claim: fetching.finish_unchanged(session, [claim], now=clock.now()))


if __name__ == "__main__":
    serve(work)
