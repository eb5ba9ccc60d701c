"""Searching a LanceDB table of passages: by words, by vector, by both, within filters."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from ocr_assets.core.fusion import fused
from ocr_assets.core.naming import named
from ocr_assets.core.terms import terms
from resources.vector_store import Filters, Hit, PlacedBox, SearchMode

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TERMS: Final = "terms"
"""The column that full text search compares, as core/terms.py writes it."""
CANDIDATES: Final = 50
"""Passages that each half of a hybrid search brings to the fusion, or k where that is more."""
FEW: Final = 1_000
"""Documents to search in, beyond which it is worth asking which there are."""
BOX: Final = ("page", "x0", "y0", "x1", "y1")
_RETURNED: Final = [field.name for field in fields(Hit) if field.name not in ("score", "cut")]


def index(table: Any) -> None:
    """(Re)build the full-text index: words as they are parted by blanks, since terms are folded already."""
    from lancedb.index import FTS

    as_it_is: dict[str, Any] = {"lower_case": False, "stem": False, "remove_stop_words": False, "ascii_folding": False}
    config = FTS(base_tokenizer="whitespace", max_token_length=None, **as_it_is)
    table.create_index(TERMS, config=config, replace=True)


def found(
    table: Any,
    query: str,
    vector: "NDArray[np.float32] | None",
    mode: SearchMode,
    k: int,
    where: str | None,
    said: Iterable[str] = (),
) -> list[Hit]:
    """The best `k` passages that the SQL condition `where` allows, best first; words of `said` are searched too."""
    wanted = terms([query, *said])
    if mode == "text":
        return [_hit(row, row["_score"]) for row in _by_words(table, wanted, k, where)]
    assert vector is not None
    if mode == "vector":
        return [_hit(row, 1 - row["_distance"]) for row in _by_vector(table, vector, k, where)]
    reach = max(k, CANDIDATES)
    by_words, by_vector = _by_words(table, wanted, reach, where), _by_vector(table, vector, reach, where)
    rows = {row["id"]: row for row in (*by_vector, *by_words)}
    words = {row["id"]: row["_score"] for row in by_words}
    # Of unit vectors, which are at hand for all; the search tells those only that it found.
    meanings = {one: float(vector @ row["vector"]) for one, row in rows.items()}
    fitting = named(query, {row["document"]: row["names"] or () for row in rows.values()})
    scores = fused(words, meanings, {one: fitting[row["document"]] for one, row in rows.items()})
    best = sorted(rows, key=lambda one: (-scores[one], one))[:k]
    return [_hit(rows[one], scores[one]) for one in best]


def condition(documents: str | None, filters: Filters) -> str | None:
    """The filters in SQL, with those of the documents; None where they allow everything."""
    parts = [documents] if documents else []
    lists = {"document_class": filters.classes, "language": filters.languages, "kind": filters.kinds}
    parts += [among(column, values) for column, values in lists.items() if values]
    if filters.since or filters.until:
        parts.append(f"date > 0 AND date >= {filters.since:d}")
    bounds = {"date <=": filters.until, "page_end >=": filters.first_page, "page_start <=": filters.last_page}
    parts += [f"{comparison} {bound:d}" for comparison, bound in bounds.items() if bound]
    return " AND ".join(parts) or None


def among(column: str, values: Iterable[str]) -> str:
    """SQL for "one of these"; for none of them, false."""
    quoted = ", ".join("'" + value.replace("'", "''") + "'" for value in values)
    return f"{column} IN ({quoted})" if quoted else "false"


def shorter(documents: Collection[str], held: Callable[[], set[str]]) -> str | None:
    """SQL for "of one of these documents", which may be very many: the others of those `held`, where they are fewer.

    None where those are none. A list of 100,000 costs a search a second or two, by its length.
    """
    if len(documents) <= FEW:
        return among("document", documents)
    there = held()
    wanted = there.intersection(documents)
    others = there - wanted
    if len(others) >= len(wanted):
        return among("document", sorted(wanted))
    return f"NOT {among('document', sorted(others))}" if others else None


def box_values(boxes: Iterable[PlacedBox]) -> list[dict[str, float]]:
    """Boxes as the table keeps them."""
    return [dict(zip(BOX, box, strict=True)) for box in boxes]


def boxes_of(values: Iterable[dict[str, float]]) -> tuple[PlacedBox, ...]:
    """And back."""
    return tuple((int(value["page"]), value["x0"], value["y0"], value["x1"], value["y1"]) for value in values)


def _by_words(table: Any, wanted: str, k: int, where: str | None) -> list[dict[str, Any]]:
    from lancedb.query import MatchQuery

    wanted = " ".join(dict.fromkeys(wanted.split()))  # what is asked twice would count twice
    if not wanted:
        return []
    # A MatchQuery takes its words as they are: nothing in it is an operator.
    query_of_words = MatchQuery(wanted, TERMS)  # type: ignore[call-arg]
    return _rows(table.search(query_of_words, query_type="fts"), "_score", k, where)


def _by_vector(table: Any, vector: "NDArray[np.float32]", k: int, where: str | None) -> list[dict[str, Any]]:
    return _rows(table.search(vector, query_type="vector").distance_type("cosine"), "_distance", k, where)


def _rows(search: Any, score: str, k: int, where: str | None) -> list[dict[str, Any]]:
    search = search.select(["id", *_RETURNED, "names", "vector", score]).limit(k)
    rows: list[dict[str, Any]] = (search.where(where, prefilter=True) if where else search).to_list()
    return rows


def _hit(row: dict[str, Any], score: float) -> Hit:
    return Hit(
        document=row["document"],
        ordinal=row["ordinal"],
        text=row["text"],
        heading_path=tuple(row["heading_path"]),
        page_start=row["page_start"],
        page_end=row["page_end"],
        score=float(score),
        kind=row["kind"] or "text",
        boxes=boxes_of(row["boxes"] or ()),
    )
