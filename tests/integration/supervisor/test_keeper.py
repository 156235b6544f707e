"""A parent keeps its children, calls what it has to call, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.servers.commands import ROOT
from tests.servers.waiting import lives, wait_until


class Parent:
    """The running parent and what it has said."""

    def __init__(self, process: subprocess.Popen[bytes], output: Path) -> None:
        self.process = process
        self._output = output

    def said(self, *beginning: str) -> list[list[str]]:
        lines = [line.split() for line in self._output.read_text().splitlines()]
        return [line[len(beginning) :] for line in lines if line[: len(beginning)] == list(beginning)]

    def pids(self, name: str) -> list[int]:
        """Return the pids that this child has had."""
        return [int(pid) for (pid,) in self.said("stays", name)]


@pytest.fixture
def keeping(tmp_path: Path) -> Callable:
    @contextmanager
    def start(*arguments: str) -> Iterator[Parent]:
        output = tmp_path / "said"
        with output.open("wb") as file:
            command = [sys.executable, "-m", "tests.integration.supervisor.keeping", *arguments]
            process = subprocess.Popen(command, cwd=ROOT, stdout=file)
        parent = Parent(process, output)
        try:
            wait_until(lambda: parent.pids("first") and parent.pids("second"), "both children")
            yield parent
        finally:
            process.kill()
            process.wait(timeout=10)

    return start


def test_a_child_that_dies_is_told_of_and_replaced(keeping):
    with keeping() as parent:
        os.kill(parent.pids("first")[0], signal.SIGKILL)
        wait_until(lambda: len(parent.pids("first")) == 2, "another one")
        assert parent.said("died") == [["first", "-9"]]
        assert len(parent.pids("second")) == 1


def test_each_tick_has_a_period_of_its_own(keeping):
    with keeping() as parent:
        wait_until(lambda: len(parent.said("often")) >= 5, "the frequent one")
        assert len(parent.said("rarely")) == 1


def test_told_to_stop_it_ends_its_children_one_after_the_others(keeping):
    with keeping() as parent:
        parent.process.terminate()
        assert parent.process.wait(timeout=10) == 0
        assert parent.said("ends") == [["first"], ["second"]]
        assert parent.said("died") == []
        assert len(parent.said("over")) == 1


def test_told_twice_it_waits_for_nobody(keeping):
    with keeping("deaf") as parent:
        parent.process.terminate()
        wait_until(lambda: parent.said("ends") == [["first"]], "the first word")
        parent.process.terminate()
        assert parent.process.wait(timeout=10) == 0
        assert not lives(parent.pids("first")[0])


def test_a_parent_that_is_killed_takes_its_children_along(keeping):
    with keeping() as parent:
        parent.process.kill()
        wait_until(lambda: not any(map(lives, parent.pids("first") + parent.pids("second"))), "the children's end")
