"""Runs one check in a process of its own and prints by how many KiB it has grown: `grower GOOD PORT SIDE SECURITY`.

The process may not take more than 64 MiB on top of what it has after a good check.
"""

import json
import resource
import sys

from app.mail.dial import AllowRule, NetworkRules
from app.mail.settings import Side
from tests.servers.checking import check, settings


def main() -> None:
    good, port, side, security = int(sys.argv[1]), int(sys.argv[2]), Side(sys.argv[3]), sys.argv[4]
    network = NetworkRules(allow=(AllowRule.parse("127.0.0.0/8:*"),), ports=frozenset({good, port}))
    # Libraries and contexts are loaded by then.
    check(side, settings(good, security, "127.0.0.1"), network, fast_mode=True)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    resource.setrlimit(resource.RLIMIT_DATA, (_data_size() + 64 * 1024 * 1024, resource.RLIM_INFINITY))
    outcome = check(side, settings(port, security, "127.0.0.1"), network, fast_mode=True).outcome
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    json.dump({"outcome": outcome, "grown_kib": grown}, sys.stdout)


def _data_size() -> int:
    with open("/proc/self/statm") as statm:  # noqa: PTH123 -- a kernel table, not a file
        return int(statm.read().split()[5]) * resource.getpagesize()


if __name__ == "__main__":
    main()
