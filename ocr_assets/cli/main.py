"""`ocr-assets`: the commands, their options and exit codes. What they do is in the modules beside this one.

Exit codes: 0 all good, 1 usage or environment, 3 some documents failed and everything else is done.
"""

import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.markup import escape

from ocr_assets.cli.index_commands import index, verify_index
from ocr_assets.cli.options import Home, InCollection, Json
from ocr_assets.errors import OcrAssetsError

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="PDFs in; text, figures, chunks and searchable vectors out. One Dagster partition a document.",
    pretty_exceptions_enable=False,
)
errors = Console(stderr=True)

SOME_FAILED = 3
INTERRUPTED = 130  # what Typer makes of Ctrl-C, as shells do

Documents = Annotated[list[str], typer.Argument(help="Hashes, unique beginnings of hashes, or paths.")]


@app.command()
def add(
    places: Annotated[list[str], typer.Argument(help="Files, folders or s3://bucket/prefix; .parquet: its images.")],
    again: Annotated[bool, typer.Option(help="Take back documents that were forgotten.")] = False,
    home: Home = None,
    collection: InCollection = None,
    as_json: Json = False,
) -> None:
    """Store and register documents, without running anything. Exit code 3 if a table names files that are not there."""
    from ocr_assets.cli import adding, printing
    from ocr_assets.cli.session import Session

    added = adding.add(Session.open(home, collection), places, again)
    printing.added(added, as_json)
    _finish(len(added.missing))


@app.command()
def run(
    places: Annotated[list[str] | None, typer.Argument(help="What to add first; nothing: all unfinished.")] = None,
    batch_size: Annotated[int, typer.Option(min=1, help="Documents a run.")] = 64,
    stages: Annotated[str | None, typer.Option(help="Only these stages, such as raw_pdfs,page_images.")] = None,
    upgrade: Annotated[bool, typer.Option("--upgrade", help="Also anew what other code or settings made.")] = False,
    home: Home = None,
    collection: InCollection = None,
    as_json: Json = False,
) -> None:
    """Add documents and run every stage that they lack. Exit code 3 if some are not done at the end."""
    from ocr_assets.cli import adding, printing, running
    from ocr_assets.cli.progress import shown_progress
    from ocr_assets.cli.session import Session

    session = Session.open(home, collection)
    wanted = running.parse_stages(stages)
    added = adding.add(session, places) if places else None
    documents = added.documents if added else running.unfinished(session, upgrade)
    missing = added.missing if added else ()
    with shown_progress(not as_json):
        running.continue_documents(session, documents, batch_size, wanted, upgrade)
    printing.missing(missing)
    _finish(printing.outcome(session, documents, as_json, wanted) + len(missing))


