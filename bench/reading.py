"""How well and at what cost pages are read: this project beside other readers, on the same documents in the same run.

The evaluation set is a folder with `manifest.jsonl` and the documents; its scorer `score.py` lies beside that folder.
Scored are the documents whose truth is plain text.
"""

import json
import multiprocessing
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.machine import described
from bench.overhead import UP_TO_TEXT, overhead, through_the_stages, warm_up_in
from bench.readers import BARE, LADDER, PACKAGED, TESSERACT, Reading, prepare, read_by
from bench.scans import scanned_report
from ocr_assets.cli.exporting import export
from ocr_assets.core.continuation import Launch
from ocr_assets.core.stages import STAGES
from ocr_assets.instance import execute
from resources.page_readers.tesseract_models import installed

SETS = {"A_digital": "born digital", "B_scanned": "scanned"}
SLOW = "PP-OCRv6"
"""Only scans are read by it: on 150 digital pages it would take a quarter of an hour."""
OWN = "**this project**, up to `ocr_text`"
EASY_PRINT = ("fondue_en_print", "tesseract_test")
"""Folders of the evaluation set with plain English print, of which the target of 1.3 times bare Tesseract speaks."""
TURNED = 0.5
"""Characters in error of bare Tesseract, as a share, above which a page of these lies turned."""
WELL_READ = 0.02
"""And under which it reads a page of any language well."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Result:
    """A reader's scores on a set, and processor seconds and seconds a page."""

    cer: float
    f1: float
    cpu: float
    wall: float

    def __str__(self) -> str:
        return f"{self.cer:.3f} / {self.f1:.3f} / {self.cpu:.2f} / {self.wall:.2f}"


@dataclass(frozen=True)
class Compared:
    """What readers came to on a set: by reader, and sentences on two of them side by side."""

    results: dict[str, Result]
    sentences: tuple[str, ...]


def measure(folder: Path, limit: int | None = None) -> str:
    """Print errors and costs for both sets, `limit` documents of each; the same as a Markdown table."""
    lines = [json.loads(line) for line in (folder / "manifest.jsonl").read_text("utf-8").splitlines()]
    results: dict[str, dict[str, Result]] = {}
    counts, sentences = [], list[str]()
    for name, title in SETS.items():
        rows = [row for row in lines if row["set"] == name and str(row["truth"]).endswith(".txt")][:limit]
        counts.append(f"{len(rows)} {title} documents of {pages_of(rows)} pages")
        with tempfile.TemporaryDirectory() as temporary:
            compared = compare(name, folder, rows, Path(temporary))
        for reader, result in compared.results.items():
            results.setdefault(reader, {})[name] = result
        sentences += compared.sentences
    report = table(results) + f"\n\n{' '.join(sentences)}\n\n{' and '.join(counts)}; {described()}."
    print(report, flush=True)
    return report


def table(results: dict[str, dict[str, Result]]) -> str:
    """A line a reader; for each set character error rate, word F1, processor seconds and seconds a page."""
    titles = (f"{title}: CER / word F1 / CPU s / s a page" for title in SETS.values())
    lines = [f"| reader | {' | '.join(titles)} |", "|---" * (1 + len(SETS)) + "|"]
    for reader, by_set in results.items():
        cells = [str(by_set.get(name, "")) for name in SETS]
        lines.append(f"| {' | '.join([reader, *cells])} |")
    return "\n".join(lines)


