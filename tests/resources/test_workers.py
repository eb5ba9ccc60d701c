import ctypes
import importlib
import os
import signal
import subprocess
import sys
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from ocr_assets.errors import DocumentFault, PermanentFault, TransientFault, UsageError
from resources import workers as workers_module
from resources.workers import PageWorkers
from tests.pdf_making import text, write_pdf
from tests.resources.page_tasks import (
    crash_once,
    double,
    leave_holes,
    misbehave,
    process_after_a_while,
    process_id,
    render_page,
    resident,
)

WORKERS = PageWorkers(processes=2, page_seconds=30, memory_mb=512)
SHORT = PageWorkers(processes=2, page_seconds=1, memory_mb=512)


def faults(how: str, workers: PageWorkers = WORKERS) -> str | DocumentFault:
    [(_, outcome)] = workers.map(misbehave, [how])
    return outcome


def test_each_task_comes_back_with_its_result() -> None:
    assert dict(WORKERS.map(double, range(100))) == {n: 2 * n for n in range(100)}


def test_no_tasks_are_no_results() -> None:
    assert list(WORKERS.map(double, [])) == []


@pytest.mark.parametrize("how", ["hang", "hang in native code"])
def test_a_task_that_hangs_is_stopped_at_the_limit(how: str) -> None:
    outcome = faults(how, SHORT)
    assert isinstance(outcome, TransientFault)
    assert outcome.reason == "page_timeout"


@pytest.mark.parametrize(("how", "sign"), [("kill", "SIGKILL"), ("segfault", "SIGSEGV"), ("exit", "exit code 3")])
def test_a_task_that_crashes_its_process_twice_is_a_page_crash(how: str, sign: str) -> None:
    outcome = faults(how)
    assert isinstance(outcome, TransientFault)
    assert outcome.reason == "page_crash"
    assert sign in outcome.detail


def test_a_task_whose_process_was_killed_once_gets_a_second_try(tmp_path: Path) -> None:
    [(_, outcome)] = WORKERS.map(crash_once, [str(tmp_path / "marker")])
    assert outcome == "second try"


def test_a_task_that_needs_too_much_memory_is_stopped_by_the_kernel() -> None:
    outcome = faults("eat memory")
    assert isinstance(outcome, TransientFault)
    assert outcome.reason == "page_memory"


def test_pdfium_s_end_at_the_memory_limit_is_told_as_such(tmp_path: Path) -> None:
    deflate = zlib.compressobj(1)
    bomb = b"".join(deflate.compress(b"0 0 m\n" * 175_000) for _ in range(300)) + deflate.flush()
    path = write_pdf(tmp_path / "bomb.pdf", bomb, stream_entries=b"/Filter/FlateDecode")
    [(_, outcome)] = WORKERS.map(render_page, [(path, 1)])
    assert isinstance(outcome, TransientFault)
    assert outcome.reason == "page_memory"


def test_a_fault_keeps_its_kind_reason_and_detail() -> None:
    permanent, transient = faults("refuse"), faults("be refused")
    assert isinstance(permanent, PermanentFault)
    assert (permanent.reason, permanent.detail) == ("password_required", "no password")
    assert isinstance(transient, TransientFault)
    assert transient.reason == "service_unavailable"


def test_a_parser_s_complaint_is_a_corrupt_document() -> None:
    outcome = faults("complain")
    assert isinstance(outcome, PermanentFault)
    assert outcome.reason == "corrupt"
    assert "unexpected end of stream" in outcome.detail


def test_a_defect_of_the_program_costs_its_own_task_and_says_where_it_is() -> None:
    outcomes = dict(WORKERS.map(misbehave, ["defect", "fine"]))
    assert outcomes["fine"] == "fine"
    fault = outcomes["defect"]
    assert isinstance(fault, PermanentFault)
    assert fault.reason == "internal_error"
    assert "in misbehave" in fault.detail


def test_a_task_that_waits_for_those_of_others_is_not_taken_for_a_stuck_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = PageWorkers(processes=1, page_seconds=30, memory_mb=513)
    list(alone.map(double, [1]))  # its process is there
    monkeypatch.setattr(workers_module, "_STUCK_SECONDS", 3.0 - alone.page_seconds)
    with ThreadPoolExecutor(8) as threads:
        waiting = [threads.submit(lambda: list(alone.map(process_after_a_while, [0.6]))) for _ in range(8)]
    [process] = {outcome for one in waiting for _, outcome in one.result()}
    assert isinstance(process, int)


def test_a_wrong_setting_is_no_tasks_fault_and_ends_them_all() -> None:
    with pytest.raises(UsageError, match="set the variable"):
        list(WORKERS.map(misbehave, ["fine", "wrong setting"]))
    assert faults("fine") == "fine"


