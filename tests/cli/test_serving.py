import sys
from pathlib import Path

import pytest

from ocr_assets.cli.main import main


def test_ui_without_its_extra_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "dagster_webserver", None)  # as if it were not there
    for variable in ("OCR_ASSETS_HOME", "DAGSTER_HOME"):
        monkeypatch.setenv(variable, str(tmp_path))
    with pytest.raises(SystemExit) as stopped:
        main(["ui", "--home", str(tmp_path)])
    assert stopped.value.code == 1
    assert "pip install 'ocr-assets[ui]', or make ui" in capsys.readouterr().err
