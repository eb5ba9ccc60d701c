"""What models were asked and what it cost, one row a request, and the budgets that stop new ones.

An SQLite file in the home, shared by all processes there. A request is entered before it is sent, with an estimate that
counts against the budgets; what it really cost replaces that. A process that is killed leaves the estimate: the answer
that it did not wait for may have been charged.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from ocr_assets.errors import TransientFault
from resources.exclusive import in_turn
from resources.upkeep import Figures, Upkeep

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS charges (
    id INTEGER PRIMARY KEY, day TEXT NOT NULL, run TEXT NOT NULL, document TEXT NOT NULL, page INTEGER NOT NULL,
    stage TEXT NOT NULL, key TEXT NOT NULL, endpoint TEXT, batch TEXT, state TEXT NOT NULL, input INTEGER NOT NULL,
    output INTEGER NOT NULL, cost REAL NOT NULL);
CREATE TABLE IF NOT EXISTS trimmed (
    day TEXT PRIMARY KEY, requests INTEGER NOT NULL, input INTEGER NOT NULL, output INTEGER NOT NULL,
    cost REAL NOT NULL, unknown INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS charges_by_day ON charges (day);
CREATE INDEX IF NOT EXISTS charges_by_run ON charges (run);
CREATE INDEX IF NOT EXISTS charges_by_batch ON charges (batch);
CREATE INDEX IF NOT EXISTS charges_by_document ON charges (document, state);
"""
LEDGERS: Final = ("vision.sqlite", "text_models.sqlite", "upstage.sqlite", "comprehend.sqlite")
"""Their files in a home."""
_TOTALS: Final = (
    "count(*) AS requests, coalesce(sum(input), 0) AS input, coalesce(sum(output), 0) AS output, "
    "coalesce(sum(cost), 0.0) AS cost, coalesce(sum(state IN ('open', 'unknown')), 0) AS unknown"
)


class Usage(NamedTuple):
    """Tokens of one request."""

    input: int
    output: int


class Question(NamedTuple):
    """What a request is about: `key` names it among those about the page."""

    run: str
    stage: str
    document: str
    page: int
    key: str


class Spent(NamedTuple):
    """Totals over requests; `unknown` are those of whose end nothing is known: their estimates are in the cost."""

    requests: int
    input: int
    output: int
    cost: float
    unknown: int


def utc_day() -> str:
    """Today, such as 2026-11-21: budgets of a day begin anew at midnight UTC."""
    return datetime.now(UTC).date().isoformat()


