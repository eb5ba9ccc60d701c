"""The places of README.md that measurements fill: nobody types a figure there."""

import re
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"


def put(name: str, found: str, file: Path = README) -> None:
    """Put this between `<!-- bench NAME -->` and `<!-- end -->`, in place of what is there."""
    text = file.read_text("utf-8")
    place = re.compile(rf"(<!-- bench {re.escape(name)} -->\n).*?(\n<!-- end -->)", re.DOTALL)
    if place.search(text):
        file.write_text(place.sub(lambda match: f"{match[1]}{found}{match[2]}", text, count=1), "utf-8")
