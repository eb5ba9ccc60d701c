"""Answers as Markdown and JSON, and what is wrong with answers."""

import json
import time

import pytest

from ocr_assets.core.answer_faults import Evidence, is_loop, page_fault, raw_fault
from ocr_assets.core.assemble import assemble
from ocr_assets.core.grounding import grounded_answer
from ocr_assets.core.model_answers import json_answer, markdown_answer
from ocr_assets.core.model_reading import page_reading
from ocr_assets.core.pages import Block, Box, PageReading, Word
from tests.page_making import lines

PROSE = (
    "The harbour master kept a ledger of every vessel that came in with the tide and wrote beside each name "
    "the cargo, the owner and what was owed. Timber from the north stood on the quay for weeks before anyone paid for "
    "it; wine went up the hill the same evening. In the winter of that year the ice closed the river for forty days, "
    "and the ledger says nothing but the weather."
)


def test_markdown_becomes_blocks_without_the_marks_of_markdown() -> None:
    answer = markdown_answer(
        "```markdown\n## Receipt\n\nPaid by **card**, thank you.\n---\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n"
        "![logo](x.png)\n\n$$E = mc^2$$\n\n1. one\n2. two\n```"
    )
    assert [(block.kind, block.text, block.level) for block in answer.blocks] == [
        ("title", "Receipt", 2),
        ("text", "Paid by card, thank you.", None),
        ("table", "| a | b |\n| --- | --- |\n| 1 | 2 |", None),
        ("figure", "", None),
        ("equation", "E = mc^2", None),
        ("list", "1. one\n2. two", None),
    ]


def test_marks_that_close_a_heading_and_a_fence_are_no_text() -> None:
    [title, block] = markdown_answer("```markdown\n## C# in depth ##\n\nText.\n```\n").blocks
    assert (title.kind, title.text, title.level) == ("title", "C# in depth", 2)
    assert block.text == "Text."


CODE = "def f(rows):\n    for row in rows:\n\n        print(f'<b>{row}</b>')  # a comment"


@pytest.mark.parametrize(
    ("opening", "closing"),
    [("```", "```"), ("```python", "```"), ("~~~ c++", "~~~"), ("````", "`````"), ("``` ", "``` ")],
)
def test_fenced_code_keeps_its_lines(opening: str, closing: str) -> None:
    answer = markdown_answer(
        f"# Title\n\nBefore:\n{opening}\n{CODE}\n{closing}\nAfter.\n\n| a | b |\n|---|---|\n| 1 | 2 |"
    )
    assert [block.kind for block in answer.blocks] == ["title", "text", "code", "text", "table"]
    assert answer.blocks[2].text == CODE


def test_code_is_fenced_once_in_the_document() -> None:
    reading = page_reading(markdown_answer(f"Before.\n\n```python\n{CODE}\n```\n\nAfter."), None, "model").reading
    assert f"Before.\n\n```\n{CODE}\n```\n\nAfter.\n" in assemble([(1, reading.blocks)], (), None).markdown


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        (f"```python\n{CODE}\n```", ["code"]),
        (f"```python\n{CODE}\n```\n\nText.", ["code", "text"]),
        (f"```\n{CODE}\n```\n\nText.\n\n```\n{CODE}\n```", ["code", "text", "code"]),
        ("```markdown\nText.\n\n```sh\nls\n```\n\nText.\n```", ["text", "code", "text"]),
        ("```\n# Title\n\nText.\n```", ["title", "text"]),
        ("```\n# Title\n\nText.", ["title", "text"]),
        ("- one\n  ```\n  ls\n    -l\n  ```\n- two", ["list", "code", "list"]),
        ("Text.\n\n```html\n<table><tr><td>1</td><td>2</td></tr></table>\n```", ["text", "table"]),
        ("Text.\n\n```math\nE = mc^2\n```", ["text", "equation"]),
        ("Text.\n\n```\n\n```\n\nText.", ["text", "text"]),
    ],
)
def test_what_is_fenced_is_code_but_pages_tables_and_formulas(text: str, kinds: list[str]) -> None:
    assert [block.kind for block in markdown_answer(text).blocks] == kinds


