"""Passwords for protected documents: a secret, read when it is used and kept nowhere."""

import json
import os
from pathlib import Path

import dagster as dg

from ocr_assets.errors import UsageError
from resources.secrets import keep_out, secret


class Passwords(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Names of a secret, a JSON list of passwords, and of an environment variable naming a file with one a line."""

    variable: str = "OCR_ASSETS_PASSWORDS"
    file_variable: str = "OCR_ASSETS_PASSWORDS_FILE"

    def all(self) -> tuple[str, ...]:
        """Every configured password, in order. Raises UsageError where the variable is not a JSON list of texts."""
        file = os.environ.get(self.file_variable)
        lines = Path(file).read_text("utf-8").splitlines() if file else []
        try:
            listed = json.loads(secret(self.variable) or "[]")
        except json.JSONDecodeError:
            listed = None
        if not isinstance(listed, list) or not all(isinstance(password, str) for password in listed):
            raise UsageError(f'{self.variable} is not a JSON list of texts; write it as ["first", "second"]')
        for password in (*listed, *lines):
            keep_out(password)
        return (*listed, *lines)
