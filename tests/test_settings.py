"""Settings, and the file that tells operators of them."""

import re
from pathlib import Path

import pytest

from ocr_assets.cli import session
from ocr_assets.settings import Settings
from resources.mail import Mail
from resources.passwords import Passwords
from resources.secrets import VARIABLE
from resources.webhook import Webhook

EXAMPLE = Path(__file__).parents[1] / ".env.example"
PREFIX = "OCR_ASSETS_"


def listed() -> dict[str, tuple[str, str]]:
    """Of every variable in the example file: the comment above it, and its value."""
    found = re.findall(r"^# (.+)\n#([A-Z_]+)=(.*)$", EXAMPLE.read_text("utf-8"), re.MULTILINE)
    return {name: (comment, value) for comment, name, value in found}


def test_the_example_lists_every_setting_with_its_meaning_and_its_default() -> None:
    secrets = {Passwords().variable, Passwords().file_variable, VARIABLE, session.VARIABLE}
    secrets |= {Mail().password_variable, Webhook().url_variable}
    shown = {name: told for name, told in listed().items() if name.startswith(PREFIX) and name not in secrets}
    assert shown == {
        PREFIX + name.upper(): (field.description, "" if field.default is None else str(field.default))
        for name, field in Settings.model_fields.items()
    }
    assert secrets <= listed().keys()


def test_a_line_of_the_file_that_is_taken_in_is_a_setting(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(EXAMPLE.read_text("utf-8").replace("#OCR_ASSETS_DPI=200", "OCR_ASSETS_DPI=300"))
    assert Settings(_env_file=tmp_path / ".env") == Settings(dpi=300, _env_file=None)


def test_the_root_is_the_store_where_there_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Settings(_env_file=None).root == str(tmp_path / "data")
    assert Settings(store="kept", _env_file=None).root == str(tmp_path / "kept")
    assert Settings(store="s3://bucket/prefix/", _env_file=None).root == "s3://bucket/prefix"
