"""The stages with a vision model: whole runs, over HTTP, with a server that reads."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from shutil import copy
from typing import Any

import polars as pl
import pytest
from PIL import Image, ImageDraw

from ocr_assets.core.identity import document_id
from ocr_assets.core.pages import Block, Box, PageReading
from ocr_assets.definitions import build_defs
from ocr_assets.errors import PermanentFault
from ocr_assets.figure_captions import Cutting, cut_figures, describe, row
from ocr_assets.page_batches import PageTask
from ocr_assets.page_readings import Reading, in_part, read_whole
from ocr_assets.schemas import DOCUMENTS, FIGURE_CAPTIONS, OCR_TEXT
from resources.blobs import Blobs
from resources.checkpoints import Checkpoints
from resources.page_readers.ladder import ReaderSettings, read_page
from resources.vision.model import VisionModel
from resources.workers import PageWorkers
from tests.page_images import DOCUMENTS as SCANS
from tests.page_images import page_input
from tests.pdf_making import image, stream, text, write_pdf
from tests.pipeline import Pipeline, pipeline
from tests.services.chat_server import KEY, MODEL, ChatServer
from tests.test_page_kinds import page, washed_out

READ = ("raw_pdfs", "page_images", "ocr_text")
TOLD = (*READ, "figure_captions", "documents")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with ChatServer().running() as running:
        yield running


@contextmanager
def piped(server: ChatServer, home: Path, **settings: Any) -> Iterator[Pipeline]:
    (home / "in").mkdir(exist_ok=True)
    usual = {"vision_url": server.base_url, "vision_model": MODEL, "sources": str(home / "in"), "retry_seconds": 0.0}
    with pipeline(home / "home", **(usual | settings)) as target:
        yield target


def add(home: Path, name: str, *contents: bytes, **more: Any) -> str:
    (home / "in").mkdir(exist_ok=True)
    path = home / "in" / name
    write_pdf(path, *contents, **more)
    return document_id(path.read_bytes())


def run(target: Pipeline, stages: tuple[str, ...] = READ) -> bool:
    [request] = target.tick("s3_arrivals")
    return target.execute(request, stages)


def pages(target: Pipeline, document: str) -> pl.DataFrame:
    return target.part("lake").read(OCR_TEXT, [document])


def words(n: int) -> bytes:
    return text(f"Page number {n} of the harbour ledger") + text(f"with {n} ships and no sails", y=660)


def test_all_pages_but_blank_ones_are_read_by_the_model_and_accounted(server: ChatServer, tmp_path: Path) -> None:
    document = add(tmp_path, "a.pdf", words(1), b"", words(3))
    prices = {"vision_input_price": 1.0, "vision_output_price": 4.0}
    with piped(server, tmp_path, reader="vision", **prices) as target:
        assert run(target)
        read = pages(target, document)
        assert read["reader"].to_list() == [f"vision:{MODEL}", "none", f"vision:{MODEL}"]
        assert "Page number 3 of the harbour ledger" in read["text"][2]
        assert read["unplaced"].to_list() == [0, 0, 0]
        assert [len(found) for found in read["words"]] == [13, 0, 13]
        assert read["review"].to_list() == ["", "", ""]
        assert (read["input_tokens"].sum(), read["output_tokens"].sum()) == server.tokens
        assert read["cost"].sum() == pytest.approx((server.tokens[0] + 4 * server.tokens[1]) / 1e6)
        assert server.attempts == 2
        assert target.part("vision").ledger.spent().cost == pytest.approx(read["cost"].sum())
        assert target.part("checkpoints").documents() == set()


def test_only_pages_that_the_local_readers_doubt_are_sent(server: ChatServer, tmp_path: Path) -> None:
    scan = BytesIO()
    picture = Image.new("L", (1200, 1600), 250)
    for n in range(6):
        ImageDraw.Draw(picture).text((100, 200 + 60 * n), f"the {n} ships of the harbour ledger", fill=60, font_size=36)
    picture.save(scan, "JPEG")
    entries = (
        b"/Type/XObject/Subtype/Image/Width 1200/Height 1600/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/DCTDecode"
    )
    document = add(tmp_path, "a.pdf", words(1), image(0, 0, 594, 792), picture=stream(scan.getvalue(), entries))
    with piped(server, tmp_path, review_confidence=1.0) as target:
        assert run(target)
        read = pages(target, document)
        assert read["reader"].to_list() == ["text_layer", f"vision:{MODEL}"]
        assert read["attempts"].list.len().to_list() == [0, 1]
        assert "the 5 ships of the harbour ledger" in read["text"][1]
        assert server.attempts == 1


def test_bad_answers_leave_the_local_reading_with_a_review_mark_and_their_cost(
    server: ChatServer, tmp_path: Path
) -> None:
    server.fault = lambda _: "quiet_loop"
    document = add(tmp_path, "a.pdf", words(1))
    with piped(server, tmp_path, reader="vision") as target:
        assert run(target)
        [row] = pages(target, document).iter_rows(named=True)
        assert row["reader"] == "text_layer"
        assert "again and again" not in row["text"]
        assert "loop, loop, loop, loop" in row["review"]
        assert row["output_tokens"] == server.tokens[1]


def test_a_service_that_is_away_makes_the_document_wait_and_what_was_paid_is_not_paid_again(
    server: ChatServer, tmp_path: Path
) -> None:
    server.fault = lambda number: "server_error" if number else None
    document = add(tmp_path, "a.pdf", words(1), words(2))
    with piped(server, tmp_path, reader="vision", vision_concurrency=1) as target:
        assert not run(target)
        failure = target.states[document].failures["ocr_text"]
        assert (failure.reason, failure.own, failure.given_up) == ("service_unavailable", 0, False)
        server.fault = lambda _: None
        charged = server.charged
        [request] = target.tick("unfinished_documents")
        assert target.execute(request, READ)
        assert server.charged == charged + 1
        assert [len(found) for found in pages(target, document)["words"]] == [13, 13]


def test_a_spent_budget_leaves_the_rest_for_later(server: ChatServer, tmp_path: Path) -> None:
    document = add(tmp_path, "a.pdf", words(1), words(2), words(3))
    prices = {"vision_input_price": 1.0, "vision_output_price": 0.0}
    with piped(server, tmp_path, reader="vision", vision_day_budget=0.004, vision_concurrency=1, **prices) as target:
        assert not run(target)
        assert target.states[document].failures["ocr_text"].reason == "budget_spent"
        assert 0 < server.charged < 3
        assert target.part("vision").ledger.today().cost <= 0.004
        settings = target.part("settings").model_copy(update={"vision_day_budget": 0.0})
        richer = Pipeline(build_defs(settings), target.instance)
        [request] = richer.tick("unfinished_documents")
        assert richer.execute(request, READ)
        assert server.charged == 3
        assert pages(richer, document)["reader"].to_list() == [f"vision:{MODEL}"] * 3


def test_a_document_waits_for_its_batch_without_blame_and_is_read_when_that_has_ended(
    server: ChatServer, tmp_path: Path
) -> None:
    document = add(tmp_path, "a.pdf", words(1), words(2), words(3))
    with piped(server, tmp_path, reader="vision", vision_mode="batch") as target:
        assert not run(target)
        failure = target.states[document].failures["ocr_text"]
        assert (failure.reason, failure.own, failure.alone, failure.given_up) == ("answer_pending", 0, 0, False)
        assert [len(server.files["file-0"].splitlines()), len(server.batches)] == [3, 1]
        [request] = target.tick("unfinished_documents")
        assert not target.execute(request, READ)
        assert len(server.batches) == 1
        server.finish()
        [request] = target.tick("unfinished_documents")
        assert target.execute(request, READ)
        assert pages(target, document)["reader"].to_list() == [f"vision:{MODEL}"] * 3
        assert server.charged == 3


def test_reader_vision_without_a_model_is_named(server: ChatServer, tmp_path: Path) -> None:
    document = add(tmp_path, "a.pdf", words(1))
    with piped(server, tmp_path, reader="vision", vision_model="") as target:
        assert not run(target)
        assert target.states[document].failures == {}


def test_figures_are_described_with_the_documents_own_caption_as_context(server: ChatServer, tmp_path: Path) -> None:
    chart = BytesIO()
    picture = Image.new("L", (100, 100), 255)
    draw = ImageDraw.Draw(picture)
    for n, height in enumerate((20, 45, 70, 90)):
        draw.rectangle((10 + 22 * n, 100 - height, 26 + 22 * n, 99), fill=40 + 40 * n)
    picture.save(chart, "JPEG")
    own = "Figure 1: Tons of coal landed at the quay"
    body = [text(f"Line {n} of the report on the trade of the port", y=720 - 18 * n) for n in range(8)]
    captioned = b"".join(body) + image(150, 330, 300, 200) + text(own, y=312, x=170)
    plain = b"".join(body) + image(150, 330, 300, 200)
    document = add(tmp_path, "a.pdf", captioned, plain, jpeg=chart.getvalue())
    with piped(server, tmp_path) as target:
        assert run(target, TOLD)
        figures = target.part("lake").read(FIGURE_CAPTIONS, [document])
        assert figures["caption_source"].to_list() == ["document", "model"]
        assert figures["caption"][0] == own
        assert figures["shows"].to_list() == ["chart", "chart"]
        assert figures["description"][1] == figures["caption"][1]
        assert figures["description"][1].startswith("A picture of")
        assert figures["data"][0] == "| year | tons |\n| --- | --- |\n| 1911 | 4.5 |"
        assert figures["described_by"].to_list() == [MODEL, MODEL]
        [first, second] = [request["messages"][0]["content"][1]["text"] for request in server.requests]
        assert sorted([own in first, own in second]) == [False, True]
        [markdown] = target.part("lake").read(DOCUMENTS, [document])["markdown"]
        assert "A picture of" in markdown


def test_tables_and_formulas_are_described_as_such_and_printed_captions_stay(
    server: ChatServer, tmp_path: Path
) -> None:
    blobs, checkpoints = Blobs(root=str(tmp_path / "blobs")), Checkpoints(root=str(tmp_path / "checkpoints"))
    page = BytesIO()
    Image.new("L", (800, 1000), 255).save(page, "PNG")
    document = "d" * 64
    blocks = (
        Block("equation", Box(0.2, 0.1, 0.8, 0.125), "a = b + c (1)"),
        Block("table_caption", Box(0.2, 0.4, 0.8, 0.42), "Table 1: Dues by year"),
        Block("table", Box(0.2, 0.43, 0.8, 0.6), "| year | dues |\n| --- | --- |\n| 1911 | 4 |"),
        Block("table", Box(0.2, 0.7, 0.8, 0.85), "| ship | sails |\n| --- | --- |\n| Ada | 3 |"),
    )
    work = Cutting(document, 1, blobs.put(document, page.getvalue()), blocks, (), blobs.reader(), formulas=True)
    vision = VisionModel(model=MODEL, urls=server.base_url, home=str(tmp_path))
    with vision.asking("run", "figure_captions", checkpoints) as asker:
        _, described = describe(asker, (PageTask(document, 1, work), cut_figures(work)))
    assert isinstance(described, tuple)
    rows = [row(document, figure, asked, "blob") for figure, asked in described]
    assert [found["kind"] for found in rows] == ["equation", "table", "table"]
    assert [found["shows"] for found in rows] == ["formula", "table", "table"]
    assert [found["caption_source"] for found in rows] == ["model", "document", "model"]
    assert rows[1]["caption"] == "Table 1: Dues by year"
    assert all(found["description"].startswith("A picture of") for found in rows)


def test_scans_are_read_in_part_for_the_model_and_whole_where_its_answers_are_bad(
    server: ChatServer, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    scan = tmp_path / "in" / "1809.tif"
    copy(SCANS / "1809_0070.tif", scan)
    server.fault = lambda _: "loop"
    with piped(server, tmp_path, reader="vision") as target:
        assert run(target)
        [row] = pages(target, document_id(scan.read_bytes())).iter_rows(named=True)
    assert row["reader"] == "tesseract+ppocr"
    assert "loop, loop, loop, loop" in row["review"]
    assert read_page(page_input(scan), in_part(ReaderSettings())).reader == "tesseract"


def test_faint_writing_is_read_whole_since_no_model_is_asked_for_a_blank_page(
    server: ChatServer, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    scan = tmp_path / "in" / "faint.tif"
    washed_out(page()).save(scan, dpi=(150, 150))
    with piped(server, tmp_path, reader="vision") as target:
        assert run(target)
        [row] = pages(target, document_id(scan.read_bytes())).iter_rows(named=True)
    assert row["reader"] == "tesseract+ppocr"
    assert server.attempts == 0


def test_what_was_paid_for_a_page_that_nobody_could_read_stands_in_its_row(server: ChatServer, tmp_path: Path) -> None:
    signs = Image.new("L", (1200, 1600), 255)
    for y in range(200, 1300, 60):
        for x in range(150, 1050, 30):
            ImageDraw.Draw(signs).rectangle((x, y, x + 18, y + 26), fill=0)
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / "a.tif"
    pages_of = [page().crop((0, 0, 1240, 500)), signs]
    pages_of[0].save(path, save_all=True, append_images=pages_of[1:], dpi=(150, 150))
    server.fault = lambda _: "refused"
    prices = {"vision_input_price": 1.0, "vision_output_price": 4.0}
    with piped(server, tmp_path, reader="vision", failed_pages=0.5, **prices) as target:
        assert run(target)
        read = pages(target, document_id(path.read_bytes()))
    assert read["failure"].is_null().to_list() == [True, False]
    assert "refused, refused, refused" in read["failure"][1]
    assert read["attempts"].list.len().to_list() == [4, 4]
    assert (read["input_tokens"].sum(), read["output_tokens"].sum()) == server.tokens
    assert read["cost"].sum() == pytest.approx((server.tokens[0] + 4 * server.tokens[1]) / 1e6)


def test_a_page_that_was_left_to_its_doubtful_text_layer_is_read_whole_too(tmp_path: Path) -> None:
    """With both readers its image may be read better than the layer says."""
    blobs, empty = Blobs(root=str(tmp_path / "blobs")), BytesIO()
    Image.new("L", (800, 1000), 255).save(empty, "PNG")
    work = Reading(
        document="d" * 64,
        path=str(write_pdf(tmp_path / "a.pdf", words(1))),
        page=1,
        kind="blank",
        dpi=100,
        turned=0,
        skew=0.0,
        image=blobs.put("d" * 64, empty.getvalue()),
        blobs=blobs.reader(),
        passwords=(),
        settings=in_part(ReaderSettings()),
    )
    task = PageTask(work.document, 1, work)
    doubtful = PageReading("text_layer", "glyphs", 0.2, (), ())
    workers = PageWorkers(processes=1)
    _, whole = read_whole(workers, ReaderSettings(), (task, (doubtful, 0.0)))
    assert isinstance(whole, tuple)
    assert whole[0].reader == "none"  # as it is read now
    gone = PermanentFault("corrupt", "no page")
    assert read_whole(workers, ReaderSettings(), (task, gone)) == (task, gone)
