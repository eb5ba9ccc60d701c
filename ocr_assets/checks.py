"""The standing checks: what is wrong over all documents, counted exactly, with the worst of them named.

They are unpartitioned and look at the whole lake and at Dagster's events at once: one check a document would cost an
event each, and the latest batch's would hide what is wrong elsewhere. The sensor `checks_and_alerts` evaluates them;
each can also be run from its asset's page.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import dagster as dg

from ocr_assets.binding import bound, needs
from ocr_assets.catalog import Catalog
from ocr_assets.core.collection import DEFAULT, Collection
from ocr_assets.core.continuation import DocumentState
from ocr_assets.core.stages import STAGES
from ocr_assets.enrichment import WHOLE_DOCUMENT
from ocr_assets.overdue import overdue
from ocr_assets.pipeline_state import load_states, registered
from ocr_assets.run_tags import is_over_documents
from ocr_assets.schemas import DOCUMENTS, ENRICHMENT, OCR_TEXT
from ocr_assets.settings import Settings
from resources.lake import Lake

if TYPE_CHECKING:
    import polars as pl

NAMED: Final = 20
"""Documents that a check names; its metadata has the number of all."""
WORDS: Final = 200  # characters of what is said of a document


@dataclass(frozen=True, slots=True)
class Overview:
    """All that the checks look at."""

    lake: Lake
    states: dict[str, DocumentState]
    overdue: tuple[str, ...]
    settings: Settings
    catalog: Catalog

    @classmethod
    def load(cls, catalog: Catalog, lake: Lake, settings: Settings) -> "Overview":
        """As things are now."""
        states = load_states(catalog, lake, registered(catalog))
        late = overdue(catalog, lake, states, time.time() - settings.overdue_hours * 3600)
        return cls(lake, states, tuple(late), settings, catalog)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found: of how many documents how many are wrong, and what is said of the worst."""

    looked_at: int
    wrong: int
    worst: Sequence[tuple[str, str]] = field(default=())

    @property
    def passed(self) -> bool:
        return not self.wrong

    @property
    def told(self) -> str:
        """In a line, with the worst of all: the table is a click away."""
        first = [f"; {document[:12]}: {' '.join(words.split())[:WORDS]}" for document, words in self.worst[:1]]
        return f"{self.wrong} of {self.looked_at} documents{''.join(first)}"

    @property
    def metadata(self) -> dict[str, Any]:
        rows = [f"| `{document[:12]}` | {_cell(words)} |" for document, words in self.worst[:NAMED]]
        table = "\n".join(["| document | |", "|---|---|", *rows]) if rows else "none"
        return {"documents": self.looked_at, "wrong": self.wrong, "worst": dg.MetadataValue.md(table)}


@dataclass(frozen=True, slots=True)
class StandingCheck:
    """A check of one asset, by name, with what it looks for."""

    asset: str
    name: str
    severity: dg.AssetCheckSeverity
    description: str
    look: Callable[[Overview], Verdict]

    def key(self, collection: Collection = DEFAULT) -> dg.AssetCheckKey:
        """The check's key in a collection."""
        return dg.AssetCheckKey(dg.AssetKey(collection.path(self.asset)), self.name)

    def evaluation(self, seen: Overview) -> dg.AssetCheckEvaluation:
        """The check's outcome as an event that needs no run."""
        verdict = self.look(seen)
        return dg.AssetCheckEvaluation(
            seen.catalog.key(self.asset),
            self.name,
            verdict.passed,
            metadata=verdict.metadata,
            severity=self.severity,
            description=verdict.told,
        )

    def definition(self, collection: Collection = DEFAULT) -> dg.AssetChecksDefinition:
        """The check as it stands in the UI."""

        def check(context: dg.AssetCheckExecutionContext, lake: Lake, settings: Settings) -> dg.AssetCheckResult:
            execution = context.op_execution_context
            found = latest(execution.instance, self.key(collection)) if is_over_documents(execution.run) else None
            found = found or self.evaluation(Overview.load(Catalog(execution.instance, collection), lake, settings))
            return dg.AssetCheckResult(
                passed=found.passed,
                metadata=dict(found.metadata),
                severity=found.severity,
                description=found.description,
            )

        return dg.asset_check(
            asset=self.key(collection).asset_key,
            name=self.name,
            description=self.description,
            required_resource_keys=needs(check, collection),
        )(bound(check, collection))


def nothing_given_up(seen: Overview) -> Verdict:
    """Documents that failed and are not tried again by themselves."""
    failed = [(document, state.failure) for document, state in seen.states.items() if state.failure]
    wrong = [(document, failure) for document, failure in failed if failure[1].given_up]
    worst = [
        (document, f"{stage}: {f.reason}, {f.attempt} times: {f.detail}") for document, (stage, f) in wrong[:NAMED]
    ]
    return Verdict(len(seen.states), len(wrong), worst)


def nothing_overdue(seen: Overview) -> Verdict:
    """Documents that have been unfinished for too long and were not given up."""
    worst = [(document, f"waits for {seen.states[document].next_stage}") for document in seen.overdue[:NAMED]]
    return Verdict(len(seen.states), len(seen.overdue), worst)


