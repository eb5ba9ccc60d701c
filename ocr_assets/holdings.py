"""What each source holds now, and which documents no source holds any more: worked out from the table of arrivals.

The latest row of a source tells how it is. A refused version says nothing of the document that was there before.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from ocr_assets.schemas import ARRIVALS
from resources.lake import Lake
from resources.sources import SeenFile

if TYPE_CHECKING:
    import polars as pl


class Held(NamedTuple):
    """What a URI was last seen with. `good` is the last document that was taken from there, or null."""

    version: str
    state: str
    seen_at: datetime
    document: str
    good: str | None


class Ended(NamedTuple):
    """Why no source holds a document any more, and since when. `superseded_by` is null where its files are gone."""

    superseded_by: str | None
    gone: bool
    since: datetime


@dataclass(frozen=True)
class Holdings:
    """The rows of the table of arrivals, in the order of time."""

    rows: "pl.DataFrame"

    @classmethod
    def read(cls, lake: Lake, uris: Iterable[str] | None = None) -> "Holdings":
        """As the lake has it now, of these URIs or of all."""
        import polars as pl

        columns = ["document", "source", "version", "seen_at", "state", "supersedes"]
        rows = lake.read(ARRIVALS, columns=columns)
        if uris is not None:
            rows = rows.filter(pl.col("source").is_in(list(uris)))
        return cls(rows.sort("seen_at", maintain_order=True))

    @cached_property
    def at(self) -> dict[str, Held]:
        """By URI what is there by now."""
        import polars as pl

        good = pl.col("document").filter(pl.col("state") != "refused").last().alias("good")
        latest = self.rows.group_by("source").agg(pl.col("version", "state", "seen_at", "document").last(), good)
        return {source: Held(*values) for source, *values in latest.iter_rows()}

    @cached_property
    def accepted(self) -> "pl.DataFrame":
        """The rows of files that were no refused ones."""
        import polars as pl

        return self.rows.filter(pl.col("state") != "refused")

    def knows(self, file: SeenFile) -> bool:
        """Whether the file is as its source was last seen."""
        held = self.at.get(file.uri)
        return held is not None and held.version == file.version and held.state != "gone"

    def superseded(self, uri: str, document: str) -> str | None:
        """The document whose place at `uri` this one takes."""
        held = self.at.get(uri)
        return held.good if held is not None and held.good != document else None

    def ended(self, among: Iterable[str] | None = None) -> dict[str, Ended]:
        """Those of the documents, or of all, that no source holds any more."""
        import polars as pl

        now = self.accepted.unique("source", keep="last", maintain_order=True)
        held = now.filter(pl.col("state") == "here")["document"]
        wanted = self.accepted["document"].unique() if among is None else pl.Series(sorted(set(among)), dtype=pl.String)
        over = wanted.filter(~wanted.is_in(held.implode()))
        replaced = (
            self.accepted.filter(pl.col("supersedes").is_in(over.implode()))
            .group_by("supersedes")
            .agg(pl.col("document").last(), pl.col("seen_at").last())
        )
        gone = (
            now.filter((pl.col("state") == "gone") & pl.col("document").is_in(over.implode()))
            .group_by("document")
            .agg(pl.col("seen_at").max())
        )
        ended = {old: Ended(new, False, since) for old, new, since in replaced.iter_rows()}
        for document, since in gone.iter_rows():
            other = ended.get(document)
            ended[document] = Ended(
                other.superseded_by if other else None, True, max(since, other.since) if other else since
            )
        return ended
