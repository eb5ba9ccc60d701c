"""A server of one's own, with a small program in vLLM's place: started, waited for, ended however this process ends."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ocr_assets.errors import OcrAssetsError, UsageError
from resources.checkpoints import Checkpoints
from resources.vision import launch
from resources.vision.launch import LocalServer, launched, stop_all
from resources.vision.ledger import Question, Usage
from resources.vision.model import VisionModel
from resources.vision.profiles.deepseek_ocr import DEEPSEEK_OCR

VLLM = """#!{python}
import json, os, signal, subprocess, sys, time
from http.server import BaseHTTPRequestHandler, HTTPServer
print("loading the model", flush=True)
if "--fail" in sys.argv:
    print("CUDA out of memory", flush=True); sys.exit(7)
if "--hang" in sys.argv:
    time.sleep(600)
if "--stubborn" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open(sys.argv[0] + ".started", "a").write(json.dumps([os.getpid(), worker.pid, sys.argv[1:]]) + "\\n")
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.send_header("Content-Length", "0"); self.end_headers()
    def log_message(self, *_): pass
HTTPServer(("127.0.0.1", int(sys.argv[sys.argv.index("--port") + 1])), Handler).serve_forever()
"""


@pytest.fixture
def vllm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The program, first on the path."""
    program = tmp_path / "bin" / "vllm"
    program.parent.mkdir()
    program.write_text(VLLM.replace("{python}", sys.executable))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(launch, "ENDING", 1.0)
    return program


def server(home: Path, options: str = "", seconds: float = 60.0) -> LocalServer:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return LocalServer("m", f"http://127.0.0.1:{port}/v1", home, DEEPSEEK_OCR.serve, options, seconds)


def starts(program: Path) -> list[tuple[int, int, list[str]]]:
    told = Path(f"{program}.started")
    return [eval(line) for line in told.read_text().splitlines()] if told.exists() else []


def is_there(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


def until(holds: Callable[[], bool]) -> None:
    for _ in range(600):
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError("never")


def test_it_runs_with_the_profiles_options_until_it_is_stopped(vllm: Path, tmp_path: Path) -> None:
    running = server(tmp_path / "home", "--max-model-len 4096")
    launched(running)
    launched(running)  # another stage
    try:
        assert running.is_healthy()
        [(pid, worker, arguments)] = starts(vllm)
        assert arguments[:2] == ["serve", "m"]
        assert "--no-enable-prefix-caching" in arguments
        assert arguments[-2:] == ["--max-model-len", "4096"]
        assert is_there(worker)
        other = LocalServer("m", running.url, tmp_path / "home")
        other.start()  # one that runs is used
        other.stop()
        assert running.is_healthy()
        assert len(starts(vllm)) == 1
    finally:
        stop_all()
    assert not running.is_healthy()
    until(lambda: not is_there(pid) and not is_there(worker))


def test_one_that_does_not_heed_is_killed(vllm: Path, tmp_path: Path) -> None:
    running = server(tmp_path / "home", "--stubborn")
    running.start()
    running.stop()
    [(pid, worker, _)] = starts(vllm)
    until(lambda: not is_there(pid) and not is_there(worker))
    assert not running.is_healthy()


def test_one_that_ends_is_told_with_the_end_of_its_log(vllm: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"exit code 7: loading the model\nCUDA out of memory") as caught:
        server(tmp_path / "home", "--fail").start()
    assert "vllm serve m" in str(caught.value).replace("\n", " ")


def test_a_key_among_its_options_stands_in_no_message(vllm: Path, tmp_path: Path) -> None:
    vllm.write_text(vllm.read_text().replace('"loading the model"', "sys.argv"))
    for options in ("--fail --api-key key-5e1f0c", "--api-key='key-5e1f0c' --fail"):
        with pytest.raises(UsageError, match="exit code 7") as caught:
            server(tmp_path / "home", options).start()
        assert "key-5e1f0c" not in str(caught.value)


def test_one_that_takes_too_long_is_stopped(vllm: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"did not answer within 0\.5 s"):
        server(tmp_path / "home", "--hang", 0.5).start()


def test_without_vllm_the_fix_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match=r"pip install 'vllm>=0\.12'"):
        server(tmp_path / "home").start()


def test_a_port_that_is_taken_and_another_machine_are_named(vllm: Path, tmp_path: Path) -> None:
    running = server(tmp_path / "home")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(running.url.split(":")[2].split("/")[0])))
        taken.listen()
        with pytest.raises(UsageError, match="is taken"):
            running._check()
    with pytest.raises(UsageError, match="on this machine only"):
        LocalServer("m", "http://example.org:8000/v1", tmp_path)._check()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_with_the_process_that_started_it(vllm: Path, tmp_path: Path, number: int) -> None:
    running = server(tmp_path / "home")
    script = (
        "import time\nfrom pathlib import Path\nfrom resources.vision.launch import LocalServer, launched\n"
        f"launched(LocalServer('m', {running.url!r}, Path({str(tmp_path / 'home')!r})))\ntime.sleep(600)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], cwd=Path(__file__).parents[2])
    try:
        until(running.is_healthy)
        [(pid, worker, _)] = starts(vllm)
    finally:
        os.kill(parent.pid, number)
        parent.wait()
    until(lambda: not is_there(pid) and not is_there(worker))
    assert not running.is_healthy()


def test_a_stage_starts_it_with_its_first_question_only(vllm: Path, tmp_path: Path) -> None:
    url = server(tmp_path / "home").url
    vision = VisionModel(model="m", urls=url, home=str(tmp_path / "home"), launch=True, first_pause=0.01)
    with vision.asking("run", "ocr_text", Checkpoints(root=str(tmp_path / "kept"))) as asker:
        assert starts(vllm) == []
        try:
            with pytest.raises(OcrAssetsError):  # the program answers nothing but that it is well
                asker.sender.ask(Question("run", "ocr_text", "d", 1, "k"), {"model": "m", "messages": []}, Usage(1, 1))
            assert len(starts(vllm)) == 1
        finally:
            stop_all()


def test_what_cannot_be_started_is_not_tried_by_every_thread(vllm: Path, tmp_path: Path) -> None:
    url = server(tmp_path / "home").url
    vision = VisionModel(model="m", urls=url, home=str(tmp_path / "home"), launch=True, launch_options="--fail")
    client = vision.client()
    for _ in range(3):
        with pytest.raises(UsageError, match="exit code 7"):
            client.client(url)
        vllm.unlink(missing_ok=True)  # a second try would say that there is no such program
    client.close()
