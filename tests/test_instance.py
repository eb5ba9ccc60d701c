"""The embedded instance belongs to one lake."""

import re
from pathlib import Path

import pytest

from ocr_assets.errors import UsageError
from ocr_assets.instance import open_instance


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DAGSTER_HOME", "")  # so that it is put back: an instance that is opened sets it
    monkeypatch.delenv("DAGSTER_HOME")
    return tmp_path / "home"


def test_an_instance_is_opened_again_for_the_same_home_even_when_it_was_moved(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_instance(home, str(home)).dispose()
    moved = home.rename(home.parent / "moved")
    monkeypatch.setenv("DAGSTER_HOME", str(moved / "dagster"))
    with open_instance(moved, str(moved)) as instance:
        assert instance.root_directory == str(moved / "dagster")


@pytest.mark.parametrize("other", ["{parent}/other", "s3://bucket/prefix"])
def test_an_instance_is_refused_for_another_lake(home: Path, other: str) -> None:
    open_instance(home, str(home)).dispose()
    place = other.format(parent=home.parent)
    told = f"belongs to the documents in {home}, not to those in {place}; set OCR_ASSETS_HOME"
    with pytest.raises(UsageError, match=re.escape(told)):
        open_instance(home, place)
