"""Names to addresses: the machine's own table, then the name servers, IPv4 and IPv6 at the same time."""

import contextlib
import ipaddress
import queue
import threading
import time
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import dns.exception
import dns.rdata
import dns.rdatatype
import dns.resolver

from app.mail.address import ip_of
from app.mail.failures import StepFailed
from app.mail.guard import IpAddress
from app.mail.outcomes import Outcome

HOSTS_FILE = Path("/etc/hosts")
# RFC 8305, 3 waits 50 ms for the slower family; a machine with IPv6 only needs more patience.
SECOND_FAMILY_SECONDS = 0.5

_LOOPBACK: tuple[IpAddress, ...] = (ipaddress.IPv6Address("::1"), ipaddress.IPv4Address("127.0.0.1"))


def local_addresses(host: str, hosts_file: Path = HOSTS_FILE) -> list[IpAddress]:
    """Return the addresses that this machine knows for ``host`` without asking anybody."""
    found: list[IpAddress] = []
    with contextlib.suppress(OSError, UnicodeDecodeError):
        status = hosts_file.stat()
        found += (address for address, names in _table(hosts_file, status.st_mtime_ns, status.st_size) if host in names)
    # RFC 6761, 6.3: localhost is loopback, and never a question for a name server.
    if host == "localhost" or host.endswith(".localhost"):
        found.extend(address for address in _LOOPBACK if address not in found)
    return found


@lru_cache(maxsize=8)
def _table(hosts_file: Path, _changed_at: int, _size: int) -> Sequence[tuple[IpAddress, frozenset[str]]]:
    """Return what the file says; it is read again when it was changed, not for each of many connections."""
    table: list[tuple[IpAddress, frozenset[str]]] = []
    for line in hosts_file.read_text().splitlines():
        address, *names = line.partition("#")[0].split() or [""]
        parsed = ip_of(address)
        if parsed is not None:
            table.append((parsed, frozenset(name.lower().rstrip(".") for name in names)))
    return table


class Resolver:
    """Asks one given name server, or those of the system."""

    def __init__(self, server: tuple[str, int] | None) -> None:
        self._server = server

    def addresses(self, host: str, seconds: float) -> Sequence[IpAddress]:
        """Return the A and AAAA records of ``host``, waiting at most ``seconds``. Raises StepFailed."""
        end = time.monotonic() + seconds
        answers: queue.SimpleQueue[list[IpAddress] | Outcome] = queue.SimpleQueue()
        for kind in (dns.rdatatype.AAAA, dns.rdatatype.A):
            asking = threading.Thread(target=lambda k=kind: answers.put(self._ask(host, k, seconds)), daemon=True)
            asking.start()
        found: list[IpAddress] = []
        failures: list[Outcome] = []
        for _ in range(2):
            try:
                answer = answers.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                answer = Outcome.DNS_FAILURE
            if isinstance(answer, Outcome):
                failures.append(answer)
            elif answer:
                found += answer
                end = min(end, time.monotonic() + SECOND_FAMILY_SECONDS)
        if not found:
            # NXDOMAIN speaks of the whole name; an empty answer only of one family, so it does not outweigh a failure.
            unknown = Outcome.DNS_NOT_FOUND in failures or not failures
            raise StepFailed(Outcome.DNS_NOT_FOUND if unknown else Outcome.DNS_FAILURE)
        return found

    def records(self, name: str, kind: dns.rdatatype.RdataType, seconds: float) -> Sequence[dns.rdata.Rdata]:
        """Return the records of one kind, none if ``name`` exists without them. Raises StepFailed."""
        try:
            return list(self._resolver(seconds).resolve(f"{name}.", kind, search=False))
        except dns.resolver.NXDOMAIN as error:
            raise StepFailed(Outcome.DNS_NOT_FOUND) from error
        except dns.resolver.NoAnswer:
            return []
        except (dns.exception.DNSException, OSError, ValueError) as error:
            raise StepFailed(Outcome.DNS_FAILURE) from error

    def _ask(self, host: str, kind: dns.rdatatype.RdataType, seconds: float) -> list[IpAddress] | Outcome:
        try:
            answer = self._resolver(seconds).resolve(f"{host}.", kind, search=False)
        except dns.resolver.NXDOMAIN:
            return Outcome.DNS_NOT_FOUND
        except dns.resolver.NoAnswer:
            return []
        except (dns.exception.DNSException, OSError, ValueError):
            return Outcome.DNS_FAILURE
        return [ipaddress.ip_address(record.address) for record in answer]

    def _resolver(self, seconds: float) -> dns.resolver.Resolver:
        resolver = dns.resolver.Resolver(configure=self._server is None)
        resolver.lifetime = seconds
        if self._server is not None:
            resolver.nameservers = [self._server[0]]
            resolver.port = self._server[1]
        return resolver
