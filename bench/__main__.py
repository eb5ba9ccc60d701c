"""`python -m bench [--eval DIR] [--limit N] [NAME…]`: the measurements that the README quotes."""

import argparse
from pathlib import Path

from bench import bookkeeping, embedders, merging, reading, states, tables

ALONE = {"bookkeeping": bookkeeping.measure, "states": states.measure}
ON_EVALUATION_SET = {
    "reading": reading.measure,
    "tables": tables.measure,
    "merging": merging.measure,
    "embedders": lambda folder, _limit: embedders.main(["--eval", str(folder)]),
}
NAMES = (*ALONE, *ON_EVALUATION_SET)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=f"Measurements: {', '.join(NAMES)}.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="all by default", default=[])
    parser.add_argument("--eval", type=Path, metavar="DIR", help="folder of the evaluation set, with manifest.jsonl")
    parser.add_argument("--limit", type=int, metavar="N", help="documents of each set to read")
    options = parser.parse_args()
    if unknown := sorted(set(options.names) - set(NAMES)):
        parser.error(f"no measurement {unknown[0]!r}; there are {', '.join(NAMES)}")
    for name in options.names or NAMES:
        print(f"\n== {name}", flush=True)
        if name in ALONE:
            ALONE[name]()
        elif options.eval is None:
            print("left out: it needs an evaluation set, --eval DIR")
        else:
            ON_EVALUATION_SET[name](options.eval, options.limit)


if __name__ == "__main__":
    main()
