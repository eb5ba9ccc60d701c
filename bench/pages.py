"""How many claims about pages hold, by kind of claim: this project beside PDFium's text, on the same documents.

The claims are the evaluation set's `*.tests.json`, after olmOCR-bench, counted by its `page_tests.py`: a text is on the
page, or is left out of it (running headers), stands before another, or is a table's cell beside certain others.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.machine import described
from bench.readers import pdfium
from ocr_assets.cli.adding import add
from ocr_assets.cli.exporting import export
from ocr_assets.cli.session import Session
from ocr_assets.core.continuation import Launch
from ocr_assets.core.stages import STAGES
from ocr_assets.instance import execute

OURS, PDFIUM = "**this project**", "PDFium's text layer"
KINDS = ("present", "absent", "order", "table", "all")

Row = dict[str, Any]


def measure(folder: Path, limit: int | None = None) -> str:
    """Print the share of claims that hold for the first `limit` documents; the same as a Markdown table."""
    lines = [json.loads(line) for line in (folder / "manifest.jsonl").read_text("utf-8").splitlines()]
    rows = [row for row in lines if _has_claims(row)][:limit]
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        (work / "manifest.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
        _read_by_stages(folder, rows, work)
        (work / PDFIUM).mkdir()
        for row in rows:
            (work / PDFIUM / f"{row['sha256']}.txt").write_text(pdfium(str(folder / row["path"])), "utf-8")
        found = {reader: _shares(folder, work, reader) for reader in (OURS, PDFIUM)}
    counts = [f"{kind} ({found[OURS][kind]['n']})" for kind in KINDS]
    table = [f"| claims that hold | {' | '.join(counts)} |", "|---" * (1 + len(KINDS)) + "|"]
    for reader, by_kind in found.items():
        table.append("| " + " | ".join([reader, *(f"{by_kind[kind]['passed']:.2f}" for kind in KINDS)]) + " |")
    report = "\n".join(table) + f"\n\n{len(rows)} documents; {described()}."
    print(report, flush=True)
    return report


def _has_claims(row: Row) -> bool:
    return any((name or "").endswith(".tests.json") for name in (row["truth"], *(row.get("truth_other") or [])))


def _read_by_stages(folder: Path, rows: list[Row], work: Path) -> None:
    """The documents' Markdown, in a folder in `work`."""
    session = Session.open(work / "home")
    documents = tuple(sorted(add(session, [str(folder / row["path"]) for row in rows]).documents))
    execute(session.job, session.catalog, Launch(documents, STAGES[: STAGES.index("documents") + 1]))
    export(session, work / OURS, "markdown", every=len(documents))
    session.instance.dispose()


def _shares(folder: Path, work: Path, reader: str) -> dict[str, Row]:
    """By kind of claim, the scorer's count of claims and the share of them that hold."""
    command = [sys.executable, str(folder.parent / "page_tests.py"), "--manifest", str(work / "manifest.jsonl")]
    command += ["--root", str(folder), "--predictions", str(work / reader), "--json", str(work / "claims.json")]
    subprocess.run([*command, "--quiet"], check=True, stdout=subprocess.DEVNULL)
    means: list[Row] = json.loads((work / "claims.json").read_text("utf-8"))["means"]
    overall = {row["type"]: row for row in means if row["set"] == row["language"] == "all"}
    nothing = {"n": 0, "passed": float("nan")}
    return {kind: overall.get(kind, nothing) for kind in KINDS}
