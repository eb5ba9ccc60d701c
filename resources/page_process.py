"""The inside of a page process: its limits, and how it answers."""

import ctypes
import os
import resource
import signal
import threading
from collections.abc import Callable
from functools import cache
from multiprocessing import parent_process
from typing import Final, TypeVar

from ocr_assets.errors import DocumentFault, UsageError
from resources.faults import fault_of

Task = TypeVar("Task")
Result = TypeVar("Result")

OUT_OF_MEMORY: Final = 77
"""Exit code of a page process that met its memory limit."""

_KEPT_BLOCK: Final = 32 * 2**20  # bytes, the most that glibc takes; its default grows to that by itself, but slowly
_KEPT: Final = 2**31 - 1
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of mallopt(3)
_MOST_KEPT: Final = 128 * 2**20  # bytes

_ONE_THREAD: Final = ("OMP_NUM_THREADS", "OMP_THREAD_LIMIT", "OPENBLAS_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")


def prepare(memory_mb: int) -> None:
    """Set up this process: one thread a library, memory limited by the kernel, gone when its parent is.

    The limit is on data (heap and private mappings); address space would count the files that libraries map.
    """
    for name in _ONE_THREAD:
        os.environ[name] = "1"
    limit = memory_mb * 2**20
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # a Python handler would wait for the native code that hangs
    _keep_freed()
    threading.Thread(target=_follow_parent, daemon=True).start()


def _keep_freed() -> None:
    """Keep freed memory until a page is done: a network's every run would fetch 20 to 30 MB from the system, cleared
    page by page, which is up to a tenth of its time."""
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
        mallopt(_M_MMAP_THRESHOLD, _KEPT_BLOCK)
        mallopt(_M_TRIM_THRESHOLD, _KEPT)


def _follow_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def answer(function: Callable[[Task], Result], task: Task) -> Result | DocumentFault:
    """`function(task)`, or the fault that kept it from ending well. A defect of the program costs this task alone too.

    A UsageError is raised: it is the operator's to mend, and would meet every other task.
    When memory runs out the process ends with `OUT_OF_MEMORY`: what is left of it is not to be trusted.
    """
    try:
        return function(task)
    except UsageError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it must cost this task alone
        if is_out_of_memory(error):
            os._exit(OUT_OF_MEMORY)
        return fault_of(error)
    finally:
        _give_back()


def ready(_: Callable[[Task], Result]) -> None:
    """Nothing: whoever is asked for it has imported the function."""


def _give_back() -> None:
    """Return freed memory to the system once the process holds `_MOST_KEPT` more than after the last time. glibc keeps
    what lies between live blocks, so a process would grow for hours: from 0.4 to 0.9 GB over a few dozen scans,
    measured. Given back after every page, memory cost a fifth of a digital page's time to be fetched again.
    """
    global _held
    if (trim := _trim()) is not None and _resident() - _held > _MOST_KEPT:
        trim(0)
        _held = _resident()


_held = 0
"""Bytes that were resident when memory was last given back."""


def _resident() -> int:
    """Bytes of this process in memory; where glibc is there is Linux."""
    with open("/proc/self/statm") as counts:  # noqa: PTH123 - asked after every page
        return int(counts.read().split()[1]) * resource.getpagesize()


@cache
def _trim() -> Callable[[int], int] | None:
    """glibc's `malloc_trim`; other C libraries have none."""
    trim: Callable[[int], int] | None = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return trim


def is_out_of_memory(error: Exception) -> bool:
    """Whether memory ran out, a GPU's too: native libraries pass it on in their own types."""
    words = ("bad_alloc", "Failed to allocate memory", "Insufficient memory", "out of memory", "_ALLOC_FAILED")
    return isinstance(error, MemoryError) or any(word in str(error) for word in words)
