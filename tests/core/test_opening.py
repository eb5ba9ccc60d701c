from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from ocr_assets.core.opening import DocumentLimits, inspect
from ocr_assets.errors import PermanentFault
from tests.pdf_making import text, write_pdf

NO_LIMITS = DocumentLimits()
DOCUMENTS = Path(__file__).parents[1] / "documents"


def reason(path: Path | str, *passwords: str, limits: DocumentLimits = NO_LIMITS) -> str:
    with pytest.raises(PermanentFault) as raised:
        inspect(str(path), passwords, limits)
    return raised.value.reason


def test_a_pdf_tells_its_version_title_producer_and_attachments(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", text("one"), text("two"))
    info = b"9 0 obj\n<</Title(A title)/Producer(By hand)>>\nendobj\ntrailer<</Root 1 0 R/Info 9 0 R>>\n"
    Path(path).write_bytes(Path(path).read_bytes().replace(b"trailer<</Root 1 0 R>>\n", info))
    with pypdfium2.PdfDocument(path) as document:
        document.new_attachment("figures.csv").set_data(b"1,2")
        document.save(tmp_path / "b.pdf")
    facts = inspect(path)
    assert (facts.media_type, facts.pages, facts.pdf_version) == ("application/pdf", 2, "1.7")
    assert (facts.title, facts.producer, facts.encrypted) == ("A title", "By hand", False)
    assert facts.bytes == Path(path).stat().st_size
    assert inspect(str(tmp_path / "b.pdf")).attachments == ("figures.csv",)


def test_a_protected_pdf_opens_with_the_right_one_of_several_passwords() -> None:
    facts = inspect(str(DOCUMENTS / "password.pdf"), ["wrong", "password"])
    assert facts.encrypted
    assert facts.pages == 1


def test_a_password_is_also_tried_in_its_normal_form() -> None:
    assert inspect(str(DOCUMENTS / "saslprep-r6.pdf"), ["S\u00aaSL\u00adprep"]).encrypted


def test_without_the_right_password_the_fault_says_so() -> None:
    assert reason(DOCUMENTS / "password.pdf") == "password_required"
    assert reason(DOCUMENTS / "password.pdf", "wrong", "") == "password_required"


def test_a_pdf_without_pages_is_told_from_a_damaged_one_whatever_failed_before(tmp_path: Path) -> None:
    (tmp_path / "damaged.pdf").write_bytes(b"%PDF-1.4\nnothing else")
    with pytest.raises(PermanentFault, match=r"cut off or is damaged, or else .* PDFium does not know") as raised:
        inspect(str(tmp_path / "damaged.pdf"))
    assert raised.value.reason == "corrupt"
    assert reason(DOCUMENTS / "c-empty.pdf") == "no_pages"
    assert reason(DOCUMENTS / "password.pdf") == "password_required"
    assert reason(DOCUMENTS / "c-empty.pdf") == "no_pages"


def test_form_fields_are_counted_by_name(tmp_path: Path) -> None:
    fields = [
        b"<</Subtype/Widget/FT/Tx/T(%b)/V(x)/Rect[100 600 200 620]/P 6 0 R>>" % name for name in (b"a", b"b", b"a")
    ]
    path = Path(write_pdf(tmp_path / "form.pdf", text("Name:"), page=b"/Annots[11 0 R 12 0 R 13 0 R]"))
    annotations = b"".join(b"%d 0 obj\n%b\nendobj\n" % pair for pair in enumerate(fields, 11))
    form = b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[11 0 R 12 0 R 13 0 R]/DA(/Helv 12 Tf)>>>>"
    filled = path.read_bytes().replace(b"<</Type/Catalog/Pages 2 0 R>>", form)
    path.write_bytes(filled.replace(b"trailer", annotations + b"trailer"))
    assert inspect(str(path)).form_fields == 2


def test_too_many_bytes_or_pages_are_too_large(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", text("one"), text("two"), text("three"))
    assert reason(path, limits=DocumentLimits(bytes=100)) == "too_large"
    assert reason(path, limits=DocumentLimits(pages=2)) == "too_large"
    assert inspect(path, limits=DocumentLimits(pages=3)).pages == 3


def test_each_frame_of_a_tiff_is_a_page(tmp_path: Path) -> None:
    frames = [Image.new("L", (50, 60), 255) for _ in range(3)]
    frames[0].save(tmp_path / "fax.tif", save_all=True, append_images=frames[1:])
    assert inspect(str(tmp_path / "fax.tif")).pages == 3
    assert inspect(str(DOCUMENTS / "phototest.tif")).media_type == "image/tiff"


def test_an_image_without_content_is_corrupt_and_one_of_too_many_pixels_too_large(tmp_path: Path) -> None:
    (tmp_path / "cut.png").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00")
    assert reason(tmp_path / "cut.png") == "corrupt"
    Image.new("1", (14_000, 14_000)).save(tmp_path / "bomb.png")
    assert reason(tmp_path / "bomb.png") == "too_large"


def test_an_empty_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty.pdf").touch()
    assert reason(tmp_path / "empty.pdf") == "empty_file"
