"""Lines to servers on loopback that are as long as real ones: every byte arrives later, in order, as it was sent.

``python -m tests.fakes.slow_link SECONDS PORT:SERVER...`` is a process of its own, so that it takes no time away from
whoever is measured.
"""

import asyncio
import selectors
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

ONE_WAY = 0.025
ROOT = Path(__file__).resolve().parents[2]

# When something arrives, and what; nothing at the end of the stream.
Arrivals = asyncio.Queue[tuple[float, bytes]]


@contextmanager
def slow_links(lines: Mapping[int, int], one_way: float = ONE_WAY) -> Iterator[None]:
    """Listen on the ports that are the keys of ``lines``, and lead to the servers on the ports that are its values."""
    command = [sys.executable, "-m", "tests.fakes.slow_link", str(one_way), *(f"{a}:{b}" for a, b in lines.items())]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            yield
        finally:
            process.terminate()


class Line:
    """One client's connection.

    The kernel answers a SYN at once. On a real line the connection stands one round trip later for the client, and half
    a round trip after that for the server, so what either says first arrives that much later: connecting costs what it
    costs on a real line, although the client cannot see when.
    """

    def __init__(self, server: int, one_way: float) -> None:
        self._server = server
        self._one_way = one_way
        self._answered = False

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry bytes in both directions until both ends have closed, or one has broken."""
        to_server, to_client = Arrivals(), Arrivals()
        ends = [writer]
        with suppress(ExceptionGroup):
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._listen(reader, to_server, at_client=True))
                await asyncio.sleep(3 * self._one_way)
                from_server, server = await asyncio.open_connection("127.0.0.1", self._server)
                ends.append(server)
                tasks.create_task(self._listen(from_server, to_client))
                tasks.create_task(self._deliver(to_server, server))
                tasks.create_task(self._deliver(to_client, writer, to_client=True))
        for end in ends:
            end.close()

    async def _listen(self, reader: asyncio.StreamReader, arrivals: Arrivals, *, at_client: bool = False) -> None:
        while True:
            data = await reader.read(64 * 1024)
            first = at_client and not self._answered
            delay = 3 * self._one_way if first else self._one_way
            arrivals.put_nowait((asyncio.get_running_loop().time() + delay, data))
            if not data:
                return

    async def _deliver(self, arrivals: Arrivals, writer: asyncio.StreamWriter, *, to_client: bool = False) -> None:
        while True:
            due, data = await arrivals.get()
            await asyncio.sleep(due - asyncio.get_running_loop().time())
            if not data:
                writer.write_eof()
                return
            self._answered = self._answered or to_client
            writer.write(data)
            await writer.drain()


async def _serve(one_way: float, lines: Mapping[int, int]) -> None:
    for port, server in lines.items():
        await asyncio.start_server(lambda r, w, s=server: Line(s, one_way).carry(r, w), "127.0.0.1", port)
    print("ready", flush=True)  # noqa: T201 -- whoever started this waits for it
    await asyncio.Event().wait()


def main() -> None:
    """Carry until killed."""
    one_way, *pairs = sys.argv[1:]
    lines = {int(port): int(server) for port, _, server in (pair.partition(":") for pair in pairs)}
    # The other selectors wait for whole milliseconds.
    loop = asyncio.SelectorEventLoop(selectors.SelectSelector())
    loop.run_until_complete(_serve(float(one_way), lines))


if __name__ == "__main__":
    main()
