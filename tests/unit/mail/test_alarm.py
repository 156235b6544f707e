"""The alarm clock: one thread, and everything that has to end rings in its time."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from app.mail.alarm import AlarmClock, alarms
from app.mail.deadline import Deadline


@contextmanager
def held(clock: AlarmClock) -> Iterator[None]:
    """Let nothing ring meanwhile, however long it takes: an alarm that is under way holds up the others."""
    begun, goes_on = threading.Event(), threading.Event()
    clock.set(0, lambda: (begun.set(), goes_on.wait(60)))
    assert begun.wait(5)
    yield
    goes_on.set()


def test_alarms_ring_in_the_order_of_their_times_not_of_their_setting():
    clock, rung, all_rung = AlarmClock(), [], threading.Event()
    with held(clock):
        clock.set(-10, lambda: (rung.append("late"), all_rung.set()))
        clock.set(-30, lambda: rung.append("soon"))
        clock.set(-20, lambda: rung.append("then"))
    assert all_rung.wait(5)
    assert rung == ["soon", "then", "late"]


def test_an_alarm_that_was_called_off_does_not_ring():
    clock, rung, later = AlarmClock(), [], threading.Event()
    with held(clock):
        alarm = clock.set(0.02, lambda: rung.append("called off"))
        clock.call_off(alarm)
        clock.call_off(alarm)
    clock.set(0.05, later.set)
    assert later.wait(5)
    assert rung == []


def test_an_alarm_that_fails_does_not_silence_the_others(monkeypatch):
    told = []
    monkeypatch.setattr(threading, "excepthook", lambda said: told.append(said.exc_type))
    clock, later = AlarmClock(), threading.Event()
    clock.set(0.01, lambda: 1 / 0)
    clock.set(0.03, later.set)
    assert later.wait(5)
    assert told == [ZeroDivisionError]


def test_alarms_that_were_called_off_do_not_pile_up():
    clock = AlarmClock()
    rings = clock.set(600, lambda: None)
    for _ in range(1000):
        clock.call_off(clock.set(600, lambda: None))
    assert len(clock._waiting) < 200
    assert rings in clock._waiting


def test_deadlines_share_one_thread():
    with Deadline(60):
        before = threading.active_count()
        deadlines = [Deadline(60) for _ in range(50)]
        for deadline in deadlines:
            deadline.__enter__()
        assert threading.active_count() == before
        for deadline in deadlines:
            deadline.__exit__()


def test_a_deadline_that_was_renewed_rings_at_its_new_end():
    with held(alarms):
        deadline = Deadline(0)
        deadline.__enter__()
        deadline.renew(0.3)
    assert deadline._stopped.wait(5)
    assert deadline.remaining == 0, "it rang at its old end"
    deadline.__exit__()


def test_alarms_ring_in_a_fork_too():
    clock = AlarmClock()
    # The parent's own alarm is none of the child's business.
    clock.set(600, lambda: None)
    child = os.fork()
    if child == 0:
        rung = threading.Event()
        clock.set(0.02, rung.set)
        os._exit(0 if rung.wait(5) and len(clock._waiting) == 0 else 1)
    assert os.waitpid(child, 0)[1] == 0
