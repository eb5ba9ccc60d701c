"""Commands that keep stores, models and Dagster in order."""

from typing import Annotated

import typer

from ocr_assets.cli.ending import ENVIRONMENT, finish, tell
from ocr_assets.cli.options import Home, InCollection, Json


def forget(
    documents: Annotated[list[str], typer.Argument(help="Hashes, unique beginnings of hashes, or paths.")],
    purge: Annotated[
        bool, typer.Option("--purge", help="Also out of earlier versions of tables and Dagster's history, at once.")
    ] = False,
    home: Home = None,
    collection: InCollection = None,
    as_json: Json = False,
) -> None:
    """Remove documents from every table, blob and index, and keep them from coming back by themselves. Exit code 1 if a
    vector store cannot be reached now."""
    from ocr_assets.cli import maintaining
    from ocr_assets.cli.session import Session

    forgotten = maintaining.forget_documents(Session.open(home, collection), documents, purge)
    maintaining.told_forgotten(forgotten, as_json)
    if forgotten.left_in:
        raise typer.Exit(ENVIRONMENT)


def maintain(home: Home = None, collection: InCollection = None, as_json: Json = False) -> None:
    """What the nightly schedule does: compact tables, remove old versions of them and what nothing names any more."""
    from ocr_assets.cli import maintaining
    from ocr_assets.cli.session import Session

    maintaining.told_upkeep(maintaining.maintain_session(Session.open(home, collection)), as_json)


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
    from ocr_assets.cli import checking
    from ocr_assets.cli.session import Session

    finish(checking.told(checking.check_models(Session.open(home, collection), models or ()), as_json))


def ui(
    port: Annotated[int, typer.Option(help="Port of the webserver.")] = 3000,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    home: Home = None,
) -> None:
    """The Dagster webserver and daemon on this home's data."""
    from ocr_assets.cli import serving
    from ocr_assets.cli.session import Session

    serving.serve(Session.open(home), host, port)


def rebuild(home: Home = None, collection: InCollection = None, as_json: Json = False) -> None:
    """After the loss of Dagster's storage: register every collection's documents and report what they have."""
    from ocr_assets.cli.printing import counted
    from ocr_assets.cli.session import Session
    from ocr_assets.rebuilding import rebuild

    opened = Session.open(home, collection)
    registered = reported = 0
    for session in [opened] if collection else opened.every_collection():
        found = rebuild(session.catalog, session.lake, session.vector_store)
        registered, reported = registered + found[0], reported + found[1]
    tell(
        {"registered": registered, "materializations": reported},
        f"{counted(registered)} registered, {reported} materializations reported",
        as_json,
    )
