"""Which of a company's financial statements a table is, told by its lines: many have no heading of their own.

English only. Measured in docs/adr/0018.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

LEAST: Final = 6
"""Kinds of lines of a statement that a table must have."""
_LONGEST: Final = 120
"""Characters of a line's label; what is longer is a note below the table."""
_NUMBER_AT_END: Final = re.compile(r"[\d\u2013\u2014-]\)?\s*$")


@dataclass(frozen=True, slots=True)
class _Statement:
    """`name` has the words that people have for it; each pattern of `needed` must fit a line, and many of `lines`."""

    name: str
    needed: tuple[re.Pattern[str], ...]
    lines: tuple[re.Pattern[str], ...]


def _statement(name: str, needed: str, lines: str) -> _Statement:
    return _Statement(name, *(tuple(map(re.compile, told.split("\n"))) for told in (needed, lines)))


_STATEMENTS: Final = (
    _statement(
        "Balance sheet (statement of financial position)",
        needed="total assets\ntotal (current )?liabilities|equity",
        lines="""total assets
total current assets
total current liabilities
total liabilities
total (equity|(share|stock)(holders|owners))
retained earnings|accumulated deficit|reinvested
accounts? payable|trade payables
receivables?
inventor(y|ies)
prepaid|other current assets
property|land, buildings|premises
accumulated depreciation
goodwill|intangible
accrued|other current liabilities
(current (portion|maturities)|short.term) .*(debt|borrowings)|notes payable
long.term (debt|borrowings)
deferred (income )?tax
common (stock|shares)|ordinary shares|share capital
paid.in capital|capital (in excess of|surplus)
treasury (stock|shares)
accumulated other comprehensive""",
    ),
    _statement(
        "Income statement (statement of operations)",
        needed="""net (\\(?loss\\)? ?)?(income|earnings|profit|loss)|profit for the
tax(es)?\\b
sales|revenue|expenses?""",
        lines="""sales|revenues?\\b
cost of |costs and expenses|total (operating )?(costs|expenses)
gross (profit|margin)
selling|general and administrative|marketing|salaries
research|development
depreciation|amortization
restructuring|impairment
operating (income|profit|earnings|loss)|(income|earnings|loss|profit)( \\(loss\\))? from (continuing )?operations
interest (expense|income)|interest, net|net interest
before .*tax|pre.?tax
(provision|benefit).* income tax|income tax(es)?( (expense|provision|benefit))?
net (\\(?loss\\)? ?)?(income|earnings|profit|loss)
per (common |ordinary )?share
\\bbasic\\b
\\bdiluted\\b
average .*shares|shares outstanding""",
    ),
    _statement(
        "Cash flow statement (statement of cash flows)",
        needed="operating activities|operations\ninvesting activities|investments\nfinancing activities|financing",
        lines="""operating activities
investing activities
financing activities
(depreciation|amortization)
(stock|share).based compensation
deferred (income )?tax
changes? in (operating |current |certain )?(assets|liabilities|working capital)
receivables?
inventor(y|ies)
(purchases?|additions?|payments?) .*(property|plant|equipment|premises)|capital (expenditures|spending)
(purchases?|maturities|sales?) of .*(investments|securities)
acquisitions?.*cash acquired|acquisitions? of
proceeds from
(re)?payments? (of|on) .*(debt|borrowings|notes)
dividends
(repurchases?|purchases?) of .*(stock|shares)
exchange rates?
(increase|decrease|change)\\)? in cash
cash.* (beginning|end) of""",
    ),
)


def statement_of(table: str) -> str:
    """What the table is called as a financial statement, by its Markdown or bare lines; empty where it is none."""
    labels = list(_labels(table))
    found = [(_fitting(one.lines, labels), one.name) for one in _STATEMENTS if _all_fit(one.needed, labels)]
    most, name = max(found, default=(0, ""))
    return name if most >= LEAST else ""


def _labels(table: str) -> Iterator[str]:
    """What the lines are about: their first cells, or where there are no cells lines that end with a number."""
    for line in table.casefold().splitlines():
        label = line.strip("| ").partition("|")[0].strip() if line.startswith("|") else line.strip()
        if len(label) <= _LONGEST and (line.startswith("|") or _NUMBER_AT_END.search(label)):
            yield label


def _fitting(patterns: tuple[re.Pattern[str], ...], labels: list[str]) -> int:
    return sum(any(pattern.search(label) for label in labels) for pattern in patterns)


def _all_fit(patterns: tuple[re.Pattern[str], ...], labels: list[str]) -> bool:
    return _fitting(patterns, labels) == len(patterns)