def read_with_confidence(seen: Overview) -> Verdict:
    """Documents whose words are less likely to be right than the setting asks for, the least likely first."""
    import polars as pl

    frame = _rows(seen, DOCUMENTS.name, ["document", "confidence", "words"])
    least = seen.settings.review_confidence
    wrong = frame.filter((pl.col("words") > 0) & (pl.col("confidence") < least)).sort("confidence")
    worst = [(row[0], f"confidence {row[1]:.2f} over {row[2]} words") for row in wrong.head(NAMED).iter_rows()]
    return Verdict(frame.height, wrong.height, worst)


def every_page_read(seen: Overview) -> Verdict:
    """Documents with pages that could not be rendered or read, those with most first."""
    import polars as pl

    frame = _rows(seen, DOCUMENTS.name, ["document", "pages", "failed_pages"])
    counted = frame.with_columns(failed=pl.col("failed_pages").list.len().fill_null(0))
    wrong = counted.filter(pl.col("failed") > 0).sort("failed", descending=True)
    shown = wrong.head(NAMED).iter_rows(named=True)
    worst = [(row["document"], f"{row['failed']} of {row['pages']} pages failed") for row in shown]
    return Verdict(frame.height, wrong.height, worst)


def every_word_covered(seen: Overview) -> Verdict:
    """Documents with pages for a person to look at: too little of the ink is covered by words, or no reader is sure."""
    import polars as pl

    frame = _rows(seen, OCR_TEXT.name, ["document", "page", "review"])
    marked = frame.filter(pl.col("review").fill_null("") != "")
    grouped = marked.group_by("document").agg(pl.len(), pl.col("review").first()).sort("len", descending=True)
    worst = [(row[0], f"{row[1]} pages for review: {row[2]}") for row in grouped.head(NAMED).iter_rows()]
    return Verdict(frame["document"].n_unique(), grouped.height, worst)


def fields_are_sound(seen: Overview) -> Verdict:
    """Documents with fields that the schema does not allow, that are missing, or that their page does not bear out."""
    return _told_in(seen, "field_faults")


def rules_hold(seen: Overview) -> Verdict:
    """Documents whose fields contradict each other, such as items that do not add up to the total."""
    return _told_in(seen, "broken_rules")


def _told_in(seen: Overview, column: str) -> Verdict:
    """Documents with anything in this list of sentences, those with most first."""
    import polars as pl

    of_documents = pl.col("chunk") == WHOLE_DOCUMENT  # most rows are of passages, and not even decoded
    asked = seen.lake.find(ENRICHMENT, of_documents, ["document", column]).filter(
        pl.col("document").is_in(list(seen.states))
    )
    counted = asked.with_columns(wrong=pl.col(column).list.len().fill_null(0))
    wrong = counted.filter(pl.col("wrong") > 0).sort("wrong", descending=True)
    worst = [(row["document"], "; ".join(row[column])) for row in wrong.head(NAMED).iter_rows(named=True)]
    return Verdict(asked.height, wrong.height, worst)


ERROR, WARN = dg.AssetCheckSeverity.ERROR, dg.AssetCheckSeverity.WARN
CHECKS: Final = (
    StandingCheck(STAGES[-1], "nothing_given_up", ERROR, "No document has failed for good.", nothing_given_up),
    StandingCheck(STAGES[-1], "nothing_overdue", ERROR, "No document is unfinished for too long.", nothing_overdue),
    StandingCheck("documents", "read_with_confidence", WARN, "Every document is read surely.", read_with_confidence),
    StandingCheck("documents", "every_page_read", WARN, "No document lacks a page.", every_page_read),
    StandingCheck("ocr_text", "every_word_covered", WARN, "No page is left for a person.", every_word_covered),
    StandingCheck("enrichment", "fields_are_sound", WARN, "No field is missing or in doubt.", fields_are_sound),
    StandingCheck("enrichment", "rules_hold", WARN, "No document's fields contradict each other.", rules_hold),
)


def latest(instance: dg.DagsterInstance, key: dg.AssetCheckKey) -> dg.AssetCheckEvaluation | None:
    """The check's latest outcome. A run over a batch repeats it; what the batch changes, the next evaluation sees."""
    for record in instance.event_log_storage.get_asset_check_execution_history(key, limit=5):
        event = record.event.dagster_event if record.event else None
        if event is not None and isinstance(event.event_specific_data, dg.AssetCheckEvaluation):
            return event.event_specific_data
    return None


def evaluations(seen: Overview, checks: Iterable[StandingCheck] = CHECKS) -> list[dg.AssetCheckEvaluation]:
    """The outcomes of all standing checks."""
    return [check.evaluation(seen) for check in checks]


def _rows(seen: Overview, table: str, columns: list[str]) -> "pl.DataFrame":
    """These columns of the table, for registered documents."""
    import polars as pl

    from ocr_assets.schemas import TABLES

    frame = seen.lake.read(TABLES[table], columns=columns)
    return frame.filter(pl.col("document").is_in(list(seen.states)))


def _cell(words: str) -> str:
    """Words as a cell of a Markdown table: they may come from a hostile file."""
    kept = " ".join(words.split())[:WORDS]
    return "".join(f"\\{letter}" if letter in r"\`*_{}[]<>()#|!&" else letter for letter in kept)
