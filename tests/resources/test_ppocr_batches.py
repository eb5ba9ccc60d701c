"""PP-OCR over many pages at once: the same answers as page by page, within memory, on the device asked for."""

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr_assets.core.merging import TextLine
from ocr_assets.errors import DocumentFault, UsageError
from resources.blobs import Blobs
from resources.page_readers.ppocr import model_file
from resources.page_readers.ppocr_batches import BatchReader, Budget, ToRead, by_width
from resources.page_readers.ppocr_device import CUDA, Networks, with_best
from resources.page_readers.ppocr_lines import Room, find_lines, read_lines
from resources.ppocr_reader import PageToRead, PpOcrReader

A = "a" * 64
SAYINGS = (
    "It was the best of times",
    "it was the worst of times, it was the age of wisdom",
    "Invoice 4711 of 12 March",
    "Harbour dues, 38 ships and no sails",
    "Foolishness",
)


def page(number: int, size: tuple[int, int] = (700, 420)) -> ToRead:
    """A page with five lines, each page's in another order, and of another size of type."""
    type_size = 18 + number % 4
    grey = Image.new("L", size, 255)
    for row in range(5):
        saying = SAYINGS[(number + row) % 5]
        ImageDraw.Draw(grey).text((30, 20 + 70 * row), saying, 0, ImageFont.load_default(type_size))
    return ToRead(grey, 0.7 * type_size)


PAGES = [page(0), page(1), page(2, (900, 400)), page(3), page(4, (500, 620))]


@pytest.fixture(scope="module")
def networks() -> Networks:
    return Networks("cpu")


@pytest.fixture(scope="module")
def one_by_one() -> list[list[TextLine]]:
    return [read_lines(one.grey, find_lines(one.grey, one.type_height)) for one in PAGES]


class Counted:
    """The networks, with the number of pictures that they are shown at a time; over `most` memory runs out."""

    def __init__(self, networks: Networks, most: int = 10_000) -> None:
        self.networks, self.most = networks, most
        self.alphabet = networks.alphabet
        self.shown: list[int] = []

    def detected(self, pixels: Any) -> Any:
        return self.networks.detected(self._counted(pixels))

    def recognised(self, pixels: Any) -> Any:
        return self.networks.recognised(self._counted(pixels))

    def _counted(self, pixels: Any) -> Any:
        self.shown.append(len(pixels))
        if len(pixels) > self.most:
            # What ONNX Runtime says of a graphics card that is full.
            told = "CUDA failure 2: out of memory ; GPU=0 ; file=bfc_arena.cc"
            raise onnxruntime.capi.onnxruntime_pybind11_state.RuntimeException(told)
        return pixels


def said(lines: list[TextLine]) -> list[str]:
    return sorted(" ".join(read.word.text for read in line) for line in lines)


def test_pages_read_together_say_what_they_say_one_by_one(networks: Networks, one_by_one: list[list[TextLine]]) -> None:
    counted = Counted(networks)
    together = BatchReader(counted, pages=8).read(PAGES)  # type: ignore[arg-type]
    assert max(counted.shown) > 2
    for ours, theirs in zip(together, one_by_one, strict=True):
        assert said(ours) == said(theirs)
        words = zip(words_of(ours), words_of(theirs), strict=True)
        for word, other in words:
            assert np.abs(np.array(word.box) - np.array(other.box)).max() < 0.01
            assert word.confidence == pytest.approx(other.confidence, abs=0.05)


def words_of(lines: list[TextLine]) -> list[Any]:
    return sorted((read.word for line in lines for read in line), key=lambda word: (word.text, word.box))


def test_a_page_has_room_for_its_widest_lines_and_takes_none_of_the_others(networks: Networks) -> None:
    full, enough = Room(), Room(1_000)
    whole, part, other = BatchReader(networks, pages=8).read(
        [PAGES[0]._replace(room=full), PAGES[0]._replace(room=enough), PAGES[1]]
    )
    assert (full.left_out, len(whole), len(other)) == (0, 5, 5)
    assert enough.left_out == 5 - len(part) > 0
    assert SAYINGS[1] in said(part)
    assert 0 <= enough.columns < 1_000


def test_without_pages_there_is_nothing_to_read(networks: Networks) -> None:
    empty = ToRead(Image.new("L", (300, 200), 255), 12.0)
    assert BatchReader(networks, pages=8).read([]) == []
    assert BatchReader(networks, pages=8).read([empty, PAGES[0]])[0] == []


def test_where_memory_runs_out_half_as_many_are_shown_from_then_on(networks: Networks) -> None:
    counted = Counted(networks, most=2)
    reader = BatchReader(counted, pages=8)  # type: ignore[arg-type]
    full = BatchReader(networks, pages=8).read(PAGES)
    assert list(map(said, reader.read(PAGES))) == list(map(said, full))
    assert max(counted.shown) > 2
    counted.shown.clear()
    reader.read(PAGES)
    assert max(counted.shown) <= 2


