"""`search`: what the options mean, passages as people and programs see them, and their pages as pictures."""

import json
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from rich.markup import escape
from rich.text import Text

from ocr_assets.cli.printing import HASH, name_of, say
from ocr_assets.cli.session import Session
from ocr_assets.contracts import found_json
from ocr_assets.core.text_layer import without_controls
from ocr_assets.errors import UsageError
from ocr_assets.searching import Answer, Found, Searcher
from resources.vector_store import Filters, SearchMode

KINDS = ("text", "table", "figure")


def search(
    session: Session,
    query: str,
    k: int,
    mode: SearchMode,
    documents: Sequence[str] | None,
    sources: Sequence[str],
    filters: Filters,
) -> list[Found]:
    """The best passages. Documents are named as everywhere on the command line. Raises UsageError for no question."""
    if not query.strip():
        raise UsageError("ask something: the question is empty")
    among = session.find_all(documents) if documents else None
    return Searcher(session.parts).search(query, k, mode, among, sources, filters)


def why_nothing(session: Session, documents: Sequence[str] | None, sources: Sequence[str]) -> str:
    """Why nothing was found, as far as that is plain."""
    among = session.find_all(documents) if documents else None
    return Searcher(session.parts).why_nothing(among, sources)


def filters_of(
    classes: Sequence[str] | None,
    languages: Sequence[str] | None,
    kinds: Sequence[str] | None,
    since: str | None,
    until: str | None,
    pages: str | None,
) -> Filters:
    """The filters as they were given. Raises UsageError naming what is wrong."""
    if unknown := set(kinds or ()) - set(KINDS):
        raise UsageError(f"no kind {sorted(unknown)[0]!r} of passages; there are {', '.join(KINDS)}")
    first, last = _pages(pages)
    return Filters(
        classes=tuple(classes or ()),
        languages=tuple(languages or ()),
        kinds=tuple(kinds or ()),
        since=_day("--since", since),
        until=_day("--until", until),
        first_page=first,
        last_page=last,
    )


def write_pages(session: Session, found: Sequence[Found], folder: Path) -> list[Path]:
    """A PNG of every page of every passage, `<rank>-<document>-p<page>.png`; the files in order."""
    folder.mkdir(parents=True, exist_ok=True)
    searcher, written = Searcher(session.parts), list[Path]()
    for rank, passage in enumerate(found, 1):
        for page, picture in searcher.shown(passage):
            written.append(folder / f"{rank}-{passage.document[:12]}-p{page}.png")
            written[-1].write_bytes(picture)
    return written


def told(passages: Sequence[Found], answer: Answer | None, as_json: bool, why_none: str = "") -> None:
    """Passages, best first, below the answer if there is one; `why_none` says why there are none."""
    if as_json:
        listed = [found_json(passage) for passage in passages]
        value = listed if answer is None else {"answer": answer.text, "cited": answer.cited, "passages": listed}
        print(json.dumps(value, ensure_ascii=False))
        return
    if answer is not None:
        say(Text(without_controls(answer.text)))
        say("")
    for number, passage in enumerate(passages, start=1):
        text, path = passage.text.strip(), passage.heading_path
        if path and text.partition("\n")[0].lstrip("# ") == path[-1]:
            path = path[:-1]  # the passage begins with its own heading
        say(
            f"[bold]{number}. {escape(name_of([passage.source]) or passage.document[:HASH])}[/]  {passage.pages}  "
            f"[dim]{passage.score:.3f}  {passage.document[:HASH]}[/]"
        )
        if path:
            say(Text(without_controls(" > ".join(path)), style="cyan"))
        say(Text(without_controls(text)))
        say("")
    if not passages:
        sentence = f"nothing found: {without_controls(why_none)}" if why_none else "nothing found"
        say(Text(sentence))


def _day(option: str, text: str | None) -> int:
    if text is None:
        return 0
    try:
        return int(date.fromisoformat(text).strftime("%Y%m%d"))
    except ValueError:
        raise UsageError(f"{option} {text!r} is no day; write it like 2024-01-31") from None


def _pages(text: str | None) -> tuple[int, int]:
    if text is None:
        return 0, 0
    found = re.fullmatch(r"(\d{1,6})(-(\d{1,6})?)?", text)
    first = int(found[1]) if found else 0
    last = (int(found[3]) if found[3] else 0) if found and found[2] else first
    if not first or (last and last < first):
        raise UsageError(f"--pages {text!r} is no range of pages; write 3, 3-7 or 3-")
    return first, last
