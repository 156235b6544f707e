"""``skrzynka fetch``: fetch mail once, in this process, without queue or workers."""

import json
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import TypeVar

import click
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app import accounts, clock, fetching
from app.cli.database import installed, one_line_errors
from app.cli.problems import BadInput
from app.config import Config
from app.fetching import Claim, Progress, Tools
from app.fetching.lines import open_line
from app.mail.outcomes import Outcome
from app.models.database import pooled_engine_for
from app.models.installation import confirm_keys

T = TypeVar("T")
# A quarter of a lease.
EXTEND_SECONDS = 15.0
_BAR_SECONDS = 0.1
# What is said about accounts from which nothing was fetched just now.
IN_OTHER_HANDS, STOPPED = "in_other_hands", "stopped"


@click.command
@click.argument("account_ids", metavar="[ACCOUNT_ID ...]", nargs=-1, type=int)
@click.option("--all", "all_accounts", is_flag=True, help="Fetch all active accounts that wait for nobody.")
def fetch(account_ids: tuple[int, ...], all_accounts: bool) -> None:
    """Fetch mail once and print a JSON line for each account.

    "new" counts messages as the pages do, in however many folders each of them lies, and "bytes" what they have.

    With --all an account that is paused or waits for a person was not tried: nothing is sent to its server. Its line
    says "paused", or what it waits for: "another_mailbox" for an answer whether it is still the same mailbox, any other
    outcome for what its server said when it was last tried ("auth_failed": for another password). Named by its number,
    one that waits is tried.

    "in_other_hands": another process fetches it just now; "stopped": it was switched off or paused meanwhile.

    Exits with 0 if all of it went well, 1 if something did not, 2 if the arguments make no sense.
    """
    if account_ids and all_accounts:
        raise BadInput("say which accounts to fetch or --all, not both.")
    if not account_ids and not all_accounts:
        raise BadInput("say which accounts to fetch, or --all.")
    # Whoever ends it does so as Ctrl-C does: what is in hand is let go of.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with one_line_errors():
        run = _Run(installed())
        good = [run.fetch(account_id, named=not all_accounts) for account_id in run.accounts(account_ids)]
    raise SystemExit(0 if all(good) else 1)


class Bar(Progress):
    """A line on the terminal that grows; nothing where standard error is no terminal."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._shown = sys.stderr.isatty()
        self._next = 0.0
        self._all = self._done = 0

    def expect(self, count: int) -> None:
        """Hear that there are ``count`` more messages."""
        self._all += count
        self._show()

    def advance(self) -> None:
        """Hear that one message has come."""
        self._done += 1
        self._show()

    def end(self) -> None:
        """Clear the line."""
        if self._shown and self._all:
            click.echo("\r\x1b[K", nl=False, err=True)

    def _show(self) -> None:
        now = time.monotonic()
        if not self._shown or not self._all or (now < self._next and self._done < self._all):
            return
        self._next = now + _BAR_SECONDS
        filled = 30 * self._done // max(1, self._all)
        line = f"\r{self._label}  [{'#' * filled}{'-' * (30 - filled)}]  {self._done}/{self._all}\x1b[K"
        click.echo(line, nl=False, err=True)


class _Run:
    """The fetches of one command."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._engine = pooled_engine_for(config.database_url, 2)
        self.transact(lambda session: confirm_keys(session, config.vault))

    def transact(self, work: Callable[[Session], T]) -> T:
        """Run ``work`` in a transaction of its own, and commit it."""
        with Session(self._engine) as session:
            done = work(session)
            session.commit()
            return done

    def accounts(self, wanted: Sequence[int]) -> list[int]:
        """Return the accounts to fetch, each once. Raises BadInput for one that is not there, not active, or paused."""
        known = self.transact(lambda session: {each.id: each.active for each in accounts.list_all(session)})
        for account_id in wanted:
            if account_id not in known:
                raise BadInput(f"there is no account {account_id}.")
            if not known[account_id]:
                raise BadInput(f"account {account_id} is switched off; nothing is fetched from it.")
            if self._hindrance(account_id) == fetching.PAUSED:
                raise BadInput(f"account {account_id} is paused; let it go on first, on the page about its fetching.")
        return list(dict.fromkeys(wanted or sorted(each for each, active in known.items() if active)))

    def fetch(self, account_id: int, *, named: bool) -> bool:
        """Fetch one account, print what came of it, and return whether it went well."""
        started = time.perf_counter()
        new, size, outcome = self._outcome(account_id, named=named)
        milliseconds = round((time.perf_counter() - started) * 1000, 1)
        report = {"account": account_id, "outcome": outcome, "new": new, "bytes": size, "ms": milliseconds}
        click.echo(json.dumps(report))
        # Whoever has paused an account knows it.
        return outcome in (Outcome.OK, fetching.PAUSED)

    def _outcome(self, account_id: int, *, named: bool) -> tuple[int, int, str]:
        hindrance = None if named else self._hindrance(account_id)
        if hindrance is not None:
            return 0, 0, hindrance
        now = clock.now()
        claim = self.transact(lambda session: fetching.claim(session, account_id, now=now))
        if claim is None:
            return 0, 0, IN_OTHER_HANDS
        try:
            with self._kept(claim):
                return self._run(claim)
        except BaseException:
            # Ctrl-C too: nobody shall have to wait for the end of the lease.
            self.transact(lambda session: fetching.put_back(session, [claim], due_at=clock.now()))
            raise

    def _hindrance(self, account_id: int) -> str | None:
        return self.transact(lambda session: fetching.hindrance_of(session, account_id))

    def _run(self, claim: Claim) -> tuple[int, int, str]:
        works = self.transact(lambda session: fetching.load(session, [claim], self._config.vault, now=clock.now()))
        if not works:
            self.transact(lambda session: fetching.put_back(session, [claim], due_at=clock.now()))
            return 0, 0, self._hindrance(claim.account_id) or STOPPED
        bar = Bar(works[0].details.email)
        connect = partial(open_line, rules=self._config.network)
        report = fetching.run(works[0], Tools(connect, self.transact, clock.now, random.random, bar))
        bar.end()
        if report.unchanged:
            self.transact(lambda session: fetching.finish_unchanged(session, [claim], now=clock.now()))
        return report.new, report.size, report.outcome or STOPPED

    @contextmanager
    def _kept(self, claim: Claim) -> Iterator[None]:
        """Keep an account in hand; one whose process is killed is free again when its lease has ended."""
        ended = threading.Event()

        def extend() -> None:
            while not ended.wait(EXTEND_SECONDS):
                # The next time may do: a lease outlasts several.
                with suppress(SQLAlchemyError):
                    self.transact(lambda session: fetching.extend(session, [claim], now=clock.now()))

        thread = threading.Thread(target=extend, name="lease", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