def test_other_errors_are_raised_and_so_is_no_memory_for_a_single_picture(networks: Networks) -> None:
    def full(_: object) -> Any:
        raise MemoryError("out of memory")

    def broken(_: object) -> Any:
        raise ValueError("no")

    image = PAGES[0].grey
    with pytest.raises(MemoryError):
        Budget(10).run(full, [image, image], [[0, 1]])
    budget = Budget(10_000_000)
    with pytest.raises(ValueError, match="no"):
        budget.run(broken, [image, image], [[0, 1]])
    assert budget.pixels == 10_000_000


def test_lines_of_about_the_same_width_are_read_together() -> None:
    assert by_width([500, 200, 505, 90, 100, 900]) == [[5], [2, 0], [1], [4, 3]]


def test_the_best_class_is_that_of_the_models_own_answer() -> None:
    model = model_file("PP-OCRv6_rec_small.onnx")
    session = onnxruntime.InferenceSession(with_best(model), providers=["CPUExecutionProvider"])
    pixels = np.random.default_rng(7).standard_normal((2, 3, 48, 200), dtype=np.float32)
    best, sure, every = session.run(["best", "sure", "fetch_name_0"], {"x": pixels})
    assert (best == every.argmax(axis=-1)).all()
    assert (sure == every.max(axis=-1)).all()


def test_cuda_where_there_is_none_is_an_error_that_says_what_to_install() -> None:
    if CUDA in onnxruntime.get_available_providers():
        pytest.skip("ONNX Runtime has CUDA here")
    with pytest.raises(UsageError, match=r"PPOCR_DEVICE=cuda needs .* pip install .* onnxruntime-gpu"):
        Networks("cuda")
    assert Networks("auto").device == "cpu"


def test_cuda_that_cannot_be_used_is_an_error_and_auto_takes_the_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    """A GPU build of ONNX Runtime without a driver: it warns and goes on with the processors by itself."""
    if CUDA in onnxruntime.get_available_providers():
        pytest.skip("ONNX Runtime has CUDA here")
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [CUDA, "CPUExecutionProvider"])
    with pytest.warns(UserWarning, match="CUDAExecutionProvider"):
        assert Networks("auto").device == "cpu"
    with pytest.warns(UserWarning, match="CUDAExecutionProvider"), pytest.raises(UsageError, match="cannot be used"):
        Networks("cuda")


def test_a_gpu_that_fails_while_networks_are_loaded_is_none_and_one_that_is_full_is_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """ONNX Runtime goes on with the processors by itself for some causes only; for these it raises."""
    session = onnxruntime.InferenceSession

    def failing(told: str) -> Any:
        def begin(model: Any, options: Any, providers: Any) -> Any:
            if any(CUDA in provider for provider in providers):
                raise onnxruntime.capi.onnxruntime_pybind11_state.RuntimeException(told)
            return session(model, options, providers=providers)

        return begin

    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [CUDA, "CPUExecutionProvider"])
    monkeypatch.setattr(onnxruntime, "preload_dlls", lambda: None)
    monkeypatch.setattr(onnxruntime, "InferenceSession", failing("CUDA failure 46: device(s) is/are busy ; GPU=0"))
    with pytest.warns(UserWarning, match="failure 46"):
        assert Networks("auto").device == "cpu"
    with pytest.warns(UserWarning, match="failure 46"), pytest.raises(UsageError, match="cannot be used"):
        Networks("cuda")
    monkeypatch.setattr(onnxruntime, "InferenceSession", failing("CUDA failure 2: out of memory ; GPU=0"))
    with pytest.raises(Exception, match="out of memory"):
        Networks("auto")


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(root=str(tmp_path / "blobs"))


def stored(blobs: Blobs, page: ToRead, folder: Path) -> PageToRead:
    page.grey.save(folder / "page.png")
    image = blobs.put(A, (folder / "page.png").read_bytes())
    return PageToRead(A, image, blobs.reader(), page.type_height / page.grey.height)


def test_an_image_that_is_broken_or_gone_costs_its_page_only(blobs: Blobs, tmp_path: Path) -> None:
    good = stored(blobs, PAGES[0], tmp_path)
    broken = PageToRead(A, blobs.put(A, b"\x89PNG\r\n\x1a\nand no more"), blobs.reader(), 0.02)
    gone = PageToRead(A, "0" * 64, blobs.reader(), 0.02)
    found = PpOcrReader(device="cpu", pages=4).read([broken, good, gone])
    assert isinstance(found[0], DocumentFault)
    assert isinstance(found[2], DocumentFault)
    assert not isinstance(found[1], DocumentFault)
    assert SAYINGS[4] in said(found[1].lines)
