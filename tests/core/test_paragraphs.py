import pytest

from ocr_assets.core.paragraphs import goes_on, join_lines, vocabulary


@pytest.mark.parametrize(
    ("lines", "joined"),
    [
        ("two lines\nof a paragraph", "two lines of a paragraph"),
        ("an exam-\nple", "an example"),
        ("by Jean-\nPaul", "by Jean-Paul"),
        ("since COVID-\n19 began", "since COVID-19 began"),
        ("Haupt-\nund Nebensatz", "Haupt- und Nebensatz"),
        ("a state-of-the-\nart reader", "a state-of-the-art reader"),
        ("a soft\u00ad\nhyphen", "a softhyphen"),
        ("Fraktur¬\nschrift", "Frakturschrift"),
        ("a dash -\nand more", "a dash - and more"),
        ("a so-\ncalled problem-\nsolving skill", "a so-called problem-solving skill"),
        (
            "a well-\nknown, half-\nbaked two-\nyear plan of policy-\nmakers",
            "a well-known, half-baked two-year plan of policy-makers",
        ),
        ("the bright swell-\ned half-\nway", "the bright swelled halfway"),
        ("Vient-\nil lui-\nmême?", "Vient-il lui-même?"),
        ("the acknowl-\nedged de-\nbased art-\nist", "the acknowledged debased artist"),
        ("日本語の\n文章", "日本語の文章"),
    ],
)
def test_lines_are_joined(lines: str, joined: str) -> None:
    assert join_lines(lines, {}) == joined


def test_the_document_decides_whether_a_hyphen_is_real() -> None:
    words = vocabulary(["a well-known case, known", "the cooperation of all"])
    assert join_lines("a well-\nknown author", words) == "a well-known author"
    assert join_lines("their co-\noperation", words) == "their cooperation"


def test_two_words_of_an_english_document_are_two_words_and_of_a_german_one_are_one() -> None:
    english = vocabulary(["the parent has reported this, the parent"])
    assert join_lines("a parent-\nreported outcome", english) == "a parent-reported outcome"
    german = vocabulary(["die Gruppen und das Fundamental und"])
    assert join_lines("Fundamental-\ngruppen", german) == "Fundamentalgruppen"


def test_the_halves_of_broken_words_are_no_words() -> None:
    words = vocabulary(["at the col-\nlege of the", "the town"])
    assert not {"col", "lege"} & set(words)
    assert words["the"] == 3


@pytest.mark.parametrize(
    ("text", "following", "expected"),
    [
        ("A paragraph that is cut in the middle of its", "sentence goes on.", True),
        ("A paragraph that comes to its end on this page.", "another one", False),
        ("A paragraph that is cut in the middle of its", "New sentence", False),
        ("Total", "amount", False),
        ("\u0634\u06cc\u0631\u0627\u0632 " * 12, "farbod@example.org", False),
        ("a hy-", "phen", True),
        ("She said that everybody should go home “now.”", "and so on", False),
    ],
)
def test_a_paragraph_goes_on_in_lower_case_while_its_sentence_is_open(
    text: str, following: str, expected: bool
) -> None:
    assert goes_on(text, following) is expected
