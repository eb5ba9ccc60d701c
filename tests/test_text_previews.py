"""The previews of text in the UI: what a page says is shown, never obeyed."""

from pathlib import Path

import dagster as dg

from ocr_assets.chunks import PREVIEW_CHARACTERS
from ocr_assets.core.markdown import escaped, picture
from ocr_assets.core.stages import STAGES
from ocr_assets.documents import preview
from tests.pdf_making import text, write_pdf
from tests.pipeline import pipeline


def test_a_document_s_preview_has_its_text_without_its_pictures() -> None:
    said = escaped("as ![t](https://evil/p.png) says")
    markdown = "\n\n".join(["# Title", picture("Figure [1]", "a/figure-1.webp"), "Figure \\[1\\]", said])
    assert preview(markdown) == f"# Title\n\nFigure \\[1\\]\n\n{said}"


def test_previews_show_a_page_s_markup_as_text(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    lines = [text(f"Line {n}: see <img src=x> or [x]\\(https://evil\\) for more", y=700 - 14 * n) for n in range(48)]
    write_pdf(tmp_path / "in" / "a.pdf", b"".join(lines))
    with pipeline(tmp_path / "home", sources=str(tmp_path / "in")) as target:
        [request] = target.tick("s3_arrivals")
        assert target.execute(request, STAGES[: STAGES.index("chunks") + 1])
        shown = {}
        for stage in ("documents", "chunks"):
            event = target.instance.get_latest_materialization_event(dg.AssetKey(stage))
            assert event is not None
            assert event.asset_materialization is not None
            shown[stage] = event.asset_materialization.metadata["preview"]
    assert isinstance(shown["documents"], dg.MarkdownMetadataValue)
    assert "see \\<img src=x> or [x\\](https://evil) for" in str(shown["documents"].value)
    assert isinstance(shown["chunks"], dg.TextMetadataValue)
    assert 500 < len(str(shown["chunks"].value)) <= PREVIEW_CHARACTERS
