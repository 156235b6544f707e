"""Many threads that write to one SQLite: each gets its turn, in the order in which they came."""

import threading
import time
from pathlib import Path

from sqlalchemy import text

from app.models.database import pooled_engine_for
from app.models.one_writer import Queue


def test_turns_are_taken_in_order_and_whoever_has_no_patience_does_not_take_one():
    queue, order = Queue(), []
    assert queue.wait()
    assert not queue.wait(0.01)

    def take(number: int) -> None:
        assert queue.wait()
        order.append(number)
        queue.end()

    threads = []
    for number in range(5):
        threads.append(threading.Thread(target=take, args=(number,)))
        threads[-1].start()
        while len(queue._waiting) <= number:
            time.sleep(0.001)
    queue.end()
    for thread in threads:
        thread.join(5)
    assert order == [0, 1, 2, 3, 4]
    assert queue.wait(0.01), "nobody has left it taken"


def test_many_writers_wait_for_each_other_however_long_each_takes(tmp_path: Path):
    engine = pooled_engine_for(f"sqlite:///{tmp_path}/test.db", 4)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE counted (number INTEGER)"))
        connection.execute(text("INSERT INTO counted VALUES (0)"))
        # Whoever only tries again has no time to.
        connection.exec_driver_sql("PRAGMA busy_timeout = 0")
    errors: list[Exception] = []

    def write() -> None:
        try:
            for _ in range(5):
                with engine.begin() as connection:
                    connection.exec_driver_sql("PRAGMA busy_timeout = 0")
                    connection.execute(text("SELECT number FROM counted")).all()
                    connection.execute(text("UPDATE counted SET number = number + 1"))
                    time.sleep(0.005)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the test shows it
            errors.append(error)

    threads = [threading.Thread(target=write) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    with engine.begin() as connection:
        assert connection.scalar(text("SELECT number FROM counted")) == 60
    assert errors == []
    with engine.connect() as connection:
        connection.execute(text("UPDATE counted SET number = 0"))
        connection.rollback()
    with engine.begin() as connection:
        connection.execute(text("UPDATE counted SET number = 1"))
    engine.dispose()
