"""What is read behind the body as a footnote, and what only looks like one."""

import pytest

from ocr_assets.core.block_kinds import page_type
from ocr_assets.core.blocks import blocks_of
from ocr_assets.core.notes import begins_note
from ocr_assets.core.pages import Box, Word
from ocr_assets.core.parts import parts_of
from ocr_assets.core.regions import Region
from ocr_assets.core.rulings import Ruling, Rulings
from tests.page_making import LEADING, SIZE, line, lines

FULL = "the words of this line go on"
RIGHT = lines(*["right " + FULL] * 20, x=0.55, y=0.3)
FOOT = 0.3 + 16 * LEADING
"""Of the left column's body; the right one's is further down."""
RULE = Rulings(across=(Ruling(FOOT + 0.008, 0.1, 0.2),))


def column(*foot: str, body: str = FULL, size: float = 0.8 * SIZE) -> list[Word]:
    """A left column of body type with lines of `size` at its foot."""
    notes = [word for n, text in enumerate(foot) for word in line(text, 0.1, FOOT + 0.02 + n * LEADING, size)]
    return [*lines(*[FULL] * 15, body, y=0.3), *notes]


def test_begins_with_a_mark() -> None:
    assert all(map(begins_note, ("1 See", "* So in", "a) Cf.", "(3) Cf.", "†Deceased")))
    assert not any(map(begins_note, ("See 1", "1998 was", "and so")))


@pytest.mark.parametrize(("mark", "reference"), [("1", "here.1"), ("*", "here*"), ("a)", "here a)"), ("2)", "here2)")])
def test_a_note_at_the_foot_of_a_column_whose_mark_is_in_the_body_follows_the_next_column(
    mark: str, reference: str
) -> None:
    words = [*column(f"{mark} xsee the report", body=f"it says so {reference} and on"), *RIGHT]
    assert [block.text.split()[0] for block in blocks_of(words, [])] == ["the", "right", mark]


def test_so_does_one_below_a_rule() -> None:
    blocks = blocks_of([*column("1 see the report"), *RIGHT], [], RULE)
    assert [(block.kind, block.text.split()[0]) for block in blocks] == [
        ("text", "the"),
        ("text", "right"),
        ("footnote", "1"),
    ]


@pytest.mark.parametrize("mark", ["*", "1", "12"])
def test_small_type_behind_a_mark_alone_stays_in_its_column(mark: str) -> None:
    words = [*column(f"{mark} houses for sale"), *RIGHT]
    blocks = blocks_of(words, [])
    assert "footnote" not in {block.kind for block in blocks}
    assert blocks[-1].text.startswith("right")


def test_below_a_rule_more_than_notes_stays_too() -> None:
    words = [*lines(*[FULL] * 4, y=0.3 + 12 * LEADING), *column(*["1 house for sale"] * 4)[-16:], *RIGHT]
    assert "footnote" not in {block.kind for block in blocks_of(words, [], RULE)}


def test_a_price_is_no_mark() -> None:
    words = [*column("7.50 for each of them", body="it costs here7 and on"), *RIGHT]
    assert "footnote" not in {block.kind for block in blocks_of(words, [], RULE)}


def test_entries_behind_asterisks_on_a_page_of_entries_stay_in_order() -> None:
    entries = [f"{'*' if n % 5 == 4 else ''}Name{n} of the book" for n in range(40)]
    left, right = (
        [word for n, text in enumerate(half) for word in line(text, x, 0.2 + n * LEADING)]
        for half, x in ((entries[:20], 0.1), (entries[20:], 0.55))
    )
    number = line("10-", 0.47, 0.1, 2.5 * SIZE)
    regions = [Region("reference", Box(x, 0.19, x + 0.35, 0.6), 0.9) for x in (0.08, 0.53)]
    words = [*number, *left, *right]
    assert page_type(parts_of(words, regions)).size == pytest.approx(SIZE, rel=0.1), "not the number's"
    text = "\n".join(block.text for block in blocks_of(words, regions))
    assert [word for word in text.split() if "Name" in word] == [entry.split()[0] for entry in entries]
