"""`sync`: what it came to, for people and for programs."""

import json

from rich.markup import escape

from ocr_assets.cli.printing import LISTED, console
from ocr_assets.core.text_layer import without_controls
from ocr_assets.syncing import Synced


def told(synced: Synced, target: str, as_json: bool) -> None:
    """Print what was uploaded, was there already, and failed."""
    if as_json:
        failed = [{"file": file, "reason": fault.reason, "detail": fault.detail} for file, fault in synced.failed]
        value = {"uploaded": synced.uploaded, "there": synced.there, "failed": failed}
        # A file's name need not be UTF-8; escaped, it is printed all the same.
        print(json.dumps(value))
        return
    parts = [f"{_files(len(synced.uploaded))} uploaded to {escape(without_controls(target))}"]
    parts.append(f"{len(synced.there)} there already")
    if synced.failed:
        parts.append(f"[red]{len(synced.failed)} failed[/]")
    console.print(", ".join(parts), highlight=False)
    for file, fault in synced.failed[:LISTED]:
        name = file.encode("utf-8", "replace").decode()
        console.print(f"[red]{escape(without_controls(name))}[/] {escape(str(fault))}", highlight=False)
    if len(synced.failed) > LISTED:
        console.print(f"[dim]… and {len(synced.failed) - LISTED} more; --json has them all[/]", highlight=False)


def _files(number: int) -> str:
    return "1 file" if number == 1 else f"{number} files"