@dataclass(frozen=True)
class Ledger:
    """`input_price` and `output_price` are for a million tokens; budgets in the same currency, 0 for none."""

    path: Path
    input_price: float = 0.0
    output_price: float = 0.0
    run_budget: float = 0.0
    day_budget: float = 0.0
    of: str = "the vision model"

    def cost(self, usage: Usage) -> float:
        """What these tokens cost."""
        return (usage.input * self.input_price + usage.output * self.output_price) / 1e6

    def enter(self, asked: Question, estimate: Usage, share: float = 1.0, batch: str | None = None) -> int:
        """Enter a request that is about to be sent, at `share` of the price; gives its number.

        Raises TransientFault `budget_spent` where it does not fit into what is left.
        """
        day, cost = utc_day(), share * self.cost(estimate)
        with self._changing() as database:
            self._check("today", self.day_budget, cost, "day = ?", day, database)
            self._check("this run", self.run_budget, cost, "run = ?", asked.run, database)
            row = (day, *asked, batch, *estimate, cost)
            found = database.execute(
                "INSERT INTO charges (day, run, stage, document, page, key, batch, state, input, output, cost) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, 'open', ?, ?, ?)",
                row,
            )
            return int(found.lastrowid or 0)

    def close(self, number: int, state: str, usage: Usage | None, endpoint: str | None, share: float = 1.0) -> float:
        """Enter how a request ended: answered, refused or unsent (nothing is charged), unknown (without usage).

        Gives its cost; one that is closed already stays as it is.
        """
        with self._changing() as database:
            if usage is not None:
                database.execute(
                    "UPDATE charges SET input = ?, output = ?, cost = ? WHERE id = ? AND state = 'open'",
                    (*usage, share * self.cost(usage), number),
                )
            database.execute(
                "UPDATE charges SET state = ?, endpoint = ? WHERE id = ? AND state = 'open'", (state, endpoint, number)
            )
            [cost] = database.execute("SELECT cost FROM charges WHERE id = ?", (number,)).fetchone()
            return float(cost)

    def spent(self, run: str | None = None, day: str | None = None) -> Spent:
        """Totals of a run, of a day (UTC, such as 2026-11-21), or of all; runs are known until they are trimmed."""
        if not self.path.exists():
            return Spent(0, 0, 0, 0.0, 0)
        where = [("run = ?", run), ("day = ?", day)]
        given = [(text, value) for text, value in where if value is not None]
        condition = " AND ".join(text for text, _ in given) or "1"
        values = [value for _, value in given]
        with closing(self.connected()) as database:
            found = database.execute(f"SELECT {_TOTALS} FROM charges WHERE {condition}", values).fetchone()
            if run is not None:
                return Spent(*found)
            sums = "total(requests), total(input), total(output), total(cost), total(unknown)"
            gone = database.execute(f"SELECT {sums} FROM trimmed WHERE {condition}", values).fetchone()
        requests, tokens_in, tokens_out, cost, unknown = (a + b for a, b in zip(found, gone, strict=True))
        return Spent(int(requests), int(tokens_in), int(tokens_out), cost, int(unknown))

    def trim(self, before: date) -> Upkeep:
        """Put the totals of each earlier day in place of its requests, but for those in a batch that has not ended."""
        held = self._held()
        old = "day < ? AND NOT (state = 'open' AND batch IS NOT NULL)"
        with self._changing() as database:
            database.execute(
                f"INSERT INTO trimmed SELECT day, {_TOTALS} FROM charges WHERE {old} GROUP BY day ON CONFLICT (day) DO "
                "UPDATE SET requests = requests + excluded.requests, input = input + excluded.input, "
                "output = output + excluded.output, cost = cost + excluded.cost, unknown = unknown + excluded.unknown",
                (before.isoformat(),),
            )
            removed = database.execute(f"DELETE FROM charges WHERE {old}", (before.isoformat(),)).rowcount
        if removed:
            with closing(self.connected()) as database:
                database.execute("VACUUM")
        return Upkeep(self.path.stem, held, self._held())

    def _held(self) -> Figures:
        with closing(self.connected()) as database:
            [rows] = database.execute("SELECT count(*) FROM charges").fetchone()
        return Figures(1, self.path.stat().st_size, rows=rows)

    def today(self) -> Spent:
        """Totals of today."""
        return self.spent(day=utc_day())

    def rows(self, where: str = "1", *values: Any) -> list[sqlite3.Row]:
        """Entries, oldest first."""
        with closing(self.connected()) as database:
            database.row_factory = sqlite3.Row
            return database.execute(f"SELECT * FROM charges WHERE {where} ORDER BY id", values).fetchall()

    def move(self, numbers: Sequence[int], batch: str) -> None:
        """Enter that these open requests are in this batch now."""
        with self._changing() as database:
            database.executemany(
                "UPDATE charges SET batch = ? WHERE id = ? AND state = 'open'", [(batch, number) for number in numbers]
            )

    def connected(self) -> sqlite3.Connection:
        """A connection; the file is made when first needed."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(self.path, timeout=60, isolation_level=None)
        database.execute("PRAGMA synchronous = NORMAL")
        if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'trimmed'").fetchone():
            with in_turn(self.path.with_name(f"{self.path.name}.lock")):  # of two that ask for WAL at once, one fails
                database.execute("PRAGMA journal_mode = WAL")
                database.executescript(_TABLES)
        return database

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that no other process is within."""
        with closing(self.connected()) as database:
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
            except BaseException:
                database.execute("ROLLBACK")
                raise
            database.execute("COMMIT")

    def _check(self, of: str, budget: float, cost: float, where: str, value: str, database: sqlite3.Connection) -> None:
        if not budget:
            return
        [spent] = database.execute(f"SELECT coalesce(sum(cost), 0.0) FROM charges WHERE {where}", (value,)).fetchone()
        if spent + cost > budget:
            told = f"of the budget of {self.of}, {budget:g} for {of}, {spent:.4f} are spent; the rest is left for later"
            raise TransientFault("budget_spent", told)


def ledgers_in(home: str) -> list[Ledger]:
    """Those that are there, for their totals: they know no prices."""
    return [Ledger(path) for name in LEDGERS if (path := Path(home) / name).exists()]