def test_processes_that_cannot_start_are_no_pages_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = tmp_path / "upgraded.py"
    module.write_text("def same(task):\n    return task\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    same = importlib.import_module(module.stem).same
    module.write_text("from os import nothing_of_this_name\n", "utf-8")  # under the process, as an upgrade may
    with pytest.raises(UsageError, match="start it anew"):
        list(PageWorkers(processes=1, page_seconds=30, memory_mb=513).map(same, [1, 2]))


def test_bad_tasks_do_not_harm_good_ones() -> None:
    bad = {"kill": "page_crash", "eat memory": "page_memory", "refuse": "password_required"}
    tasks = [task for how in bad for task in (how, f"good {how}")] + [f"good {n}" for n in range(20)]
    outcomes = dict(WORKERS.map(misbehave, tasks))
    assert {how: outcomes[how].reason for how in bad} == bad  # type: ignore[union-attr]
    assert all(outcomes[task] == task for task in tasks if task not in bad)
    assert len(outcomes) == len(tasks)


def test_tasks_are_not_taken_far_ahead_of_their_results() -> None:
    taken = []

    def tasks() -> Iterator[int]:
        for number in range(50):
            taken.append(number)
            yield number

    for done, _ in enumerate(WORKERS.map(double, tasks()), 1):
        assert len(taken) <= done + 4


def test_the_pool_outlives_a_batch() -> None:
    def processes() -> set[int | DocumentFault]:
        return {pid for _, pid in PageWorkers(processes=1, memory_mb=300).map(process_id, range(5))}

    assert processes() == processes()


def test_memory_that_a_task_freed_goes_back_to_the_system() -> None:
    if not hasattr(ctypes.CDLL(None), "malloc_trim"):
        pytest.skip("only glibc has malloc_trim")
    workers = PageWorkers(processes=1, page_seconds=31)
    [(_, before)] = workers.map(leave_holes, [200])
    [(_, after)] = workers.map(resident, [0])
    assert isinstance(before, int)
    assert isinstance(after, int)
    assert after < before - (150 << 20)


def test_a_little_freed_memory_is_kept_for_the_next_task() -> None:
    if not hasattr(ctypes.CDLL(None), "malloc_trim"):
        pytest.skip("only glibc has malloc_trim")
    workers = PageWorkers(processes=1, page_seconds=32)
    list(workers.map(leave_holes, [200]))  # starts the count anew
    [(_, before)] = workers.map(leave_holes, [60])
    [(_, after)] = workers.map(resident, [0])
    assert isinstance(before, int)
    assert isinstance(after, int)
    assert after > before - (30 << 20)


def test_leaving_the_iterator_stops_what_runs() -> None:
    results = WORKERS.map(misbehave, ["fine", "hang", "hang"])
    assert next(results) == ("fine", "fine")
    results.close()  # type: ignore[attr-defined]
    assert dict(WORKERS.map(double, range(5))) == {n: 2 * n for n in range(5)}


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
def test_page_processes_end_with_the_one_that_started_them(end: signal.Signals) -> None:
    """Even the one that hangs, and even when their parent has no chance to clean up."""
    script = (
        # A shell that starts something in the background has it ignore SIGINT, and children inherit that.
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from resources.workers import PageWorkers\n"
        "from tests.resources.page_tasks import misbehave\n"
        "for task, _ in PageWorkers(processes=2).map(misbehave, ['fine', 'hang', 'hang']): print(task, flush=True)\n"
    )
    root = Path(__file__).parents[2]
    command, quiet = [sys.executable, "-c", script], subprocess.DEVNULL
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=quiet) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"fine\n"
        family = psutil.Process(parent.pid).children(recursive=True)
        os.kill(parent.pid, end)
        parent.wait(timeout=20)
    _, left = psutil.wait_procs(family, timeout=20)
    assert family
    assert not left


def test_pages_are_rendered_in_page_processes(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", *(text(f"page {n}") for n in range(1, 6)))
    outcomes = dict(WORKERS.map(render_page, [(path, page) for page in range(1, 6)]))
    assert set(outcomes.values()) == {1700}


def test_idle_processes_that_are_killed_are_replaced() -> None:
    workers = PageWorkers(processes=2, memory_mb=400)
    for pid in {pid for _, pid in workers.map(process_id, range(20))}:
        assert isinstance(pid, int)
        os.kill(pid, signal.SIGKILL)
    assert dict(workers.map(double, range(20))) == {n: 2 * n for n in range(20)}


def test_processes_that_nobody_uses_end_and_come_back_when_asked_for() -> None:
    workers = PageWorkers(processes=2, memory_mb=350, idle_seconds=0.1)
    first = {pid for _, pid in workers.map(process_id, range(20))}
    _, left = psutil.wait_procs([psutil.Process(pid) for pid in first if psutil.pid_exists(pid)], timeout=30)
    assert not left
    assert {type(pid) for _, pid in workers.map(process_id, range(5))} == {int}
