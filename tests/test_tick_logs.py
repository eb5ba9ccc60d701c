"""What a sensor logs in a tick, as Dagster's UI reads it, with the project's own dagster.yaml."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.instigation_logger import get_instigation_log_records

from ocr_assets import tick_logs
from ocr_assets.definitions import build_defs
from ocr_assets.instance import open_instance
from ocr_assets.settings import Settings


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home" / "dagster"))
    with open_instance(tmp_path / "home", str(tmp_path / "home")) as instance:
        yield instance


def tick(instance: dg.DagsterInstance, folder: Path, key: str) -> list[str]:
    """The messages of one tick of the arrivals sensor over the folder, as the UI shows them."""
    settings = Settings(home=str(folder.parent / "home"), sources=str(folder), _env_file=None)
    definitions = build_defs(settings)
    sensor = definitions.resolve_sensor_def("s3_arrivals")
    names = sensor.required_resource_keys
    with dg.SensorEvaluationContext(
        instance_ref=instance.get_ref(),
        last_tick_completion_time=None,
        last_run_key=None,
        cursor=None,
        log_key=["repository", "s3_arrivals", key],
        repository_name=None,
        repository_def=definitions.get_repository_def(),
        instance=instance,
        sensor_name="s3_arrivals",
        resources={name: (definitions.resources or {})[name] for name in names},
    ) as context:
        data = sensor.evaluate_tick(context)
    return [str(record["msg"]) for record in get_instigation_log_records(instance, data.log_key or [])]


def test_the_log_of_a_tick_names_the_files(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.pdf").write_bytes(b"%PDF-1.7 a")
    (folder / "notes.docx").write_bytes(b"PK\x03\x04")
    sentence, refused = tick(instance, folder, "1")
    assert sentence == "2 files listed: 1 new, 1 refused (not_a_document 1)"
    assert refused.startswith(f"{(folder / 'notes.docx').as_uri()} was refused: not_a_document: ")
    assert tick(instance, folder, "2") == []
    assert len(list(Path(instance.root_directory, tick_logs.FOLDER).iterdir())) == 1


def test_old_logs_are_removed(instance: dg.DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tick_logs, "KEPT", 10)
    folder = tmp_path / "in"
    folder.mkdir()
    manager = instance.compute_log_manager
    for number in range(30):
        with manager.open_log_stream([str(number)], tick_logs.ComputeIOType.STDERR) as stream:
            assert stream is not None
            stream.write("a line\n")
    assert manager.get_log_data(["29"]).stderr == b"a line\n"
    assert manager.get_log_data(["0"]).stderr is None
    assert len(list(Path(instance.root_directory, tick_logs.FOLDER).iterdir())) <= 11
