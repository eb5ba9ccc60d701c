"""`add`, `run` and `reprocess`, and what they leave alone."""

import subprocess
import sys
import time
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from ocr_assets.checks import CHECKS
from ocr_assets.core.stages import STAGES
from ocr_assets.index_check import INDEX_CHECK
from ocr_assets.schemas import OCR_TEXT, STAGE_TABLES
from resources.lake import Lake
from tests.cli.conftest import SAMPLES, Answer, Home, command

GOOD = ("receipt.pdf", "table.pdf", "scan.tif", "two pages.pdf")
BAD = {"protected.pdf": "password_required", "empty.pdf": "empty_file", "notes.pdf": "not_a_document"}


def stages_of(home: Home, name: str) -> dict[str, str]:
    [state] = home("status", home.document(name), "--json").json
    return dict(state["stages"])


def events(home: Home) -> dict[tuple[str, str], int]:
    """By document and stage, the id of the latest materialization."""
    with dg.DagsterInstance.from_config(str(home.path / "dagster")) as instance:
        latest = instance.event_log_storage.get_latest_storage_id_by_partition
        return {
            (document, stage): event
            for stage in STAGES
            for document, event in latest(dg.AssetKey(stage), dg.DagsterEventType.ASSET_MATERIALIZATION).items()
        }


def test_a_run_over_good_and_bad_files_ends_with_3_and_the_good_ones_done(first_run: tuple[Home, Answer]) -> None:
    home, answer = first_run
    assert answer.code == 3
    assert answer.err == ""
    states = {row["document"]: row for row in answer.json}
    assert len(states) == len(GOOD) + len(BAD)
    for name in GOOD:
        row = states[home.document(name)]
        assert (row["status"], set(row["stages"].values())) == ("done", {"done"}), name
        assert row["chunks"] > 0
    for name, reason in BAD.items():
        row = states[home.document(name)]
        assert (row["status"], row["failure"]["reason"]) == ("failed", reason)
        assert (row["failure"]["stage"], row["failure"]["permanent"], row["failure"]["attempt"]) == (
            "raw_pdfs",
            True,
            1,
        )


def test_a_run_evaluates_no_standing_check_which_would_repeat_what_was_said_of_fewer_documents(home: Home) -> None:
    with dg.DagsterInstance.from_config(str(home.path / "dagster")) as instance:
        history = instance.event_log_storage.get_asset_check_execution_history
        assert [check.name for check in (*CHECKS, INDEX_CHECK) if history(check.key(), limit=1)] == []


def test_what_a_run_gives_up_is_copied_to_the_quarantine(first_run: tuple[Home, Answer]) -> None:
    home, _ = first_run
    kept = {path.parent.name: path for path in (home.path / "quarantine").rglob("why.json")}
    assert set(kept) == {home.document(name) for name in BAD}
    copied = kept[home.document("notes.pdf")].with_name("notes.pdf")
    assert copied.read_bytes() == (home.files / "notes.pdf").read_bytes()


def test_the_engine_of_each_page_is_told(first_run: tuple[Home, Answer]) -> None:
    home, answer = first_run
    readers = {row["document"]: row["readers"] for row in answer.json}
    assert readers[home.document("scan.tif")] == {"tesseract": 1}
    assert readers[home.document("two pages.pdf")] == {"text_layer": 2}


def test_one_file_under_two_names_is_one_document_with_two_sources(first_run: tuple[Home, Answer]) -> None:
    home, answer = first_run
    [row] = [row for row in answer.json if row["document"] == home.document("receipt.pdf")]
    assert row["sources"] == [
        (home.files / "receipt.pdf").as_uri(),
        (home.files / "the same receipt.pdf").as_uri(),
    ]


def test_a_second_run_does_nothing_and_says_the_same(own_home: Home, first_run: tuple[Home, Answer]) -> None:
    before = events(own_home)
    again = own_home("run", str(own_home.files), "--json")
    assert (again.code, again.json) == (3, first_run[1].json)
    assert events(own_home) == before


def test_a_run_without_a_place_lists_what_is_not_done(own_home: Home) -> None:
    answer = own_home("run")
    assert answer.code == 3
    assert "0 of 3 documents done, 3 failed" in answer.out
    for name in BAD:
        assert f"{name} failed in raw_pdfs" in answer.out
    assert "receipt.pdf" not in answer.out


