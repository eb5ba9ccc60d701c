"""`ocr-assets`: the commands, their options and exit codes. What they do is in the modules beside this one.

Exit codes: 0 all good, 1 usage or environment, 3 some documents failed and everything else is done.
"""

import signal
import sys
from collections.abc import Sequence

import typer
from rich.console import Console
from rich.markup import escape

from ocr_assets.cli.index_commands import index, verify_index
from ocr_assets.cli.processing_commands import add, reprocess, run, sync
from ocr_assets.cli.result_commands import export, search, stats, status, text
from ocr_assets.cli.upkeep_commands import check_model, forget, maintain, rebuild, ui
from ocr_assets.errors import OcrAssetsError

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="PDFs in; text, figures, chunks and searchable vectors out. One Dagster partition a document.",
    pretty_exceptions_enable=False,
)
errors = Console(stderr=True)

INTERRUPTED = 130  # what Typer makes of Ctrl-C, as shells do

for command in (add, run, sync, reprocess, status, text, search, export, forget, maintain, stats):
    app.command()(command)
app.command("check-model")(check_model)
app.command()(ui)
app.command()(rebuild)
app.add_typer(index, name="index")
app.command("verify-index")(verify_index)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; what the user or the machine got wrong ends it with one line and exit code 1."""
    # A shell lets what it starts in the background ignore SIGINT, and Dagster has SIGTERM do what SIGINT does: without
    # this, `kill` would not end a run in the background.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        code = app(args=arguments, standalone_mode=False)
    except typer.TyperException as error:
        code = _complain(f"{error.format_message().rstrip('.')}; --help lists what there is")
    except (OcrAssetsError, OSError) as error:
        code = _complain(str(error))
    except Exception as error:
        from sqlalchemy.exc import OperationalError

        if not isinstance(error, OperationalError):
            raise
        told = f"Dagster's storage cannot be used: {error.orig}"
        code = _complain(f"{told}; make room on its disk or bring its server back, then `ocr-assets run` goes on")
    if code == INTERRUPTED:
        _complain("interrupted; `ocr-assets run` takes up what is left")
    sys.exit(code or 0)


def _complain(told: str) -> int:
    from resources.secrets import redact

    errors.print(f"[red]error:[/red] {escape(redact(told))}", highlight=False, soft_wrap=True)
    return 1
