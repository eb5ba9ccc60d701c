"""Passwords for protected documents: a secret, read from the environment when it is used and kept nowhere."""

import json
import os
from pathlib import Path

import dagster as dg

from ocr_assets.errors import UsageError


class Passwords(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Names of two environment variables: one holds a JSON list of passwords, the other a file with one a line."""

    variable: str = "OCR_ASSETS_PASSWORDS"
    file_variable: str = "OCR_ASSETS_PASSWORDS_FILE"

    def all(self) -> tuple[str, ...]:
        """Every configured password, in order. Raises UsageError where the variable is not a JSON list of texts."""
        file = os.environ.get(self.file_variable)
        lines = Path(file).read_text("utf-8").splitlines() if file else []
        try:
            listed = json.loads(os.environ.get(self.variable) or "[]")
        except json.JSONDecodeError:
            listed = None
        if not isinstance(listed, list) or not all(isinstance(password, str) for password in listed):
            raise UsageError(f'{self.variable} is not a JSON list of texts; write it as ["first", "second"]')
        return (*listed, *lines)