def test_a_run_of_chosen_stages_is_continued_by_the_next_run(new_home: Home) -> None:
    some = new_home("run", new_home.file("two pages.pdf"), "--stages", "page_images,raw_pdfs")
    assert some.code == 0
    assert "1 of 1 document done" in some.out
    states = stages_of(new_home, "two pages.pdf")
    assert [stage for stage in STAGES if states[stage] == "done"] == ["raw_pdfs", "page_images"]
    images = events(new_home)
    assert new_home("run").code == 0
    assert set(stages_of(new_home, "two pages.pdf").values()) == {"done"}
    assert images.items() <= events(new_home).items()
    assert new_home("run").out == "nothing is left to do\n"


def test_an_upgrade_runs_anew_what_other_settings_made_and_only_that(
    new_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert new_home("run", new_home.file("two pages.pdf"), "--stages", "raw_pdfs,page_images").code == 0
    before = events(new_home)
    monkeypatch.setenv("OCR_ASSETS_DPI", "100")
    assert new_home("run", "--stages", "raw_pdfs,page_images").code == 0
    assert events(new_home) == before
    for _ in range(2):  # the second time nothing is outdated any more
        assert new_home("run", "--stages", "raw_pdfs,page_images", "--upgrade").code == 0
        changed = {stage for (_, stage), event in events(new_home).items() if event not in before.values()}
        assert changed == {"page_images"}
        assert len(events(new_home)) == len(before)


def test_stages_whose_upstream_is_missing_are_told_as_unfinished(new_home: Home) -> None:
    answer = new_home("run", new_home.file("two pages.pdf"), "--stages", "ocr_text")
    assert "0 of 1 document done, 1 unfinished" in answer.out


def test_documents_of_several_batches_all_get_done(new_home: Home) -> None:
    names = ("two pages.pdf", "notes.pdf", "receipt.pdf")
    answer = new_home("run", *map(new_home.file, names), "--batch-size", "1", "--stages", "raw_pdfs", "--json")
    assert answer.code == 3
    assert [row["stages"]["raw_pdfs"] for row in answer.json] == ["done", "given_up", "done"]


def test_the_table_keeps_a_document_on_one_line_of_80_columns(own_home: Home) -> None:
    terminal = "printing.console = Console(width=80, force_terminal=True, color_system=None)"
    script = f"from rich.console import Console; from ocr_assets.cli import main, printing; {terminal}; main.main()"
    answer = subprocess.run(
        [sys.executable, "-c", script, "run", str(own_home.files), "--home", str(own_home.path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 3, answer.stderr
    lines = answer.stdout.splitlines()
    assert all(len(line) <= 80 for line in lines)
    assert lines[0].split() == ["document", "source", "pages", "readers", "conf.", "chunks", "read", "s", "status"]
    assert {line.split()[-1] for line in lines[1 : 1 + len(GOOD) + len(BAD)]} == {"done", "failed"}


def test_adding_registers_images_and_pdfs_of_a_folder_and_runs_nothing(new_home: Home) -> None:
    answer = new_home("add", str(new_home.files), "--json")
    assert answer.code == 0
    assert sorted(answer.json["new"]) == sorted(answer.json["documents"])
    assert new_home.document("scan.tif") in answer.json["new"]
    assert len(answer.json["new"]) == len(GOOD) + len(BAD)
    assert {row["status"] for row in new_home("status", "--json").json} == {"unfinished"}
    assert new_home("add", str(new_home.files), "--json").json["new"] == []
    assert "0 documents registered, 7 already known" in new_home("add", str(new_home.files)).out


def test_what_is_named_is_added_whatever_its_suffix(new_home: Home, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes((SAMPLES / "phototest.tif").read_bytes())
    assert new_home("add", str(tmp_path / "a"), "--json").json["new"] == [new_home.document("scan.tif")]


def test_a_folder_without_documents_is_told(new_home: Home, tmp_path: Path) -> None:
    (tmp_path / "drawings").mkdir()
    (tmp_path / "drawings" / "a.dwg").write_bytes(b"x")
    answer = new_home("add", str(tmp_path / "drawings"))
    assert answer.code == 1
    assert answer.err.startswith("error: no PDF, PNG, JPEG or TIFF in ")


def test_reprocessing_computes_anew_from_that_stage_and_touches_no_other_document(own_home: Home) -> None:
    document = own_home.document("two pages.pdf")
    lake = Lake(root=str(own_home.path / "lake"))
    others = {
        table.name: lake.read(table).filter(pl.col("document") != document).drop("seconds", strict=False)
        for table in STAGE_TABLES
    }
    spoilt = lake.read(OCR_TEXT, [document]).with_columns(text=pl.lit("spoilt"))
    lake.replace(OCR_TEXT, [document], spoilt)
    before = events(own_home)

    answer = own_home("reprocess", own_home.file("two pages.pdf"), "--from", "ocr_text", "--json")

    assert (answer.code, [row["status"] for row in answer.json]) == (0, ["done"])
    assert own_home("text", document).out == "The lease ends in March.\n\nThe deposit is returned in April.\n"
    after = events(own_home)
    changed = {key for key in after if after[key] != before[key]}
    assert changed == {(document, stage) for stage in STAGES[STAGES.index("ocr_text") :]}
    for table in STAGE_TABLES:
        kept = lake.read(table).filter(pl.col("document") != document).drop("seconds", strict=False)
        assert kept.equals(others[table.name]), table.name


def test_reprocessing_what_failed_takes_up_only_that(own_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCR_ASSETS_PASSWORDS", '["wrong", "password"]')
    before = events(own_home)
    answer = own_home("reprocess", "--failed", "--json")
    assert answer.code == 3
    states = {row["document"]: row for row in answer.json}
    assert {own_home.document(name): states[own_home.document(name)]["status"] for name in BAD} == {
        own_home.document("protected.pdf"): "done",
        own_home.document("empty.pdf"): "failed",
        own_home.document("notes.pdf"): "failed",
    }
    assert states[own_home.document("empty.pdf")]["failure"]["attempt"] == 2
    assert before.items() <= events(own_home).items()


def test_reprocessing_all_that_failed_where_nothing_did_does_nothing(new_home: Home) -> None:
    assert new_home("reprocess", "--failed").code == 0


@pytest.mark.parametrize("first", ["nothing", "raw_pdfs,page_images", ""])
def test_reprocessing_from_no_stage_is_refused(home: Home, first: str) -> None:
    answer = home("reprocess", home.document("scan.tif"), "--from", first)
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith(f"error: no stage '{first}'; the stages are raw_pdfs, ")


def test_a_password_opens_its_document_and_is_written_nowhere(new_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    password = "S\u00aaSL\u00adprep"
    monkeypatch.setenv("OCR_ASSETS_PASSWORDS", f'["unlikely-guess-61", "password", "{password}"]')
    answer = new_home("run", new_home.file("protected.pdf"), "--json")
    assert (answer.code, answer.json[0]["status"]) == (0, "done")
    kept = [path for path in new_home.path.rglob("*") if path.is_file()]
    assert len(kept) > 20
    for path in kept:
        data = path.read_bytes()
        for secret in ("unlikely-guess-61", password):
            assert secret.encode() not in data, path
            assert secret.encode("unicode_escape") not in data, path
    frames = [str(Lake(root=str(new_home.path / "lake")).read(table).to_dicts()) for table in STAGE_TABLES]
    assert not any("unlikely-guess-61" in frame for frame in frames)


@pytest.mark.parametrize(
    "script", [[Path(sys.executable).with_name("ocr-assets")], [sys.executable, "-m", "ocr_assets"]]
)
def test_the_console_script_is_the_same_command(home: Home, script: list[str | Path]) -> None:
    status = subprocess.run(
        [*script, "status", "--failed", "--home", home.path], capture_output=True, text=True, check=False
    )
    assert (status.returncode, status.stderr) == (0, "")
    assert status.stdout == home("status", "--failed").out
    wrong = subprocess.run([*script, "text", "zzzz", "--home", home.path], capture_output=True, text=True, check=False)
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert wrong.stderr == command("text", "zzzz", "--home", str(home.path)).err


def test_a_run_in_the_background_ends_by_kill(tmp_path: Path) -> None:
    """Started as by a shell's `&`: with SIGINT ignored, which Dagster would carry over to SIGTERM."""
    script = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\nfrom ocr_assets.cli.main import main; main()"
    command = [sys.executable, "-c", script, "run", str(SAMPLES), "--home", str(tmp_path / "home")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as started:
        while not list(tmp_path.glob("home/lake/raw_pdfs/*.parquet")):  # it is at work
            assert started.poll() is None
            time.sleep(0.05)
        started.terminate()
        assert started.wait(timeout=60) != 0
