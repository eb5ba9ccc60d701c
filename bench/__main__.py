"""`python -m bench [--eval DIR] [--limit N] [--pages N] [--readme] [NAME…]`: the measurements of the README."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import (
    answers,
    arriving,
    cuts,
    embedders,
    embedding,
    faults,
    fusions,
    gpu,
    long,
    memory,
    merging,
    pages,
    reading,
    readme,
    regions,
    replacing,
    reports,
    retrieval,
    scale,
    scaling,
    scans,
    similar_tables,
    tables,
    twins,
    vision,
    writers,
)

Options = argparse.Namespace
MEASUREMENTS: dict[str, Callable[[Options], Any]] = {
    "arriving": lambda _: arriving.measure(),
    "scale": lambda options: scale.measure(options.sizes),
    "long": lambda options: long.measure(options.pages, options.lines),
    "embedding": lambda _: embedding.measure(),
    "similar-tables": lambda _: similar_tables.measure(),
    "memory": lambda _: memory.measure(),
    "replacing": lambda _: replacing.measure(),
    "scaling": lambda _: scaling.measure(),
    "reading": lambda options: reading.measure(options.eval, options.limit),
    "pages": lambda options: pages.measure(options.eval, options.limit),
    "regions": lambda options: regions.measure(options.eval, options.limit),
    "tables": lambda options: tables.measure(options.eval, options.limit),
    "merging": lambda options: merging.measure(options.eval, options.limit),
    "answers": lambda options: answers.measure(options.eval, options.limit),
    "vision": lambda _: vision.measure(),
    "gpu": lambda options: gpu.measure(options.eval, options.limit),
    "writers": lambda _: writers.measure(),
    "faults": lambda options: faults.measure(options.files, options.eval, options.minutes),
    "twins": lambda options: twins.measure(options.eval, options.limit),
    "retrieval": lambda options: retrieval.measure(options.eval, options.home),
    "reports": lambda options: reports.measure(options.reports, options.home),
    "fusions": lambda options: fusions.measure(options.eval, options.home),
    "cuts": lambda options: cuts.measure(options.eval, options.home),
    "embedders": lambda options: embedders.main(["--eval", str(options.eval)]),
}
ON_EVALUATION_SET = (
    "reading",
    "pages",
    "answers",
    "regions",
    "tables",
    "merging",
    "twins",
    "retrieval",
    "fusions",
    "cuts",
    "embedders",
)


def main() -> None:
    names = ", ".join(MEASUREMENTS)
    parser = argparse.ArgumentParser(prog="python -m bench", description=f"Measurements: {names}.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="all by default", default=[])
    parser.add_argument("--eval", type=Path, metavar="DIR", help="folder of the evaluation set, with manifest.jsonl")
    parser.add_argument("--limit", type=int, metavar="N", help="documents of each set to read")
    parser.add_argument("--pages", type=int, metavar="N", default=long.PAGES, help="of the long report")
    parser.add_argument("--lines", type=int, metavar="N", default=scans.FULL, help="of each of its pages")
    parser.add_argument("--files", type=int, metavar="N", default=faults.FILES, help="objects of faults")
    parser.add_argument("--minutes", type=float, default=faults.MINUTES, help="that faults may take")
    parser.add_argument(
        "--reports", type=Path, metavar="DIR", help="of reports: a FinanceBench folder, *.jsonl and pdfs/"
    )
    sizes = ", ".join(map(str, scale.SIZES))
    parser.add_argument("--sizes", type=int, nargs="+", metavar="N", default=scale.SIZES, help=f"of scale: {sizes}")
    parser.add_argument(
        "--home",
        type=Path,
        metavar="DIR",
        help="of retrieval, reports and cuts: a home with the documents, or for them",
    )
    parser.add_argument("--readme", action="store_true", help="put what was found into README.md, where it has a place")
    options = parser.parse_args()
    if unknown := sorted(set(options.names) - set(MEASUREMENTS)):
        parser.error(f"no measurement {unknown[0]!r}; there are {names}")
    for name in options.names or MEASUREMENTS:
        print(f"\n== {name}", flush=True)
        if name in ON_EVALUATION_SET and options.eval is None:
            print("left out: it needs an evaluation set, --eval DIR")
            continue
        if name == "reports" and options.reports is None:
            print("left out: it needs annual reports with questions, --reports DIR")
            continue
        found = MEASUREMENTS[name](options)
        if options.readme and isinstance(found, str):
            readme.put(name, found)


if __name__ == "__main__":
    main()
