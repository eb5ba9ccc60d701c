"""Commands that show what became of documents and what came out."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from ocr_assets.cli.ending import tell
from ocr_assets.cli.options import Home, InCollection, Json


def status(
    document: Annotated[str | None, typer.Argument(help="Hash, beginning of a hash, or path.")] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only documents that failed.")] = False,
    home: Home = None,
    collection: InCollection = None,
    as_json: Json = False,
) -> None:
    """Every document, or one, with its stages and why it failed."""
    from ocr_assets.cli import outcomes
    from ocr_assets.cli.session import Session

    session = Session.open(home, collection)
    documents = session.ever_failed if failed else session.documents
    outcomes.status(session, [session.find(document)] if document else documents, failed, as_json)


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
    from ocr_assets.cli import searching
    from ocr_assets.cli.printing import complaints
    from ocr_assets.cli.session import Session
    from ocr_assets.searching import Searcher

    filters = searching.filters_of(document_class, language, kind, since, until, pages)
    session = Session.open(home, collection)
    found = searching.search(session, query, k, mode, document, source or (), filters)
    answered = Searcher(session.parts).answer(query, found) if answer else None
    why = "" if found or as_json else searching.why_nothing(session, document, source or ())
    searching.told(found, answered, as_json, why)
    if show is not None:
        for path in searching.write_pages(session, found, show):
            complaints.print(str(path), highlight=False, soft_wrap=True, markup=False)


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
    from ocr_assets.cli import exporting
    from ocr_assets.cli.printing import counted
    from ocr_assets.cli.session import Session

    written = exporting.export(Session.open(home, collection), to, form, every)
    tell({"written": written, "to": str(to)}, f"{counted(written)} written to {to}", as_json)


def stats(home: Home = None, collection: InCollection = None, as_json: Json = False) -> None:
    """Totals: documents, pages, readers, chunks, sizes, seconds."""
    from ocr_assets.cli import totals
    from ocr_assets.cli.session import Session

    totals.stats(Session.open(home, collection), as_json)