@app.command()
def sync(
    folder: Annotated[Path, typer.Argument(help="A folder with PDFs and images.")],
    target: Annotated[str, typer.Argument(help="Where they go: s3://bucket/prefix.")],
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Upload what a bucket does not have yet, with checksums. Exit code 3 if some files failed."""
    from ocr_assets.cli import syncing
    from ocr_assets.cli.progress import shown_progress
    from ocr_assets.cli.session import Session
    from ocr_assets.syncing import sync

    session = Session.open(home)
    with shown_progress(not as_json):
        synced = sync(session.part("sources"), folder, target)
    syncing.told(synced, target, as_json)
    _finish(len(synced.failed))


@app.command()
def reprocess(
    documents: Annotated[list[str] | None, typer.Argument(help="Hashes, beginnings of hashes, or paths.")] = None,
    first: Annotated[
        str | None, typer.Option("--from", help="The first stage to run anew; raw_pdfs by default.")
    ] = None,
    failed: Annotated[
        bool, typer.Option("--failed", help="Every failed document, from the stage it failed in.")
    ] = False,
    batch_size: Annotated[int, typer.Option(min=1, help="Documents a run.")] = 64,
    home: Home = None,
    collection: InCollection = None,
    as_json: Json = False,
) -> None:
    """Run a stage and all later ones anew, whatever is there."""
    from ocr_assets.cli import printing, running
    from ocr_assets.cli.progress import shown_progress
    from ocr_assets.cli.session import Session

    session = Session.open(home, collection)
    wanted = running.reprocessed(session, documents or [], first, failed)
    with shown_progress(not as_json):
        running.reprocess(session, wanted, batch_size)
    _finish(printing.outcome(session, tuple(wanted), as_json))


@app.command()
def status(
    document: Annotated[str | None, typer.Argument(help="Hash, beginning of a hash, or path.")] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only documents that failed.")] = False,
    home: Home = None,
    collection: InCollection = None,
    as_json: Json = False,
) -> None:
    """Every document, or one, with its stages and why it failed."""
    from ocr_assets.cli import printing
    from ocr_assets.cli.session import Session

    session = Session.open(home, collection)
    documents = session.ever_failed if failed else session.documents
    printing.status(session, [session.find(document)] if document else documents, failed, as_json)


@app.command()
def text(
    document: Annotated[str, typer.Argument(help="Hash, beginning of a hash, or path.")],
    page: Annotated[int | None, typer.Option(min=1, help="Only this page.")] = None,
    form: Annotated[Literal["text", "markdown", "json"], typer.Option("--format")] = "text",
    home: Home = None,
    collection: InCollection = None,
) -> None:
    """The text of a document, or of one page."""
    from ocr_assets import contracts
    from ocr_assets.cli.session import Session

    session = Session.open(home, collection)
    sys.stdout.write(contracts.render(session.lake, session.find(document), form, page))


@app.command()
def search(
    query: Annotated[str, typer.Argument(help="A question or words.")],
    k: Annotated[int, typer.Option("-k", min=1, help="Passages to show.")] = 5,
    mode: Annotated[Literal["hybrid", "vector", "text"], typer.Option(help="What to search by.")] = "hybrid",
    document: Annotated[list[str] | None, typer.Option(help="Only of this document; may be repeated.")] = None,
    source: Annotated[list[str] | None, typer.Option(help="Only seen there: a file, a folder or s3://….")] = None,
    document_class: Annotated[list[str] | None, typer.Option("--class", help="Only of this document class.")] = None,
    language: Annotated[list[str] | None, typer.Option(help="Only in this language: en, de….")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="Only text, table or figure.")] = None,
    since: Annotated[str | None, typer.Option(help="Only of documents dated 2024-01-31 or later.")] = None,
    until: Annotated[str | None, typer.Option(help="Only of documents dated 2024-01-31 or earlier.")] = None,
    pages: Annotated[str | None, typer.Option(help="Only on these pages: 3, 3-7 or 3-.")] = None,
    show: Annotated[Path | None, typer.Option(help="Write PNGs of the pages there, the passages marked.")] = None,
    answer: Annotated[bool, typer.Option("--answer", help="Have the configured model answer from them.")] = False,
    home: Home = None,
    collection: InCollection = None,
    as_json: Json = False,
) -> None:
    """The passages that answer a question."""
    from ocr_assets.cli import printing, searching
    from ocr_assets.cli.session import Session
    from ocr_assets.searching import Searcher

    filters = searching.filters_of(document_class, language, kind, since, until, pages)
    session = Session.open(home, collection)
    found = searching.search(session, query, k, mode, document, source or (), filters)
    told = Searcher(session.parts).answer(query, found) if answer else None
    why = "" if found or as_json else searching.why_nothing(session, document, source or ())
    printing.found(found, told, as_json, why)
    if show is not None:
        for path in searching.write_pages(session, found, show):
            errors.print(str(path), highlight=False, soft_wrap=True, markup=False)


@app.command()
def export(
    to: Annotated[Path, typer.Option(help="The folder to write into.")],
    form: Annotated[
        Literal["markdown", "text", "json", "csv", "parquet", "hf", "ocr-storage"], typer.Option("--format")
    ] = "markdown",
    every: Annotated[
        int, typer.Option("--checkpoint-every", min=1, help="Documents after which ocr-storage is resumed.")
    ] = 500,
    home: Home = None,
    collection: InCollection = None,
    as_json: Json = False,
) -> None:
    """Write what was made: a file a document, the chunks as a table (csv, parquet), or the pages (hf, ocr-storage)."""
    from ocr_assets.cli import exporting, printing
    from ocr_assets.cli.session import Session

    written = exporting.export(Session.open(home, collection), to, form, every)
    _tell({"written": written, "to": str(to)}, f"{printing.counted(written)} written to {to}", as_json)


@app.command()
def forget(
    documents: Documents,
    purge: Annotated[
        bool, typer.Option("--purge", help="Also out of earlier versions of tables and Dagster's history, at once.")
    ] = False,
    home: Home = None,
    collection: InCollection = None,
    as_json: Json = False,
) -> None:
    """Remove documents from every table, blob and index, and keep them from coming back by themselves."""
    from ocr_assets.cli import maintaining, printing
    from ocr_assets.cli.session import Session

    _finish(printing.forgotten(maintaining.forget_documents(Session.open(home, collection), documents, purge), as_json))


@app.command()
def maintain(home: Home = None, collection: InCollection = None, as_json: Json = False) -> None:
    """What the nightly schedule does: compact tables, remove old versions of them and what nothing names any more."""
    from ocr_assets.cli import maintaining, printing
    from ocr_assets.cli.session import Session

    printing.maintained(maintaining.maintain_session(Session.open(home, collection)), as_json)


@app.command()
def stats(home: Home = None, collection: InCollection = None, as_json: Json = False) -> None:
    """Totals: documents, pages, readers, chunks, sizes, seconds."""
    from ocr_assets.cli import printing
    from ocr_assets.cli.session import Session

    printing.stats(Session.open(home, collection), as_json)


@app.command(name="check-model")
def check_model(
    models: Annotated[
        list[str] | None,
        typer.Argument(help="Of vision, classifier, extractor, answers, embedder; by default all that are configured."),
    ] = None,
    home: Home = None,
    collection: InCollection = None,
    as_json: Json = False,
) -> None:
    """Ask each model that is configured a question with a known answer: whether it works, how long, at what cost."""
    from ocr_assets.cli import printing
    from ocr_assets.cli.checking import check_models
    from ocr_assets.cli.session import Session

    _finish(printing.model_checked(check_models(Session.open(home, collection), models or ()), as_json))


@app.command()
def ui(
    port: Annotated[int, typer.Option(help="Port of the webserver.")] = 3000,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    home: Home = None,
) -> None:
    """The Dagster webserver and daemon on this home's data."""
    from ocr_assets.cli import serving
    from ocr_assets.cli.session import Session

    raise typer.Exit(serving.serve(Session.open(home), host, port))


@app.command()
def rebuild(home: Home = None, collection: InCollection = None, as_json: Json = False) -> None:
    """After the loss of Dagster's storage: register every collection's documents and report what they have."""
    from ocr_assets.cli import printing
    from ocr_assets.cli.session import Session
    from ocr_assets.rebuilding import rebuild

    opened = Session.open(home, collection)
    registered = reported = 0
    for session in [opened] if collection else opened.every_collection():
        found = rebuild(session.catalog, session.lake, session.vector_store)
        registered, reported = registered + found[0], reported + found[1]
    _tell(
        {"registered": registered, "materializations": reported},
        f"{printing.counted(registered)} registered, {reported} materializations reported",
        as_json,
    )


app.add_typer(index, name="index")
app.command("verify-index")(verify_index)


def _tell(value: dict[str, Any], sentence: str, as_json: bool) -> None:
    print(json.dumps(value) if as_json else sentence)


def _finish(not_done: int) -> None:
    if not_done:
        raise typer.Exit(SOME_FAILED)


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
