"""Tasks for page processes: importable, well and badly behaved."""

import ctypes
import os
import signal
import time
from pathlib import Path

from ocr_assets.errors import PermanentFault, TransientFault, UsageError


def double(number: int) -> int:
    return 2 * number


def process_id(_: int) -> int:
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
