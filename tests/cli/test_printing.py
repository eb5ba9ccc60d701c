"""What a page or a file's name says reaches the terminal as text."""

from io import StringIO

import pytest
from rich.console import Console

from ocr_assets.cli import printing, searching
from ocr_assets.searching import Found

ESCAPES = "\x1b]0;title\x07\x1b[31m\x9b2J"


def test_control_characters_of_names_and_passages_do_not_reach_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    out = StringIO()
    monkeypatch.setattr(printing, "console", Console(file=out, width=160))
    text, headings = f"first{ESCAPES}\nsecond [bold]line[/]", (f"Part{ESCAPES}",)
    sources = ("file:///in/a%1B%5B31m%0A[b]%07.pdf",)
    passage = Found("a" * 64, 0, sources, headings, 1, 1, (), "text", 0.5, text)
    searching.told([passage], None, as_json=False)
    assert not set(out.getvalue()) & set("\x1b\x07\x9b")
    name, part, first, second = out.getvalue().splitlines()[:4]
    assert name.startswith("1. a\ufffd[31m\ufffd[b]\ufffd.pdf  p. 1")
    assert part.startswith("Part\ufffd")
    assert (first[:5], second) == ("first", "second [bold]line[/]")
