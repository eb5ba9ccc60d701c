"""Options that many commands have."""

from pathlib import Path
from typing import Annotated

import typer

Home = Annotated[Path | None, typer.Option("--home", help="Root of all state; else OCR_ASSETS_HOME, else ./data.")]
InCollection = Annotated[
    str | None,
    typer.Option("--collection", help="Which documents are meant; else OCR_ASSETS_COLLECTION, else the default ones."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
