"""A name server that answers from a table, or not at all."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from dnslib import AAAA, CNAME, MX, QTYPE, RCODE, RD, RR, SRV, A, DNSRecord
from dnslib.server import BaseResolver, DNSServer

# (name, "A" or "AAAA") to addresses, "MX" and "SRV" to records as a zone file has them ("10 mx.test"), or to one of the
# words below. What is missing does not exist. An answer may also
# begin with aliases ("CNAME other.test."), and a list of lists is one answer for each question, the last one for ever.
Answer = Sequence[str] | Sequence[Sequence[str]] | str
Table = Mapping[tuple[str, str], Answer]

SERVFAIL = "SERVFAIL"
SILENT = "SILENT"


class _Answers(BaseResolver):
    def __init__(self, table: Table, questions: list[tuple[str, str]], delay: Callable[[], float]) -> None:
        self._table = table
        self._delay = delay
        self._questions = questions

    def resolve(self, request: DNSRecord, handler: object) -> DNSRecord | None:  # noqa: ARG002 -- dnslib's
        name, kind = str(request.q.qname).rstrip("."), QTYPE[request.q.qtype]
        self._questions.append((name, kind))
        time.sleep(self._delay())
        reply = request.reply()
        answer = self._table.get((name, kind))
        if answer == SILENT:
            raise TimeoutError("this server does not answer")
        if answer == SERVFAIL:
            reply.header.rcode = RCODE.SERVFAIL
        elif answer is None:
            if not any(known == name for known, _ in self._table):
                reply.header.rcode = RCODE.NXDOMAIN
        else:
            owner = name
            for record in self._turn(answer, self._questions.count((name, kind))):
                alias = record.removeprefix("CNAME ")
                if alias != record:
                    reply.add_answer(RR(owner, QTYPE.CNAME, ttl=60, rdata=CNAME(alias)))
                    owner = alias
                else:
                    reply.add_answer(RR(owner, request.q.qtype, ttl=60, rdata=_data(kind, record)))
        return reply

    @staticmethod
    def _turn(answer: Answer, count: int) -> Sequence[str]:
        if answer and not isinstance(answer[0], str):
            answer = answer[min(count, len(answer)) - 1]
        return [str(record) for record in answer]


def _data(kind: str, record: str) -> RD:
    *numbers, host = record.split()
    if kind == "MX":
        return MX(host, *map(int, numbers))
    return SRV(*map(int, numbers), host) if kind == "SRV" else A(host) if kind == "A" else AAAA(host)


class _Quiet:
    """Logs nothing; an answer that was refused on purpose is no error."""

    def __getattr__(self, _name: str) -> object:
        return lambda *_args: None


@dataclass(frozen=True)
class NameServer:
    """Where it listens, and what it was asked: (name, kind), in order."""

    address: tuple[str, int]
    questions: list[tuple[str, str]] = field(default_factory=list)


@contextmanager
def watched_name_server(table: Table, delay: Callable[[], float] = lambda: 0.0) -> Iterator[NameServer]:
    """Run a name server that remembers its questions; ``delay`` is added to each answer, in seconds."""
    questions: list[tuple[str, str]] = []
    answers = _Answers(table, questions, delay)
    server = DNSServer(answers, address="127.0.0.1", port=0, logger=_Quiet())
    server.server.handle_error = lambda *_args: None
    server.start_thread()
    try:
        yield NameServer(("127.0.0.1", server.server.server_address[1]), questions)
    finally:
        server.stop()
        server.server.server_close()


@contextmanager
def name_server(table: Table) -> Iterator[tuple[str, int]]:
    """Run a name server and return its address and port."""
    with watched_name_server(table) as server:
        yield server.address
