"""What the sensor remembers in its cursor, and in which turn files are looked at."""

import pytest

from resources.sources import SeenFile
from sensors.arrival_memory import FIRST_DELAY, LONGEST_DELAY, REMEMBERED, Memory, in_turn, portion


def seen(uri: str, version: str = "1", size: int = 10) -> SeenFile:
    return SeenFile(uri, size, version)


def test_an_unreadable_file_is_tried_again_after_a_time_that_grows_up_to_a_limit() -> None:
    memory, file, now = Memory(), seen("a"), 1_000.0
    pauses = []
    for _ in range(10):
        memory.failed(file, now)
        due = memory.tries[next(iter(memory.tries))][1]
        assert not memory.due(file, due - 0.1)
        assert memory.due(file, due)
        pauses.append(due - now)
        now = due
    assert pauses[:3] == [FIRST_DELAY, 2 * FIRST_DELAY, 4 * FIRST_DELAY]
    assert pauses[-1] == LONGEST_DELAY


def test_another_version_of_an_unreadable_file_is_looked_at_at_once() -> None:
    memory = Memory()
    memory.failed(seen("a", "1"), 0)
    assert not memory.due(seen("a", "1"), 1)
    assert memory.due(seen("a", "2"), 1)
    assert memory.attempts(seen("a", "2")) == 0


def test_a_clock_that_is_put_back_makes_no_file_wait_for_longer_than_the_longest_delay() -> None:
    memory = Memory()
    memory.failed(seen("a"), 1_000_000.0)
    assert memory.due(seen("a"), 10.0)


def test_the_memory_survives_in_the_cursor() -> None:
    memory = Memory(after={"s3://b/": "s3://b/ü\n'.pdf"})
    memory.failed(seen("a"), 5)
    assert Memory.load(memory.dump()) == memory


@pytest.mark.parametrize(
    "cursor", [None, "", "not json", "[]", "7", '{"after": 1, "tries": {"a": "b"}}', '{"tries": {}}']
)
def test_a_cursor_that_is_lost_or_strange_is_an_empty_memory(cursor: str | None) -> None:
    assert Memory.load(cursor) == Memory()


def test_a_cursor_does_not_grow_with_the_number_of_unreadable_files() -> None:
    memory = Memory()
    for number in range(3 * REMEMBERED):
        memory.failed(seen(f"{number}"), 0)
    assert len(memory.tries) == REMEMBERED
    assert len(memory.dump()) < 50_000


def test_what_was_read_and_what_never_came_again_is_not_remembered() -> None:
    memory = Memory()
    for name in ("read", "lost", "open"):
        memory.failed(seen(name), 0 if name == "lost" else 1_000_000)
    memory.settled([seen("read")], 1_000_000)
    assert [memory.attempts(seen(name)) for name in ("read", "lost", "open")] == [0, 0, 1]


def test_files_of_all_queues_are_looked_at_in_turn_and_each_once() -> None:
    long = [seen(f"long {number}") for number in range(5)]
    assert in_turn([long, [seen("short")], [seen("again"), long[1]]]) == [
        long[0],
        seen("short"),
        seen("again"),
        long[1],
        *long[2:],
    ]
    assert in_turn([]) == []


def test_a_tick_takes_files_up_to_its_number_and_size() -> None:
    files = [seen(name) for name in "abcd"]
    assert portion(files, 3, 1000) == files[:3]
    assert portion(files, 100, 25) == files[:2]
    assert portion(files, 100, 40) == files
    assert portion([], 3, 10) == []


def test_a_file_over_the_size_of_a_tick_is_taken_alone() -> None:
    assert portion([seen("big", size=100), seen("small")], 3, 50) == [seen("big", size=100)]
