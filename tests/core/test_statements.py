"""Financial statements are told by their lines, wherever they stand and whatever is above them."""

import pytest

from ocr_assets.core.chunking import ChunkSettings, chunk
from ocr_assets.core.document import Box, Element, PageBox
from ocr_assets.core.statements import statement_of

BALANCE = """Cash and cash equivalents
Trade accounts receivable, net
Inventories
Total current assets
Property, plant and equipment, net
Goodwill
Total assets
Accounts payable
Total current liabilities
Long-term debt
Common stock
Retained earnings
Total shareholders' equity"""
INCOME = """Net sales
Cost of sales
Gross margin
Selling, general and administrative expenses
Operating income
Interest expense
Income before income taxes
Provision for income taxes
Net (loss) income
Basic earnings per share
Diluted"""
CASH = """Net income
Depreciation
Share-based compensation
Changes in assets and liabilities:
Inventories
Net cash provided by operating activities
Capital expenditures
Acquisitions, net of cash acquired
Net cash used in investing activities
Proceeds from issuance of debt
Dividends paid
Net cash used in financing activities
Cash and cash equivalents at end of year"""
NOTE = """Land
Buildings
Equipment
Accumulated depreciation
Property, plant and equipment, net"""


def table(labels: str) -> str:
    rows = "\n".join(f"| {label} | $ | {1_000 + n:,} | {n} |" for n, label in enumerate(labels.splitlines()))
    return f"| (in millions) |  | 2022 | 2021 |\n| --- | --- | --- | --- |\n{rows}"


def lines(labels: str) -> str:
    return "\n".join(f"{label} 1,0{n:02} (9{n})" for n, label in enumerate(labels.splitlines()))


@pytest.mark.parametrize("written", [table, lines, lambda labels: table(labels.upper())])
@pytest.mark.parametrize(
    ("labels", "name"), [(BALANCE, "Balance sheet"), (INCOME, "Income statement"), (CASH, "Cash flow statement")]
)
def test_a_statement_is_told_by_its_lines(written: object, labels: str, name: str) -> None:
    assert callable(written)
    assert statement_of(written(labels)).startswith(name)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "| |",
        table(NOTE),
        table("Net income\nTax\nSales"),
        "\n".join(BALANCE.splitlines()),
        BALANCE.replace("\n", " "),
    ],
)
def test_a_table_of_few_such_lines_and_prose_that_has_their_words_are_none(text: str) -> None:
    assert statement_of(text) == ""


def test_a_statement_with_cells_over_columns_says_which_it_is_too() -> None:
    rows = "".join(f"<tr><td>{label}</td><td>{n}</td><td>9</td></tr>" for n, label in enumerate(CASH.splitlines()))
    head = '<thead><tr><th>Millions</th><th colspan="2">2022</th></tr></thead>'
    place = (PageBox(1, Box(0.1, 0.1, 0.9, 0.9)),)
    written = Element("table", f"<table>\n{head}\n<tbody>\n{rows}\n</tbody>\n</table>", None, place)
    (part,) = chunk([written], ChunkSettings(999), lambda text: len(text.split()))
    assert part.heading_path == ("Cash flow statement (statement of cash flows)",)


def test_every_part_of_a_statement_that_is_cut_says_which_it_is() -> None:
    place = (PageBox(1, Box(0.1, 0.1, 0.9, 0.9)),)
    elements = [Element("heading", "Receivables", 1, place), Element("table", table(BALANCE), None, place)]
    cut = chunk(elements, ChunkSettings(30), lambda text: len(text.split()), "Hat Company")
    found = [part for part in cut if part.kind == "table"]
    assert len(found) > 2
    name = "Balance sheet (statement of financial position)"
    assert {part.heading_path for part in found} == {("Hat Company", "Receivables", name)}
    assert not any(name in part.text for part in found)


def test_a_table_of_many_lines_is_told_in_one_pass() -> None:
    assert statement_of(table(f"{CASH}\n" + "x\n" * 50_000)).startswith("Cash flow statement")
