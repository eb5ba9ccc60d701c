"""`ui`: Dagster's webserver and daemon on this home."""

import os
import sys
from importlib.util import find_spec
from typing import NoReturn

from ocr_assets.cli.session import Session
from ocr_assets.errors import UsageError


def serve(session: Session, host: str, port: int) -> NoReturn:
    """Become both, until they are ended. Raises UsageError where the extra `ui` is not installed."""
    if find_spec("dagster_webserver") is None:
        raise UsageError("Dagster's webserver is not installed: pip install 'ocr-assets[ui]', or make ui")
    instance = session.instance.root_directory
    environment = {**os.environ, "DAGSTER_HOME": instance, "OCR_ASSETS_HOME": session.settings.home}
    command = ["-m", "dagster", "dev", "-m", "ocr_assets.definitions", "-h", host, "-p", str(port)]
    # In this process's place: what ends the command, such as a service manager's SIGTERM, then ends Dagster too.
    os.execve(sys.executable, [sys.executable, *command], environment)
