"""`ui`: Dagster's webserver and daemon on this home."""

import os
import subprocess
import sys
from importlib.util import find_spec

from ocr_assets.cli.session import Session
from ocr_assets.errors import UsageError


def serve(session: Session, host: str, port: int) -> int:
    """Run both until interrupted; their exit code. UsageError where the extra `ui` is not installed."""
    if find_spec("dagster_webserver") is None:
        raise UsageError("Dagster's webserver is not installed: pip install 'ocr-assets[ui]', or make ui")
    instance = session.instance.root_directory
    environment = {**os.environ, "DAGSTER_HOME": instance, "OCR_ASSETS_HOME": session.settings.home}
    command = ["-m", "dagster", "dev", "-m", "ocr_assets.definitions", "-h", host, "-p", str(port)]
    try:
        return subprocess.run([sys.executable, *command], env=environment, check=False).returncode
    except KeyboardInterrupt:
        return 0
