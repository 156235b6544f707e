"""A name server that answers from a table, or not at all."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from dnslib import QTYPE, RCODE, RR, DNSRecord
from dnslib.server import BaseResolver, DNSServer

# (name, "A" or "AAAA") to addresses, or to one of the words below. What is missing does not exist.
Table = Mapping[tuple[str, str], Sequence[str] | str]

SERVFAIL = "SERVFAIL"
SILENT = "SILENT"


class _Answers(BaseResolver):
    def __init__(self, table: Table) -> None:
        self._table = table

    def resolve(self, request: DNSRecord, handler: object) -> DNSRecord | None:  # noqa: ARG002 -- dnslib's
        name, kind = str(request.q.qname).rstrip("."), QTYPE[request.q.qtype]
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
            for address in answer:
                reply.add_answer(*RR.fromZone(f"{name}. 60 {kind} {address}"))
        return reply


class _Quiet:
    """Logs nothing; an answer that was refused on purpose is no error."""

    def __getattr__(self, _name: str) -> object:
        return lambda *_args: None


@contextmanager
def name_server(table: Table) -> Iterator[tuple[str, int]]:
    """Run a name server and return its address and port."""
    server = DNSServer(_Answers(table), address="127.0.0.1", port=0, logger=_Quiet())
    server.server.handle_error = lambda *_args: None
    server.start_thread()
    try:
        yield "127.0.0.1", server.server.server_address[1]
    finally:
        server.stop()
        server.server.server_close()
