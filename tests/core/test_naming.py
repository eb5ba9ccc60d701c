"""A question names the document whose names have its words."""

import pytest

from ocr_assets.core.naming import named


def best(question: str, *names: str) -> str:
    scores = named(question, {name: [name] for name in names})
    return max(scores, key=lambda one: scores[one])


def test_the_year_and_the_company_tell_the_report() -> None:
    reports = ("Alder 2021 10K", "Alder 2022 10K", "Birch 2021 10K", "Birch 2022 10K")
    assert best("What were Birch's net sales in FY2021?", *reports) == "Birch 2021 10K"


def test_words_that_a_file_name_runs_together_are_found() -> None:
    assert best("How many stores does Best Buy have?", "Ulta Beauty 2023", "BESTBUY 2023 10K") == "BESTBUY 2023 10K"


def test_a_word_of_few_names_says_more_than_words_of_many() -> None:
    assert best("the report of Birch", "Report Alder", "Report Cedar", "Birch") == "Birch"


def test_a_question_that_names_none_and_a_single_document_say_nothing() -> None:
    assert named("What is the notice period?", {"a": ["Lease"], "b": ["Handbook"], "c": []}) == {"a": 0, "b": 0, "c": 0}
    assert named("The lease?", {"a": ["Lease"]}) == {"a": 0}
    assert named("", {}) == {}


@pytest.mark.parametrize("year", ["2022", "FY2022", "FY 2022", "FY22", "fy'22"])
def test_a_fiscal_year_is_its_year_however_it_is_written(year: str) -> None:
    names = {"old": ["Annual report FY21"], "new": ["Annual report 2022"], "other": ["Plan FY23"]}
    found = named(f"How did sales develop in {year}?", names)
    assert found["new"] > found["old"] == found["other"] == 0


def test_the_form_of_a_company_names_none() -> None:
    found = named(
        "Is that usual for a company like this, or for a group?", {"a": ["Birch Company"], "b": ["Alder Inc"]}
    )
    assert found == {"a": 0, "b": 0}
    assert named("Birch Company", {"a": ["Birch Company"], "b": ["Alder Company"]})["a"] > 0
