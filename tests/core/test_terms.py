"""Terms fold what means the same, keep what tells passages apart, and pair neighbours."""

import pytest

from ocr_assets.core.terms import terms


def shared(one: str, other: str) -> set[str]:
    return set(terms([one]).split()) & set(terms([other]).split())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Payments", "payment"),
        ("covered", "covers"),
        ("Müller", "MULLER"),
        ("1,234.5", "1234.5"),
        ("1.234.567", "1'234'567"),
        ("0,75", "0.75"),
        ("Versicherungen", "Versicherung"),
    ],
)
def test_what_means_the_same_is_one_term(one: str, other: str) -> None:
    assert terms([one]) == terms([other]) != ""


@pytest.mark.parametrize(("one", "other"), [("2022", "2023"), ("1.5", "15"), ("health plus", "plus health")])
def test_what_differs_stays_apart(one: str, other: str) -> None:
    assert terms([one]) != terms([other])


def test_neighbours_are_pairs_whatever_small_words_part_them() -> None:
    assert "term_leas" in shared("the term of the lease", "Terms: lease")
    assert not any("_" in term for term in shared("lease term", "term of the lease"))


def test_no_pair_crosses_a_line() -> None:
    assert terms(["Net Sales\nMarch", "2022"]).split() == ["net", "sal", "net_sal", "march", "2022"]


def test_words_that_say_nothing_are_no_terms() -> None:
    assert terms(["What is the", "und für die", "dans les", "…", ""]) == ""


def test_scripts_without_blanks_are_found_by_pairs_of_characters() -> None:
    assert "東_京" in shared("東京都", "新東京")


def test_no_term_has_a_blank_or_is_endless() -> None:
    found = terms(["x" * 999 + " " + "y" * 999 + " \u00a0\u2003zebra"]).split(" ")
    assert [len(term) for term in found] == [40, 40, 5, 81, 46]
