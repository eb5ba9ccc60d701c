"""How often a true text is taken for a bad answer of a vision model, and how often a false one for a good one.

The answers are made of the true texts of single-page documents: as it is, another page's, its first third, itself with
a loop at its end. The local readers' reading of the page is what it is measured against, as in the pipeline.
"""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from bench.readers import DPI
from ocr_assets.core.answer_faults import page_fault, raw_fault
from ocr_assets.core.ink import ink_of
from ocr_assets.core.model_answers import markdown_answer
from ocr_assets.core.pages import PageInput
from ocr_assets.core.rendering import RenderSettings, render
from ocr_assets.errors import DocumentFault
from resources.page_readers.ladder import ReaderSettings, read_page
from resources.page_readers.layout import grey_page
from resources.page_readers.orientation import straightened
from resources.vision.pages import evidence_of

SETS = ("A_digital", "B_scanned")


def measure(folder: Path, limit: int | None = None) -> None:
    """Print, for each kind of answer, how many pages blame it for what."""
    pages = list(truths(folder, limit))
    found: dict[str, Counter[str]] = {kind: Counter() for kind in ("true", "another page's", "a third", "looping")}
    for number, (name, path, truth) in enumerate(pages):
        image = render(str(path), 1, RenderSettings(dpi=DPI), (), straightened)
        page = PageInput(str(path), 1, image.kind, image.dpi, image.png, (), image.turned, image.skew)
        try:
            local = read_page(page, ReaderSettings())
        except DocumentFault:
            local = None
        grey = grey_page(image.png)
        evidence = evidence_of(ink_of(grey), grey.height / grey.width, local)
        other = pages[(number + 1) % len(pages)][2]
        last = truth.strip().splitlines()[-1][-80:]
        answers = {"true": truth, "another page's": other, "a third": truth[: len(truth) // 3]}
        answers["looping"] = truth + f"\n{last}" * max(20, 600 // max(1, len(last)))
        for kind, text in answers.items():
            fault = raw_fault(text, "stop") or page_fault(markdown_answer(text), evidence) or "good"
            found[kind][fault] += 1
            if (kind == "true") != (fault == "good"):
                print(f"{name}: {kind} is {fault}", flush=True)
    for kind, faults in found.items():
        print(f"{kind}: {', '.join(f'{fault} {count}' for fault, count in faults.most_common())}")


def truths(folder: Path, limit: int | None) -> Any:
    """Name, path and true text of single-page documents, `limit` of each set."""
    taken: Counter[str] = Counter()
    for line in (folder / "manifest.jsonl").read_text("utf-8").splitlines():
        entry = json.loads(line)
        if entry["set"] not in SETS or entry["pages"] != 1 or not str(entry.get("truth")).endswith(".txt"):
            continue
        if entry["truth_kind"].startswith("unit_tests"):  # parts of the text only
            continue
        text = (folder / entry["truth"]).read_text("utf-8", "replace")
        if len(text) > 200 and (limit is None or taken[entry["set"]] < limit):
            taken[entry["set"]] += 1
            yield entry["path"], folder / entry["path"], text
