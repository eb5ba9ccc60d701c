"""The nine stages, in the order in which they run, and what each reads."""

from typing import Final

UPSTREAM: Final[dict[str, tuple[str, ...]]] = {
    "raw_pdfs": (),
    "page_images": ("raw_pdfs",),
    "ocr_text": ("page_images",),
    "figure_captions": ("ocr_text",),
    "documents": ("ocr_text", "figure_captions"),
    "chunks": ("documents",),
    "enrichment": ("chunks",),
    "embeddings": ("enrichment",),
    "vectors": ("embeddings",),
}
STAGES: Final = tuple(UPSTREAM)


def stages_from(first: str) -> tuple[str, ...]:
    """That stage and all after it."""
    return STAGES[STAGES.index(first) :]
