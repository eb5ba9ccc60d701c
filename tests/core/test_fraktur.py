import pytest

from ocr_assets.core.fraktur import with_ligatures


@pytest.mark.parametrize(
    ("read", "printed"),
    [
        ("noc<", "noch"),
        ("„I<", "„Ich"),
        ("Verbre<her.", "Verbrecher."),
        ("Sc<lange", "Schlange"),
        ("<en", "chen"),
        ("zu>t", "zuckt"),
        ("zurü>kgewiesenen", "zurückgewiesenen"),
        ("dünc>et/", "düncket/"),
    ],
)
def test_the_signs_that_fraktur_models_take_for_ligatures_are_spelled_out(read: str, printed: str) -> None:
    assert with_ligatures(read) == printed


@pytest.mark.parametrize("word", ["<1824", "3<4", "=<:", ">", "doch"])
def test_signs_at_no_letter_stay(word: str) -> None:
    assert with_ligatures(word) == word
