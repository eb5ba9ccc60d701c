"""Processes that work on pages and can be killed: documents are parsed here and nowhere else.

A page that hangs, crashes its process or eats its memory costs itself only. The pool outlives a stage, so that models
are loaded once a process, and ends when nobody has used it for a while: the models of idle processes take more memory
than the stages that need no pages.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from concurrent.futures import TimeoutError as TaskTimeout
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from typing import Final, Generic, TypeVar

import dagster as dg
from pebble import ProcessExpired, ProcessPool
from pydantic import Field

from ocr_assets.errors import DocumentFault, TransientFault, UsageError
from resources.page_process import OUT_OF_MEMORY, answer, prepare, ready

Task = TypeVar("Task")
Result = TypeVar("Result")

_TRIES: Final = 2
_STUCK_SECONDS: Final = 60.0  # beyond a page's own limit; then the pool is at fault, not the page


class PageWorkers(dg.ConfigurableResource):  # type: ignore[type-arg]
    """A pool of page processes, shared by all stages of this process that have the same settings."""

    processes: int = Field(default=0, ge=0, description="Page processes at a time; 0 for one a CPU.")
    page_seconds: float = Field(default=120, gt=0, description="A page that takes longer is stopped.")
    memory_mb: int = Field(default=2048, ge=256, description="What one page process may allocate.")
    idle_seconds: float = Field(default=20, gt=0, description="After so long without a page the processes end.")

    def map(
        self, function: Callable[[Task], Result], tasks: Iterable[Task]
    ) -> Iterator[tuple[Task, Result | DocumentFault]]:
        """Run `function` (importable, of one argument) on each task, in parallel; pairs come as they get done.

        What goes wrong with a task comes in place of its result: a DocumentFault that the function raised, `corrupt`
        for what a parser complains of, `page_timeout`, after a second try `page_memory` or `page_crash`, and
        `internal_error` for any other exception; but a UsageError is raised. Tasks are taken from the iterable as
        needed, at most two a process ahead. Leaving the iterator early stops what is running.
        """
        return _Batch(self, function).results(tasks)


class _Batch(Generic[Task, Result]):
    """One call of `map`: its tasks in flight, each with its number of tries so far."""

    def __init__(self, workers: PageWorkers, function: Callable[[Task], Result]) -> None:
        self.function = function
        processes = workers.processes or os.cpu_count() or 1
        self.pool = _pool_of(processes, workers.memory_mb)
        self.ahead = 2 * processes
        self.seconds = workers.page_seconds
        self.memory_mb = workers.memory_mb
        self.idle_seconds = workers.idle_seconds
        self.in_flight: dict[Future[Result | DocumentFault], tuple[Task, int]] = {}

    def results(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Result | DocumentFault]]:
        waiting = iter(tasks)
        with self.pool.in_use(self.idle_seconds):
            try:
                self._fill(waiting)
                while self.in_flight:
                    for future in self._done():
                        task, tries = self.in_flight.pop(future)
                        outcome = self._outcome(future, tries)
                        if isinstance(outcome, _Again):
                            self._schedule(task, tries + 1)
                        else:
                            yield task, outcome
                    self._fill(waiting)
            finally:
                for future in self.in_flight:
                    future.cancel()

    def _fill(self, waiting: Iterator[Task]) -> None:
        while len(self.in_flight) < self.ahead:
            try:
                task = next(waiting)
            except StopIteration:
                return
            self._schedule(task, 1)

    def _schedule(self, task: Task, tries: int) -> None:
        future = self.pool.running().schedule(answer, args=(self.function, task), timeout=self.seconds)
        future.add_done_callback(self.pool.note_end)
        self.in_flight[future] = task, tries

    def _done(self) -> set[Future[Result | DocumentFault]]:
        """Those that ended, at least one. A pool in which nothing ends for too long is given up with all its tasks.

        Whoever's tasks end, it is at work: where many ask for a page at a time, one has to wait for all others.
        """
        patience = self.seconds + _STUCK_SECONDS
        began = time.monotonic()
        while (left := max(began, self.pool.last_end) + patience - time.monotonic()) > 0:
            if done := wait(self.in_flight, timeout=left, return_when=FIRST_COMPLETED).done:
                return done
        self.pool.end()
        for future in self.in_flight:
            future.cancel()
        return set(self.in_flight)

    def _outcome(self, future: Future[Result | DocumentFault], tries: int) -> "Result | DocumentFault | _Again":
        try:
            return future.result()
        except TaskTimeout:
            limit = f"stopped after {self.seconds:g} s"
            return TransientFault("page_timeout", f"{limit}; raise page_seconds if such pages are expected")
        except ProcessExpired as end:
            return self._death(end.exitcode) if tries >= _TRIES else _Again()
        except (BrokenProcessPool, CancelledError):
            return self._death(None) if tries >= _TRIES else _Again()

    def _death(self, exit_code: int | None) -> TransientFault:
        """The fault of a task whose process ended; PDFium and other native code abort when memory runs out.

        Raises UsageError where processes end without a task, which is no page's doing.
        """
        if exit_code is None and not self._can_start():
            raise UsageError(
                "the page processes end as they start, before any page: their standard error says why. Where the "
                "installation was changed under this process, start it anew; what is left is continued"
            )
        if exit_code in (OUT_OF_MEMORY, -signal.SIGABRT):
            limit = f"its process ran out of memory at {self.memory_mb} MB"
            return TransientFault("page_memory", f"{limit}; raise memory_mb if such pages are expected")
        how = signal.Signals(-exit_code).name if exit_code and exit_code < 0 else f"exit code {exit_code}"
        return TransientFault("page_crash", f"its process died {_TRIES} times, the last time by {how}; repair the file")

    def _can_start(self) -> bool:
        """Whether a page process comes as far as having imported the function."""
        for _ in range(_TRIES):
            try:
                self.pool.running().schedule(ready, args=(self.function,), timeout=self.seconds).result()
            except (TaskTimeout, ProcessExpired, BrokenProcessPool, CancelledError):
                continue
            return True
        return False


class _Again:
    """The task's process died under it and the task deserves another."""


