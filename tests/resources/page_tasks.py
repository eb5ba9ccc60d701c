"""Tasks for page processes: importable, well and badly behaved."""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import psutil

from ocr_assets.errors import PermanentFault, TransientFault, UsageError

OCR_ENGINES: Final = ("tesserocr", "rapidocr", "cv2", "openai")


def double(number: int) -> int:
    return 2 * number


def process_id(_: int) -> int:
    return os.getpid()


def process_after_a_while(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


def misbehave(how: str) -> str:
    if how == "hang":
        time.sleep(3600)
    if how == "hang in native code":
        ctypes.CDLL(None).sleep(3600)
    if how == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "segfault":
        ctypes.string_at(0)
    if how == "exit":
        os._exit(3)
    if how == "eat memory":
        hoard = []
        while True:
            hoard.append(bytearray(50_000_000))
    if how == "refuse":
        raise PermanentFault("password_required", "no password")
    if how == "be refused":
        raise TransientFault("service_unavailable", "no answer")
    if how == "complain":
        raise EOFError("unexpected end of stream")
    if how == "wrong setting":
        raise UsageError("set the variable")
    if how == "defect":
        raise TypeError("a defect")
    return how


def crash_once(marker: str) -> str:
    if not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "second try"


def render_page(task: tuple[str, int]) -> int:
    from ocr_assets.core.rendering import render

    return render(*task).width


def with_engines(task: tuple[Callable[[Any], Any], Any]) -> tuple[Any, set[str]]:
    """What the function makes of its argument, and the OCR engines and models that this process loaded for it."""
    import onnxruntime

    loaded: set[str] = set()
    load = onnxruntime.InferenceSession.__init__

    def noting(session: Any, model: Any, *arguments: Any, **options: Any) -> None:
        loaded.add(Path(model).name if isinstance(model, str | Path) else "a model in memory")
        load(session, model, *arguments, **options)

    function, argument = task
    with patch.object(onnxruntime.InferenceSession, "__init__", noting):
        result = function(argument)
    return result, loaded | {name for name in OCR_ENGINES if name in sys.modules}


def leave_holes(megabytes: int) -> int:
    """Allocate so much in small blocks, free all but the last, and tell how much memory (bytes) the process has now."""
    libc = ctypes.CDLL(None)
    libc.malloc.restype, libc.malloc.argtypes, libc.free.argtypes = (
        ctypes.c_void_p,
        [ctypes.c_size_t],
        [ctypes.c_void_p],
    )
    blocks = [libc.malloc(1 << 16) for _ in range(megabytes << 4)]
    for block in blocks:
        ctypes.memset(block, 1, 1 << 16)
    for block in blocks[:-1]:
        libc.free(block)
    return resident(0)


def resident(_: int) -> int:
    return psutil.Process().memory_info().rss
