"""A pipeline under faults: its daemon, its S3 server, its small disk and its clock, each of which can be taken away."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import dagster as dg
import psutil
from sqlalchemy.exc import OperationalError

from ocr_assets.core.stages import STAGES
from ocr_assets.instance import open_instance
from ocr_assets.run_tags import PROCESS_TAG
from ocr_assets.settings import Settings
from tests.faulty_system import FaultySystem
from tests.services import s3_server

ROOT = Path(__file__).parents[1]
BUCKET = "faults"
RETRY_SECONDS = 5
"""Instead of a minute: the faults here are over sooner than a real outage."""


@dataclass
class Faulted:
    """`disk` is where everything of the pipeline lies, a `small` one or a folder; `apart` is on another disk."""

    disk: Path
    apart: Path
    system: FaultySystem
    server: s3_server.S3Server
    serving: ExitStack
    ports: list[int]
    small: bool
    daemon: "subprocess.Popen[bytes] | None" = None
    random: Random = field(default_factory=lambda: Random(4))

    @property
    def settings(self) -> Settings:
        return Settings(
            home=str(self.disk / "home"),
            sources=f"s3://{BUCKET}/in/",
            retry_seconds=RETRY_SECONDS,
            workers=1,
            _env_file=None,
        )

    @property
    def environment(self) -> dict[str, str]:
        """Of the daemon and all that it starts."""
        (self.disk / "tmp").mkdir(exist_ok=True)
        return {
            **os.environ,
            **self.server.environment,
            **self.system.environment,
            "PYTHONPATH": str(ROOT),
            "DAGSTER_HOME": str(self.disk / "home" / "dagster"),
            "TMPDIR": str(self.disk / "tmp"),
            "OCR_ASSETS_HOME": self.settings.home,
            "OCR_ASSETS_SOURCES": self.settings.sources,
            "OCR_ASSETS_RETRY_SECONDS": str(RETRY_SECONDS),
            "OCR_ASSETS_WORKERS": "1",
        }

    def instance(self) -> dg.DagsterInstance:
        """The pipeline's, seen from outside."""
        os.environ["DAGSTER_HOME"] = str(self.disk / "home" / "dagster")
        return open_instance(Path(self.settings.home), self.settings.root)

    def switch_on(self) -> None:
        """Start the sensors, as an operator does once."""
        command = [sys.executable, "-m", "dagster", "sensor", "start", "--start-all", "-w", "workspace.yaml"]
        subprocess.run(command, cwd=ROOT, env=self.environment, check=True, capture_output=True)

    def start_daemon(self) -> None:
        """As an operator's service manager does."""
        command = [sys.executable, "-m", "dagster._daemon", "run", "-w", "workspace.yaml"]
        with (self.apart / "daemon.log").open("ab") as log:
            self.daemon = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)

    def see_to_daemon(self) -> bool:
        """Start the daemon again if it has ended; whether it had."""
        if self.daemon is not None and self.daemon.poll() is None:
            return False
        self.start_daemon()
        return True

    def kill_daemon(self) -> None:
        """The daemon alone; the code server and the runs that it started are left."""
        if self.daemon is not None:
            self.daemon.kill()
            self.daemon.wait()

    def cut_power(self) -> None:
        """Everything that the daemon started, at once."""
        for process in self.processes():
            with suppress(psutil.NoSuchProcess):
                process.kill()
        if self.daemon is not None:
            self.daemon.wait()

    def processes(self) -> list[psutil.Process]:
        """All of this pipeline, orphans included: told by their environment."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.environ().get("FAULTY_SYSTEM") == self.system.environment["FAULTY_SYSTEM"]:
                    found.append(process)
        return found

    def kill_a_run(self) -> bool:
        """One that is being executed, by chance; whether there was one."""
        runs: Sequence[dg.DagsterRun] = ()
        with suppress(OperationalError), self.instance() as instance:
            runs = instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
        tags = [run.tags[PROCESS_TAG] for run in runs if PROCESS_TAG in run.tags]
        if not tags:
            return False
        with suppress(ProcessLookupError):
            os.kill(int(self.random.choice(tags).rpartition("/")[2].partition("@")[0]), signal.SIGKILL)
        return True

    def fill_disk(self) -> None:
        """To the last byte."""
        if not self.small:
            self.system.fill_disk(True)
            return
        with (self.disk / "filler").open("wb", buffering=0) as filler:
            size = 1 << 24
            while size:
                try:
                    filler.write(bytes(size))
                except OSError:
                    size //= 16

    def free_disk(self) -> None:
        self.system.fill_disk(False)
        (self.disk / "filler").unlink(missing_ok=True)

    def stop_s3(self) -> None:
        self.serving.close()

    def start_s3(self) -> None:
        """The same server with the same objects."""
        self.server = self.serving.enter_context(s3_server.running(self.apart / "s3", self.ports))

    def put(self, wave: dict[str, bytes]) -> None:
        client: Any = self.server.client()
        for key, data in wave.items():
            client.put_object(Bucket=BUCKET, Key=key, Body=data)


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[bool]:
    """A disk of that size at the folder, for root; else the folder as it is. Whether it is one."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    mounted = os.geteuid() == 0 and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=False)


@contextmanager
def faulted(folder: Path, megabytes: int) -> Iterator[Faulted]:
    """The pipeline with its sensors on and its daemon not started yet."""
    disk, apart = folder / "disk", folder / "apart"
    (apart / "s3").mkdir(parents=True)
    with small_disk(disk, megabytes) as small, ExitStack() as serving:
        ports = s3_server.server_ports()
        server = serving.enter_context(s3_server.running(apart / "s3", ports))
        server.client().create_bucket(Bucket=BUCKET)
        pipeline = Faulted(disk, apart, FaultySystem(apart, disk), server, serving, ports, small)
        os.environ.update(server.environment)
        with pipeline.instance():
            pass
        pipeline.switch_on()
        try:
            yield pipeline
        finally:
            pipeline.cut_power()


def settled(instance: dg.DagsterInstance) -> int | None:
    """How many stages of documents are done; None where a full disk keeps even SQLite from saying so."""
    try:
        return sum(len(instance.get_materialized_partitions(dg.AssetKey(stage))) for stage in STAGES)
    except OperationalError:
        return None
