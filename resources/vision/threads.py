"""Work that waits for a service, done in threads beside a stream of results that come by themselves."""

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def with_asked(
    stream: Iterator[T], is_asked: Callable[[T], bool], ask: Callable[[T], R], other: Callable[[T], R], threads: int
) -> Iterator[R]:
    """`other` of each item as it comes, or `ask` of it, in a thread, where `is_asked`; in the order in which they end.

    Few items wait: the stream is not read on while more are being asked than there are threads for twice. What `ask`
    raises is raised here. The threads are daemons: a process that is told to end does not wait for their answers.
    """
    asked: queue.SimpleQueue[T | None] = queue.SimpleQueue()
    ended: queue.SimpleQueue[R | BaseException] = queue.SimpleQueue()
    workers: list[threading.Thread] = []
    pending = 0

    def work() -> None:
        while (item := asked.get()) is not None:
            try:
                ended.put(ask(item))
            except BaseException as error:  # noqa: BLE001 - it is raised where the stream is read
                ended.put(error)

    def result() -> R:
        found = ended.get()
        if isinstance(found, BaseException):
            raise found
        return found

    try:
        for item in stream:
            if not is_asked(item):
                yield other(item)
            else:
                asked.put(item)
                pending += 1
                if len(workers) < min(threads, pending):
                    workers.append(threading.Thread(target=work, daemon=True))
                    workers[-1].start()
            while pending and (pending >= 2 * threads or not ended.empty()):
                pending -= 1
                yield result()
        while pending:
            pending -= 1
            yield result()
    finally:
        with contextlib.suppress(queue.Empty):  # what nobody has begun; the threads take from it too
            while True:
                asked.get_nowait()
        for _ in workers:
            asked.put(None)