def compare(name: str, folder: Path, rows: Sequence[Row], work: Path) -> Compared:
    """Every reader on these documents of a set."""
    (work / "manifest.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    paths, pages = [str(folder / row["path"]) for row in rows], pages_of(rows)
    costs = {}
    further = sorted(set(installed()) - set(PACKAGED.split("+")))
    for label, languages in (
        {OWN: PACKAGED} | ({f"{OWN}, with {', '.join(further)} too": ""} if further else {})
    ).items():
        costs[label] = texts_of(paths, work, label, languages)
    readers = [reader for reader in BARE if name == "B_scanned" or SLOW not in reader]
    readings = bare(rows, paths, work, readers)
    for reader in readers:
        found = [by_reader[reader] for by_reader in readings]
        costs[reader] = sum(reading.cpu for reading in found), sum(reading.wall for reading in found)
    results, errors = {}, {}
    for label, (cpu, wall) in costs.items():
        scores = score(name, folder, work, work / folder_name(label))
        [mean] = scores["means"]
        errors[label] = {row["sha256"]: row["cer"] for row in scores["documents"]}
        results[label] = Result(mean["cer"], mean["bow_f1"], cpu / pages, wall / pages)
        print(f"  {name} {label}: {results[label]}", file=sys.stderr, flush=True)
    title = SETS[name]
    sentences = [f"On {title} documents the stages take {overhead(paths, work)} more CPU than their readers."]
    by_sha = {row["sha256"]: by_reader for row, by_reader in zip(rows, readings, strict=True)}
    if name == "B_scanned":
        sentences += on_easy_scans(rows, by_sha, errors)
    return Compared(results, tuple(sentences))


def on_easy_scans(
    rows: Sequence[Row], readings: dict[str, dict[str, Reading]], errors: dict[str, dict[str, float | None]]
) -> Iterator[str]:
    """This project's readers beside bare Tesseract where that one reads well; both by documents' hashes."""
    known = {sha: cer for sha, cer in errors[TESSERACT].items() if cer is not None}
    folders = {row["sha256"]: Path(row["path"]).parent.name for row in rows}
    sets = {
        "easy print in English": [sha for sha, cer in known.items() if folders[sha] in EASY_PRINT and cer < TURNED],
        f"scans that Tesseract alone, in English, reads with a CER under {WELL_READ}": [
            sha for sha, cer in known.items() if cer < WELL_READ
        ],
    }
    for told, easy in sets.items():
        if easy:
            ours, bare = (sum(readings[sha][reader].cpu for sha in easy) for reader in (LADDER, TESSERACT))
            cer = [sum(errors[reader][sha] or 0.0 for sha in easy) / len(easy) for reader in (LADDER, TESSERACT)]
            yield (
                f"On {told} ({len(easy)}) this project's readers take {ours / bare:.2f} times the CPU of Tesseract "
                f"alone, with a CER of {cer[0]:.4f} to {cer[1]:.4f}."
            )


def pages_of(rows: Sequence[Row]) -> int:
    return sum(row["pages"] or 1 for row in rows)


def folder_name(label: str) -> str:
    return "".join(character if character.isalnum() else "-" for character in label)


def score(name: str, folder: Path, work: Path, predictions: Path) -> dict[str, list[Row]]:
    """The scorer's rows for all of these documents, and its means; that of the CER over those of reliable order."""
    command = [sys.executable, str(folder.parent / "score.py"), "text", "--set", name, "--by", "set", "--quiet"]
    command += ["--manifest", str(work / "manifest.jsonl"), "--root", str(folder)]
    command += ["--predictions", str(predictions), "--json", str(work / "scores.json")]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    scores: dict[str, list[Row]] = json.loads((work / "scores.json").read_text("utf-8"))
    return scores


def texts_of(paths: list[str], work: Path, label: str, languages: str) -> tuple[float, float]:
    """Processor seconds, page processes included, and seconds up to `ocr_text`; the texts are in `work`."""
    run = through_the_stages(paths, work / f"home of {folder_name(label)}", warm_up_in(work), languages)
    session, documents = run.session, run.documents
    execute(session.job, session.catalog, Launch(documents, STAGES[len(UP_TO_TEXT) : STAGES.index("documents") + 1]))
    export(session, work / folder_name(label), "text", every=len(documents))
    session.instance.dispose()
    return run.cpu, run.wall


def bare(rows: Sequence[Row], paths: list[str], work: Path, readers: list[str]) -> list[dict[str, Reading]]:
    """What readers by themselves make of each document; the texts are in `work` too."""
    context = multiprocessing.get_context("spawn")
    warm_up = str(scanned_report(work / "one page.pdf", 1))
    with ProcessPoolExecutor(1, context, initializer=prepare, initargs=(warm_up,)) as pool:
        by_document = list(pool.map(read_by, [readers] * len(paths), paths))
    for reader in readers:
        to = work / folder_name(reader)
        to.mkdir()
        for row, readings in zip(rows, by_document, strict=True):
            (to / f"{row['sha256']}.txt").write_text(readings[reader].text, "utf-8")
    return by_document
