"""`ui`: Dagster's webserver and daemon on this home."""

import os
import subprocess
import sys

from ocr_assets.cli.session import Session


def serve(session: Session, host: str, port: int) -> int:
    """Run both until interrupted; their exit code."""
    instance = session.instance.root_directory
    environment = {**os.environ, "DAGSTER_HOME": instance, "OCR_ASSETS_HOME": session.settings.home}
    command = ["-m", "dagster", "dev", "-m", "ocr_assets.definitions", "-h", host, "-p", str(port)]
    try:
        return subprocess.run([sys.executable, *command], env=environment, check=False).returncode
    except KeyboardInterrupt:
        return 0
