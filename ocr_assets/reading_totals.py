"""What a run's readings come to: the totals that the UI shows on a materialization, and what a model took."""

from collections import Counter
from typing import TYPE_CHECKING, Any

from resources.page_readers.tesseract_models import NAMES, installed, suitable

if TYPE_CHECKING:
    import polars as pl

REVIEWS = 2_000  # characters of reasons that the UI shows


def totals(rows: "pl.DataFrame", tessdata: str | None = None) -> dict[str, Any]:
    """What the UI shows on the materialization, but for the preview. `tessdata` holds further models."""
    words = rows["words"].explode().drop_nulls().struct.unnest()
    lengths = words["text"].str.len_chars()
    letters = int(lengths.sum())
    readers = Counter(reader or "failed" for reader in rows["reader"])
    return {
        "pages": rows.height,
        "words": words.height,
        "readers": ", ".join(f"{reader} {count}" for reader, count in readers.most_common()),
        "confidence": round(float((words["confidence"] * lengths).sum()) / letters, 4) if letters else 0.0,
        "to review": reviews(rows),
        "models to install": missing_models(rows, tessdata),
        "seconds": round(rows["seconds"].sum(), 3),
        **spent(rows),
    }


def spent(rows: "pl.DataFrame") -> dict[str, Any]:
    """What the vision model did and took for these rows; only the cost where it was not asked."""
    attempts = rows["attempts"].explode().drop_nulls().struct.unnest() if rows["attempts"].list.len().sum() else None
    if attempts is None:
        return {"cost": 0.0}
    faults = Counter(fault for fault in attempts["fault"] if fault)
    return {
        "cost": round(rows["cost"].sum(), 6),
        "requests to the model": attempts.height,
        "input tokens": rows["input_tokens"].sum(),
        "output tokens": rows["output_tokens"].sum(),
        "bad answers": ", ".join(f"{fault} {count}" for fault, count in faults.most_common()),
    }


def reviews(rows: "pl.DataFrame") -> str:
    """Which pages a person should look at, and why; the beginning where there are many."""
    marked = rows.filter(rows["review"].fill_null("") != "").select("page", "review").iter_rows()
    return "; ".join(f"page {page}: {reason}" for page, reason in marked)[:REVIEWS]


def missing_models(rows: "pl.DataFrame", tessdata: str | None) -> str:
    """The models of Tesseract that pages read from their image could do with, such as "fra (3 pages)"."""
    languages = Counter(language for language in rows["language"] if language in NAMES)
    names = list(installed(tessdata))
    lacking = {language: pages for language, pages in languages.items() if not suitable(language, names)}
    return ", ".join(
        f"{NAMES[language][0].split('|')[0]} ({pages} pages)" for language, pages in sorted(lacking.items())
    )