@pytest.mark.parametrize("unclosed", ["```python", "```", "~~~", "``````"])
def test_a_fence_without_an_end_fences_nothing(unclosed: str) -> None:
    answer = markdown_answer(f"Text.\n\n{unclosed}\n# Title\n\nMore text.\n\n```sh\nls\n```\n\nThe end.")
    assert [block.kind for block in answer.blocks] == ["text", "title", "text", "code", "text"]
    assert markdown_answer(f"Text.\n\n{unclosed}\nMore.").text == "Text.\n\nMore."


def test_code_that_is_stated_to_be_code_keeps_its_lines() -> None:
    said = json.dumps(
        {"blocks": [{"kind": "code", "text": f"```c\n    {CODE}\n```"}, {"kind": "listing", "text": "  a\n b\n"}]}
    )
    assert [(block.kind, block.text) for block in json_answer(said).blocks] == [
        ("code", f"    {CODE}"),
        ("code", "  a\n b"),
    ]
    grounded = grounded_answer(f"<|ref|>text<|/ref|><|det|>[[0, 0, 500, 500]]<|/det|>\n```\n{CODE}\n```\n")
    assert [(block.kind, block.text) for block in grounded.blocks] == [("code", CODE)]


@pytest.mark.parametrize(
    "run", ["#", "# ", " ", "![", "![](", "```\n", "```a\n", "````a\n```b\n", "~~~\n```\n", "`", "\n"]
)
def test_a_long_run_of_one_sign_is_parsed_at_once(run: str) -> None:
    """Half a second of CPU; a minute and more where the time goes with the square of the length."""
    began = time.process_time()
    markdown_answer("# " + run * (100_000 // len(run)) + "x")
    assert time.process_time() - began < 10


def test_fences_of_any_length_are_parsed_at_once() -> None:
    began = time.process_time()
    markdown_answer("\n".join("`" * length for length in range(440, 2, -1)) + "\nx" * 50_000)
    markdown_answer("```" + " " * 100_000 + "`\n")
    assert time.process_time() - began < 10


def test_json_gives_kinds_and_boxes_of_a_thousand() -> None:
    answer = json_answer(
        'Here it is:\n```json\n{"blocks": [{"kind": "heading", "text": "A", "box": [0, 0, 500, 100], "level": 2},'
        '{"kind": "whatever", "text": "b", "box": [0, 5000, 1, 9000]}]}\n```'
    )
    assert [(b.kind, b.level, b.boxes) for b in answer.blocks] == [
        ("title", 2, (Box(0, 0, 0.5, 0.1),)),
        ("text", None, ()),
    ]
    assert (answer.boxes, answer.wrong_boxes) == (2, 1)


def test_a_number_larger_than_any_float_is_a_box_off_the_page() -> None:
    block = '{"kind": "text", "text": "Ledger", "box": [1, 2, 3, %s]}' % ("9" * 400)
    answer = json_answer(f'{{"blocks": [{block}]}}')
    assert [(found.text, found.boxes) for found in answer.blocks] == [("Ledger", ())]
    assert (answer.boxes, answer.wrong_boxes) == (1, 1)


@pytest.mark.parametrize("text", ["", "no", '{"blocks": [{"kind": "te', '{"blocks": "x"}', "[1]", "[" * 100_000])
def test_what_is_no_json_of_blocks_cannot_be_parsed(text: str) -> None:
    with pytest.raises(ValueError, match=r"JSON|block|Expecting|Unterminated"):
        json_answer(text)


@pytest.mark.parametrize(
    ("text", "finish", "fault"),
    [
        (PROSE, "stop", None),
        ("", "stop", "empty"),
        (PROSE, "length", "cut"),
        (PROSE, "content_filter", "refused"),
        ("I'm sorry, I can't help with transcribing this image.", "stop", "refused"),
        (PROSE + " and so on and on" * 60, "length", "loop"),
        (PROSE + " A line that comes again, as lines do in a loop.\n" * 30, "stop", "loop"),
        (PROSE + ("\n".join(f"{n}. The same words after another number, always." for n in range(200))), "stop", "loop"),
    ],
)
def test_an_answer_is_blamed_for_what_is_wrong_with_it(text: str, finish: str, fault: str | None) -> None:
    assert raw_fault(text, finish) == fault


def test_tables_of_contents_and_of_zeros_are_no_loops() -> None:
    contents = "\n".join(f"{n} {title} {'.' * 60} {n * 7}" for n, title in enumerate(PROSE.split()))
    zeros = "\n".join("| " + " | ".join([f"row {n}", *["0"] * 12]) + " |" for n in range(60))
    assert is_loop(PROSE + "\n6" * 600)
    assert not is_loop(PROSE + "\n0" * 100)
    assert not is_loop(contents)
    assert not is_loop(zeros)
    assert not is_loop("Name ______________ Date ____________\n" * 3 + PROSE)


def evidence(text: str, confidence: float = 0.95) -> Evidence:
    words = lines(*(" ".join(text.split()[i : i + 10]) for i in range(0, len(text.split()), 10)))
    letters = sum(len(word.text) for word in words)
    return Evidence(letters, letters, words, confidence)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (PROSE, None),
        (PROSE.upper(), None),
        (PROSE[:80], "too_short"),
        (PROSE + " ".join(f"word{n}" for n in range(400)), "too_long"),
        (
            "Our quarterly revenue rose again, driven by subscriptions and lower churn across all regions. " * 3,
            "invented",
        ),
        ("", "empty"),
    ],
)
def test_an_answer_is_measured_against_ink_and_sure_words(text: str, fault: str | None) -> None:
    assert page_fault(markdown_answer(text), evidence(PROSE)) == fault


