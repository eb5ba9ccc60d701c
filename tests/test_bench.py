"""The measurements' own parts that can go wrong unseen."""

import os
import time
from pathlib import Path

import pypdfium2
import pytest

from bench import readme, scans
from bench.machine import Watch, described
from bench.overhead import by_readers, compared
from bench.readers import LADDER, TESSERACT, Reading
from bench.reading import on_easy_scans
from ocr_assets.core.rendering import render


def test_what_was_found_replaces_what_stood_in_its_place_of_the_readme(tmp_path: Path) -> None:
    file = tmp_path / "README.md"
    file.write_text("a\n<!-- bench long -->\nold\nlines\n<!-- end -->\nb\n<!-- bench reading -->\nx\n<!-- end -->\n")
    readme.put("long", r"new \1 figures", file)
    readme.put("unknown", "nowhere", file)
    assert file.read_text() == (
        "a\n<!-- bench long -->\nnew \\1 figures\n<!-- end -->\nb\n<!-- bench reading -->\nx\n<!-- end -->\n"
    )


def test_a_drawn_report_has_its_pages_as_scans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scans, "LEAVES", 2)
    report = scans.scanned_report(tmp_path / "report.pdf", 5)
    with pypdfium2.PdfDocument(report) as document:
        assert len(document) == 5
    page = render(str(report), 5)
    assert (page.kind, page.grey, page.dpi) == ("scanned", True, 200)
    assert page.ink > 0.02


def test_a_watch_sees_the_processor_time_and_the_memory_of_a_process() -> None:
    with Watch(os.getpid(), every=0.02) as watch:
        wait_for_sample(watch, 1)
        begin = time.process_time()
        while time.process_time() < begin + 0.5:
            pass
        wait_for_sample(watch, len(watch.samples) + 2)  # the next may have been taken before the loop's end
    first, last = watch.samples[0].time, watch.samples[-1].time
    assert 0.4 < watch.cpu_between(first, last) < 30
    assert watch.most_memory(first, last) > 10 << 20


def wait_for_sample(watch: Watch, number: int) -> None:
    while len(watch.samples) < number:
        time.sleep(0.01)


def test_what_was_measured_on_is_named() -> None:
    assert "cores" in described()
    assert "tesserocr" in described()


def test_easy_scans_are_named_ones_that_lie_upright_and_those_that_tesseract_reads_well() -> None:
    cpu = {"english": 1.2, "turned": 9.0, "french": 3.0, "unordered": 9.0}
    rows = [{"sha256": sha, "path": f"B_scanned/{'tesseract_test' if sha != 'french' else 'fr'}/{sha}"} for sha in cpu]
    readings = {sha: {LADDER: Reading("", own, own), TESSERACT: Reading("", 1.0, 1.0)} for sha, own in cpu.items()}
    errors: dict[str, dict[str, float | None]] = {
        TESSERACT: {"english": 0.03, "turned": 0.8, "french": 0.01, "unordered": None},
        LADDER: dict.fromkeys(cpu, 0.005),
    }
    named, well_read = on_easy_scans(rows, readings, errors)
    assert named.startswith("On easy print in English (1) this project's readers take 1.20 times the CPU")
    assert named.endswith("with a CER of 0.0050 to 0.0300.")
    assert "under 0.02 (1) this project's readers take 3.00 times the CPU" in well_read
    assert list(on_easy_scans([], readings, {TESSERACT: {}, LADDER: {}})) == []


def test_readers_by_themselves_take_processor_time_for_every_page(tmp_path: Path) -> None:
    report = str(scans.scanned_report(tmp_path / "report.pdf", 2, lines=3))
    assert by_readers([report, report], report, processes=1) > 0.2


def test_the_least_of_each_is_compared_and_all_turns_are_told() -> None:
    told = compared([10.0, 12.0, 20.0], [14.0, 11.0, 22.0])
    assert told == "10% (the least of 3 turns each; all turns 12%, single ones -8% to 40%)"
