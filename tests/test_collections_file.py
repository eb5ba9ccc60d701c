"""The file of collections: what each gets from it, and what is said of one that cannot be."""

from pathlib import Path
from typing import Any

import pytest

from ocr_assets.collections_file import places_of, read_collections
from ocr_assets.core.collection import DEFAULT, Collection
from ocr_assets.errors import UsageError
from ocr_assets.settings import Settings

INVOICES, LETTERS = Collection("invoices"), Collection("letters")


def read(tmp_path: Path, text: str, **settings: Any) -> dict[Collection, Settings]:
    path = tmp_path / "collections.yaml"
    path.write_text(text, "utf-8")
    settings = {"home": str(tmp_path / "home"), **settings}
    return read_collections(Settings(collections=str(path), _env_file=None, **settings))


def complaint(tmp_path: Path, text: str, **settings: Any) -> str:
    with pytest.raises(UsageError) as told:
        read(tmp_path, text, **settings)
    assert "collections.yaml" in str(told.value)
    return str(told.value)


@pytest.mark.parametrize("collections", [None, ""])
def test_without_a_file_there_is_the_default_collection_alone(collections: str | None) -> None:
    settings = Settings(collections=collections, _env_file=None)
    assert read_collections(settings) == {DEFAULT: settings}


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "{}"])
def test_an_empty_file_adds_none(tmp_path: Path, text: str) -> None:
    assert list(read(tmp_path, text)) == [DEFAULT]


def test_a_collection_has_its_own_settings_and_the_common_ones_besides(tmp_path: Path) -> None:
    found = read(
        tmp_path, "invoices:\n  sources: s3://in/invoices\n  dpi: 300\nletters:\n", workers=3, sources="s3://in"
    )
    assert list(found) == [DEFAULT, INVOICES, LETTERS]
    assert (found[INVOICES].dpi, found[INVOICES].workers, found[INVOICES].sources) == (300, 3, "s3://in/invoices")
    assert (found[LETTERS].dpi, found[LETTERS].workers) == (200, 3)
    assert found[DEFAULT].sources == "s3://in"
    assert found[LETTERS].sources == "", "a collection watches what it names, and never what another one does"


@pytest.mark.parametrize(("settings"), [{}, {"store": "s3://lake/ocr"}, {"quarantine": "s3://other/quarantine"}])
def test_no_two_collections_write_to_the_same_place(tmp_path: Path, settings: dict[str, str]) -> None:
    found = read(tmp_path, "invoices:\nletters: {store: s3://letters}\n", **settings)
    places = [place for one in found.values() for place in places_of(one)]
    assert not [(a, b) for a in places for b in places if a != b and f"{a}/".startswith(f"{b}/")]
    assert len(set(places)) == len(places)
    assert len({one.pinecone_namespace for one in found.values()}) == 3
    assert found[INVOICES].root == f"{found[DEFAULT].root}/invoices"
    assert found[LETTERS].root == "s3://letters"


def test_the_environment_does_not_win_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCR_ASSETS_DPI", "150")
    found = read(tmp_path, "invoices: {dpi: 300}\nletters:\n")
    assert [found[one].dpi for one in (DEFAULT, INVOICES, LETTERS)] == [150, 300, 150]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("invoices: {dpy: 300}", ["'invoices'", "'dpy'", "dpi"]),
        ("invoices: {OCR_ASSETS_DPI: 300}", ["'invoices'", "'OCR_ASSETS_DPI'", "'dpi'"]),
        ("invoices: {colour: blue}", ["'invoices'", "'colour'", ".env.example"]),
        ("invoices: {dpi: many}", ["'invoices'", "'dpi'", "'many'", "number"]),
        ("invoices: {dpi: 1}", ["'invoices'", "'dpi'", "50"]),
        ("invoices: {home: elsewhere}", ["'invoices'", "'home'", "OCR_ASSETS_HOME"]),
        ("invoices: {collections: more.yaml}", ["'collections'"]),
        ("Invoices 2024: {}", ["'Invoices 2024'", "a-z"]),
        ("default: {}", ["'default'"]),
        ("lake: {}", ["'lake'"]),
        ("'': {}", ["''"]),
        ("2024: {}", ["2024", "letter"]),
        ("invoices: s3://in", ["'invoices'", "s3://in"]),
        ("- invoices", ["mapping"]),
        ("invoices: {dpi: 300", ["cannot be read"]),
        ("invoices: {dpi: 300}\nletters:\ninvoices: {dpi: 72}", ["line 3", "'invoices'", "twice"]),
        ("invoices:\n  dpi: 300\n  dpi: 72", ["line 3", "'dpi'", "twice"]),
    ],
)
def test_what_is_wrong_is_named_with_what_to_do(tmp_path: Path, text: str, words: list[str]) -> None:
    told = complaint(tmp_path, text)
    assert [word for word in words if word not in told] == []


@pytest.mark.parametrize(
    "text",
    [
        "invoices: {store: HOME}",
        "invoices: {store: s3://one}\nletters: {store: s3://one/}",
        "invoices: {store: HOME/lake}",
        "invoices: {store: HOME/elsewhere/..}",
        "invoices: {quarantine: HOME/quarantine}",
        "one: &x {vector_store: pinecone, pinecone_namespace: a}\ntwo: *x",
    ],
)
def test_collections_that_would_write_to_one_place_are_refused(tmp_path: Path, text: str) -> None:
    told = complaint(tmp_path, text.replace("HOME", str(tmp_path / "home")))
    assert "would both write to" in told
    assert "store" in told


def test_a_file_that_is_not_there_is_an_error_and_not_an_absence_of_collections(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"OCR_ASSETS_COLLECTIONS: .*missing\.yaml cannot be read"):
        read_collections(Settings(collections=str(tmp_path / "missing.yaml"), _env_file=None))