def test_a_drawing_without_letters_may_have_no_text() -> None:
    assert page_fault(markdown_answer(""), Evidence(300, 3)) is None
    assert page_fault(markdown_answer(""), Evidence(300, 200)) == "empty"


def local(*texts: str) -> PageReading:
    words = tuple(lines(*texts))
    return PageReading("tesseract", " ".join(texts), 0.6, (), words, language="en")


def test_words_get_the_boxes_of_the_local_reader_and_the_models_letters() -> None:
    seen = local("Tbe harbour master kept", "a led ger of vessels")
    placed = page_reading(markdown_answer("The harbour master kept\na ledger of all vessels"), seen, "vision:m")
    texts = [word.text for word in placed.reading.words]
    assert texts == ["The", "harbour", "master", "kept", "a", "ledger", "of", "vessels"]
    assert placed.unplaced == 1
    assert placed.reading.words[0].box == seen.words[0].box
    ledger = placed.reading.words[5].box
    assert (ledger.x0, ledger.x1) == (seen.words[5].box.x0, seen.words[6].box.x1)
    assert placed.reading.words[1].confidence > placed.reading.words[0].confidence
    assert "all" in placed.reading.text
    assert placed.reading.language == "en"


def test_without_a_local_reading_no_word_has_a_place_and_blocks_stand_in_order() -> None:
    placed = page_reading(markdown_answer("# One\n\ntwo three"), None, "vision:m")
    assert placed.reading.words == ()
    assert placed.unplaced == 3
    assert [block.text for block in placed.reading.blocks] == ["One", "two three"]
    assert placed.reading.text == "One\n\ntwo three"


def test_pictures_that_only_the_local_reader_places_stay() -> None:
    picture = Block("figure", Box(0.1, 0.5, 0.9, 0.9), "")
    seen = PageReading("tesseract", "", 0.5, (picture,), tuple(lines("Above the picture")))
    blocks = page_reading(markdown_answer("Above the picture"), seen, "vision:m").reading.blocks
    assert [(block.kind, block.box == picture.box) for block in blocks] == [("text", False), ("figure", True)]


@pytest.mark.parametrize(
    ("boxes", "pictures"),
    [
        ("[[100, 500, 899, 899]]", 1),
        ("[[100, 500, 480, 899], [520, 500, 899, 899]]", 2),
        ("[[100, 500, 899, 899], [101, 502, 897, 899]]", 1),
        ("[[100, 100, 899, 400]]", 2),
    ],
)
def test_pictures_of_model_and_local_reader_are_merged_without_doubles(boxes: str, pictures: int) -> None:
    seen = PageReading("tesseract", "", 0.5, (Block("figure", Box(0.1, 0.5, 0.9, 0.9), ""),), ())
    answer = grounded_answer(f"Two harbours\n<|ref|>image<|/ref|><|det|>{boxes}<|/det|>\n")
    found = page_reading(answer, seen, "vision:m").reading.blocks
    assert [block.kind for block in found].count("figure") == pictures


def test_a_word_list_without_end_is_aligned_in_bounded_time() -> None:
    words = [Word("0", Box(0, 0, 0.1, 0.1), 0.9)] * 3_000
    reading = PageReading("tesseract", "", 0.5, (), tuple(words))
    assert len(page_reading(markdown_answer("0 " * 3_000), reading, "m").reading.words) == 3_000
