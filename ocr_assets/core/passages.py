"""What of a chunk the embedder sees."""

from collections.abc import Sequence


def passage_text(heading_path: Sequence[str], text: str) -> str:
    """The text that stands for a chunk in vector space."""
    return " > ".join(heading_path) + "\n\n" + text