@dataclass
class _Pool:
    """The page processes of these settings: started when first asked for, and anew when broken or ended."""

    processes: int
    memory_mb: int
    users: int = 0
    last_end: float = 0.0
    _pool: ProcessPool | None = None
    _rest: threading.Timer | None = None

    def running(self) -> ProcessPool:
        """Its processes come from a fork server: Dagster runs threads, which a plain fork would not survive, and a
        fresh interpreter, which imports Dagster for the stage's function, takes two CPU seconds for each page that was
        killed.
        """
        with _lock:
            if self._pool is None or not self._pool.active:
                self._discard()
                context = get_context("forkserver")
                context.set_forkserver_preload(["resources.workers"])
                self._pool = ProcessPool(
                    self.processes, initializer=prepare, initargs=(self.memory_mb,), context=context
                )
            return self._pool

    def note_end(self, _: object) -> None:
        """Some task has ended, well or not: the pool is at work."""
        self.last_end = time.monotonic()

    @contextmanager
    def in_use(self, idle_seconds: float) -> Iterator[None]:
        """While anyone is within, the processes stay; and for so long after the last one has left."""
        with _lock:
            self.users += 1
        try:
            yield
        finally:
            with _lock:
                self.users -= 1
                if self._rest is not None:
                    self._rest.cancel()
                if not sys.is_finalizing():  # as for an iterator left at an interrupt: a thread would never start
                    self._rest = threading.Timer(idle_seconds, self._end_if_idle)
                    self._rest.daemon = True
                    self._rest.start()

    def end(self) -> None:
        with _lock:
            self._discard()

    def _end_if_idle(self) -> None:
        with _lock:
            if not self.users:
                self._discard()

    def _discard(self) -> None:
        if self._pool is not None:
            self._pool.stop()  # type: ignore[no-untyped-call]
            self._pool.join()
            self._pool = None


_lock = threading.RLock()  # an iterator that nobody holds any more may be closed anywhere, also within


def _pool_of(processes: int, memory_mb: int) -> _Pool:
    """One for all stages and threads of this process; it ends with it."""
    with _lock:
        return _made(processes, memory_mb)


@cache
def _made(processes: int, memory_mb: int) -> _Pool:
    return _Pool(processes, memory_mb)
