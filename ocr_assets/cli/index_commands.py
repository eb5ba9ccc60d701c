"""The commands of `ocr-assets index`, and `verify-index`: their options and what they print."""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from ocr_assets.cli.ending import finish, tell
from ocr_assets.cli.options import Home, InCollection, Json

index = typer.Typer(no_args_is_help=True, help="Indexes of other models and stores: built, switched to, and back.")


@index.command("list")
def list_indexes(home: Home = None, collection: InCollection = None, as_json: Json = False) -> None:
    """Every index: which is searched, which was before, and which the settings name."""
    from ocr_assets.cli.session import Session
    from ocr_assets.index_switching import listed

    found = listed(Session.open(home, collection).settings)
    if as_json:
        print(json.dumps([one.value() for one in found]))
        return
    for one in found:
        marks = {"searched": one.active, "searched before": one.previous, "configured": one.configured}
        print(f"{one.name}  {one.passages} passages  {', '.join(word for word, holds in marks.items() if holds)}")


@index.command()
def build(
    batch_size: Annotated[int, typer.Option(min=1, help="Documents a run.")] = 64,
    home: Home = None,
    collection: InCollection = None,
    as_json: Json = False,
) -> None:
    """Embed all documents for the index that the settings name, beside the one that is searched. Goes on if killed."""
    from ocr_assets.cli import indexing, running
    from ocr_assets.cli.progress import shown_progress
    from ocr_assets.cli.session import Session

    session = Session.open(home, collection)
    wanted = indexing.to_build(session)
    with shown_progress(not as_json):
        running.reprocess(session, wanted, batch_size)
    left = len(indexing.to_build(session))
    tell({"built": len(wanted) - left, "left": left}, f"{len(wanted) - left} documents built, {left} left", as_json)
    finish(left)


@index.command()
def switch(
    name: Annotated[str | None, typer.Argument(help="As `index list` has it; by default the configured one.")] = None,
    home: Home = None,
    collection: InCollection = None,
    as_json: Json = False,
) -> None:
    """Search this index from now on, after what it lacks of the documents is written into it."""
    _switch(name, False, home, collection, as_json)


@index.command()
def rollback(home: Home = None, collection: InCollection = None, as_json: Json = False) -> None:
    """Search the index that was searched before, after what it lacks of the documents is written into it."""
    _switch(None, True, home, collection, as_json)


@index.command()
def drop(
    name: Annotated[str, typer.Argument(help="As `index list` has it.")],
    keep: Annotated[bool, typer.Option("--keep", help="Only forget it: its store cannot be reached any more.")] = False,
    home: Home = None,
    collection: InCollection = None,
    as_json: Json = False,
) -> None:
    """Remove an index that is not searched, with all that is in it."""
    from ocr_assets import index_switching
    from ocr_assets.cli.session import Session

    index_switching.drop(Session.open(home, collection).settings, name, keep)
    tell({"dropped": name}, f"{name} dropped", as_json)


@index.command("export")
def export_index(
    to: Annotated[Path, typer.Option(help="The folder to write into.")],
    form: Annotated[Literal["parquet", "lancedb", "pinecone"], typer.Option("--format")] = "parquet",
    name: Annotated[str | None, typer.Option("--index", help="Another than the searched one.")] = None,
    home: Home = None,
    collection: InCollection = None,
    as_json: Json = False,
) -> None:
    """Write an index with its vectors: as Parquet, as a LanceDB folder, or as Pinecone's bulk import takes it."""
    from ocr_assets.cli.session import Session
    from ocr_assets.index_dump import dump
    from ocr_assets.indexes import registered_index, searched_index

    session = Session.open(home, collection)
    chosen = registered_index(session.settings, name, embedding=False) if name else searched_index(session.settings)
    written = dump(chosen.store, to, form, session.lake)
    told = f"{written.passages} passages of {written.documents} documents written to {to}"
    tell({"index": chosen.name, "documents": written.documents, "passages": written.passages}, told, as_json)


@index.command("import")
def import_index(
    source: Annotated[Path, typer.Argument(help="A folder that `index export` wrote.")],
    home: Home = None,
    collection: InCollection = None,
    as_json: Json = False,
) -> None:
    """Put the documents of a dump into the configured index; forgotten ones are left out."""
    from ocr_assets.arrivals import forgotten_documents
    from ocr_assets.cli.session import Session
    from ocr_assets.index_dump import load
    from ocr_assets.indexes import enter

    session = Session.open(home, collection)
    into = enter(session.settings)
    read = load(into.store, source, session.lake, forgotten_documents(session.lake))
    told = f"{read.passages} passages of {read.documents} documents read into {into.name}"
    tell({"index": into.name, "documents": read.documents, "passages": read.passages}, told, as_json)


def verify_index(
    mend: Annotated[bool, typer.Option("--mend", help="Write what differs anew from the lake.")] = False,
    sample: Annotated[int, typer.Option(min=0, help="Documents whose texts and vectors are compared.")] = 100,
    home: Home = None,
    collection: InCollection = None,
    as_json: Json = False,
) -> None:
    """Hold the searched index against the lake. Exit code 3 if they differ and nothing was mended."""
    from ocr_assets.cli import indexing
    from ocr_assets.cli.session import Session

    name, found = indexing.verified(Session.open(home, collection), sample, mend)
    if as_json:
        print(json.dumps(found.value(name, mend)))
    else:
        for document, told in found.differences[:200]:
            print(f"{document[:12]}  {told}")
        ending = ", mended" if mend and found.differences else ""
        print(
            f"{name}: {len(found.differences)} of {found.documents} documents differ{ending}; "
            f"texts and vectors of {found.sampled} compared"
        )
    finish(0 if mend else len(found.differences))


def _switch(name: str | None, back: bool, home: Path | None, collection: str | None, as_json: bool) -> None:
    from ocr_assets.cli import indexing
    from ocr_assets.cli.session import Session

    chosen, written = indexing.switch_to(Session.open(home, collection), name, back)
    told = f"{chosen} is searched; {written} documents were written into it first"
    tell({"active": chosen, "written": written}, told, as_json)
