"""How a command ends: with one sentence or JSON, and an exit code."""

import json
from typing import Any

import typer

ENVIRONMENT, SOME_FAILED = 1, 3


def tell(value: dict[str, Any], sentence: str, as_json: bool) -> None:
    """Print the value for programs, or the sentence for people."""
    print(json.dumps(value) if as_json else sentence)


def finish(not_done: int) -> None:
    """End with the exit code for documents that are not done, if there are any."""
    if not_done:
        raise typer.Exit(SOME_FAILED)
