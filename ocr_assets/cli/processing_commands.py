"""Commands that take documents in and through the stages."""

from pathlib import Path
from typing import Annotated

import typer

from ocr_assets.cli.ending import finish
from ocr_assets.cli.options import Home, InCollection, Json


def add(
    places: Annotated[list[str], typer.Argument(help="Files, folders or s3://bucket/prefix; .parquet: its images.")],
    again: Annotated[bool, typer.Option(help="Take back documents that were forgotten.")] = False,
    home: Home = None,
    collection: InCollection = None,
    as_json: Json = False,
) -> None:
    """Store and register documents, without running anything. Exit code 3 if a table names files that are not there."""
    from ocr_assets.cli import adding
    from ocr_assets.cli.session import Session

    added = adding.add(Session.open(home, collection), places, again)
    adding.told(added, as_json)
    finish(len(added.missing))


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
    from ocr_assets.cli import adding, outcomes, running
    from ocr_assets.cli.progress import shown_progress
    from ocr_assets.cli.session import Session

    session = Session.open(home, collection)
    wanted = running.parse_stages(stages)
    added = adding.add(session, places) if places else None
    documents = added.documents if added else running.unfinished(session, upgrade)
    missing = added.missing if added else ()
    with shown_progress(not as_json):
        running.continue_documents(session, documents, batch_size, wanted, upgrade)
    adding.told_missing(missing)
    finish(outcomes.outcome(session, documents, as_json, wanted) + len(missing))


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
    finish(len(synced.failed))


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
    from ocr_assets.cli import outcomes, running
    from ocr_assets.cli.progress import shown_progress
    from ocr_assets.cli.session import Session

    session = Session.open(home, collection)
    wanted = running.reprocessed(session, documents or [], first, failed)
    with shown_progress(not as_json):
        running.reprocess(session, wanted, batch_size)
    finish(outcomes.outcome(session, tuple(wanted), as_json))
