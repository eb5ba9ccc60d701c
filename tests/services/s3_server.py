"""A real S3 server for tests: SeaweedFS in one process, with its data in a folder that goes with it."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

READY_SECONDS = 60
POLL_SECONDS = 0.05
PARTS = ("master", "volume", "filer", "s3")
KEY, SECRET, REGION = "test-key", "test-secret", "us-east-1"


@dataclass(frozen=True)
class S3Server:
    """A running server; `environment` is all that a program needs to reach it."""

    endpoint: str

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": REGION,
        }

    def client(self) -> Any:
        import boto3
        from botocore.config import Config

        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
            config=Config(retries={"max_attempts": 0}),
        )


@contextmanager
def running(folder: Path, ports: Sequence[int] = ()) -> Iterator[S3Server]:
    """The server with its data in `folder`, killed at the end. With the same folder and ports it is the same again."""
    ports = ports or server_ports()
    http, grpc = dict(zip(PARTS, ports, strict=False)), dict(zip(PARTS, ports[len(PARTS) :], strict=True))
    identity = {"name": "test", "credentials": [{"accessKey": KEY, "secretKey": SECRET}], "actions": ["Admin"]}
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    (folder / "data").mkdir(exist_ok=True)
    command = [
        str(Path(sys.executable).with_name("weed")),
        "-logtostderr",
        "server",
        "-s3",
        "-ip=127.0.0.1",
        f"-dir={folder / 'data'}",
        f"-s3.config={folder / 's3.json'}",
        "-s3.autoCreateBucket=false",
        "-s3.iam.readOnly=false",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-master.volumeSizeLimitMB=64",
        # Each bucket takes seven volumes, files that begin empty; by default a disk nearly full allows too few of them.
        "-volume.max=100000",
        *(f"-{name}.port={port}" for name, port in http.items()),
        *(f"-{name}.port.grpc={port}" for name, port in grpc.items()),
    ]
    # Without the AWS variables of this process, which SeaweedFS would take for its own.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        server = S3Server(f"http://127.0.0.1:{http['s3']}")
        wait_until_ready(server, process, folder / "log")
        yield server
    finally:
        process.kill()
        process.wait()


def server_ports() -> list[int]:
    """Ports that a server can have."""
    return free_ports(2 * len(PARTS))


def wait_until_ready(server: S3Server, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Return as soon as an object can be written."""
    client, until = server.client(), time.monotonic() + READY_SECONDS
    while process.poll() is None and time.monotonic() < until:
        with suppress(BotoCoreError, ClientError):
            with suppress(ClientError):  # it exists since an earlier try
                client.create_bucket(Bucket="ready")
            client.put_object(Bucket="ready", Key="ready", Body=b"ready")
            return
        time.sleep(POLL_SECONDS)
    raise RuntimeError(f"SeaweedFS is not ready:\n{log.read_text()[-3000:]}")


def free_ports(count: int) -> list[int]:
    """Ports that were free a moment ago, all different."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
