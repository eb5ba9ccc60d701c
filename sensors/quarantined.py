"""Copies of documents that were given up, for a person to look at: kept as long as they are given up."""

from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Final

from ocr_assets.arrivals import forgotten_documents, places
from ocr_assets.core.continuation import DocumentState
from resources.blobs import Blobs
from resources.lake import Lake
from resources.quarantine import Quarantine

CASES_A_TICK: Final = 50
PIECE: Final = 1 << 20


def keep_copies(
    lake: Lake, blobs: Blobs, quarantine: Quarantine, states: Mapping[str, DocumentState], log: Any
) -> tuple[int, int]:
    """Bring the quarantine up to date with what is given up; how many cases were opened and closed.

    What there is is compared with what there should be, so a tick that is killed loses nothing, and the next goes on.
    Cases of what was never registered are not touched: refused files are theirs who refused them.
    """
    wanted = {document for document, state in states.items() if state.failure and state.failure[1].given_up}
    there = quarantine.names()
    opened = sorted(wanted - there)[:CASES_A_TICK]
    strangers = there - states.keys()
    over = (there & states.keys()) | (forgotten_documents(lake, strangers) if strangers else set())
    closed = sorted(over - wanted)[:CASES_A_TICK]
    seen = places(lake, opened) if opened else {}
    for document in opened:
        _, failure = states[document].failure or ("", None)
        if failure is not None:
            with blobs.local_file(document) if blobs.has(document, document) else nullcontext() as path:
                quarantine.keep(
                    document,
                    sources=seen.get(document, []),
                    reason=failure.reason,
                    detail=failure.detail,
                    attempts=failure.attempt,
                    data=pieces(Path(path)) if path else None,
                )
    for document in closed:
        quarantine.release(document)
    if opened or closed:
        log.info(f"quarantine: {len(opened)} documents copied, {len(closed)} released")
    return len(opened), len(closed)


def pieces(file: Path) -> Iterator[bytes]:
    """The file's bytes, piece by piece."""
    with file.open("rb") as opened:
        while piece := opened.read(PIECE):
            yield piece
