"""Questions find what documents say in other words: the shipped list, an operator's own, both, none."""

from pathlib import Path

import pytest

from ocr_assets.core.question_terms import QuestionTerms, read_terms
from ocr_assets.errors import UsageError

ACCOUNTING = read_terms("accounting")


def own(folder: Path, text: str) -> str:
    path = folder / "own.yaml"
    path.write_text(text, "utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("What was CapEx in 2022?", "purchases of property, plant and equipment"),
        ("How much was spent on capital expenditures?", "cash flow statement"),
        ("Is the quick ratio of Hats Inc. healthy?", "total current liabilities"),
        ("Net PP&E at year end", "property, plant and equipment, net"),
        ("Wie hoch ist die Gross-Margin?", "cost of sales"),
        ("according to the P&L", "income statement"),
        ("debt on its balance\nsheet", "long-term debt"),
    ],
)
def test_a_term_of_accounting_brings_the_lines_that_it_is_worked_out_from(question: str, said: str) -> None:
    assert said in ACCOUNTING.found(question)


@pytest.mark.parametrize("question", ["", "Who wrote this?", "?!", "the of and", "capital of France"])
def test_a_question_without_such_a_term_brings_nothing(question: str) -> None:
    assert ACCOUNTING.found(question) == []


def test_of_terms_that_overlap_the_longest_counts_and_nothing_is_said_twice() -> None:
    terms = QuestionTerms(
        {("net", "cash"): ("long", "both"), ("cash",): ("short", "both"), ("flow",): ("both", "more")}
    )
    assert terms.found("net cash flow") == ["long", "both", "more"]
    assert terms.found("cash flow, cash") == ["short", "both", "more"]


def test_an_operators_list_adds_to_the_shipped_one_or_stands_alone(tmp_path: Path) -> None:
    path = own(tmp_path, "- {asked: [Selbstbehalt, capex], said: [Franchise]}")
    question = "capex und Selbstbehalt"
    assert read_terms(path).found(question) == ["Franchise"]
    both = read_terms(f"accounting, {path}").found(question)
    assert {"Franchise", "capital expenditures"} <= set(both)
    assert read_terms("").found(question) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("asked: x", "must be a list"),
        ("- [x]", "entry 1: it must have asked and said"),
        ("- {asked: [x], said: [y]}\n- {asked: [x]}", "entry 2: it must have asked and said"),
        ("- {asked: [x], said: [yes]}", "put numbers, yes and no into quotes"),
        ("- {asked: [], said: [y]}", "asked must be a list of texts"),
        ("- {asked: x, said: [y]}", "asked must be a list of texts"),
        ("- {asked: [the], said: [y]}", "'the' has no word"),
        ("- {asked: [x", "cannot be read"),
    ],
)
def test_a_faulty_list_is_refused_with_file_and_entry(tmp_path: Path, text: str, told: str) -> None:
    path = own(tmp_path, text)
    with pytest.raises(UsageError) as refused:
        read_terms(path)
    assert told in str(refused.value)
    assert "own.yaml" in str(refused.value)


def test_a_list_that_is_not_there_is_named() -> None:
    with pytest.raises(UsageError, match=r"nowhere\.yaml"):
        read_terms("accounting,nowhere.yaml")
