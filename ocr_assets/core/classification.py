"""What kind of document it is, by words that speak for a class: no model, so it can be read why.

Nearness of embeddings to descriptions of the classes was right less often; see docs/adr/0004-document-classes.md.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from ocr_assets.errors import UsageError

UNKNOWN: Final = "unknown"
DEFAULT_CLASSES: Final = Path(__file__).parent.parent / "document_classes.yaml"
LEAST_CONFIDENCE: Final = 0.35
"""One word alone never decides: it gives a confidence of 1/3."""
_PRIOR: Final = 2
"""Words that are taken to speak for no class, so that little evidence is little confidence."""
_LOOKED_AT: Final = 4_000
"""Characters from the beginning: a document says there what it is."""

Classes = Mapping[str, Sequence[str]]


def read_classes(path: Path = DEFAULT_CLASSES) -> Classes:
    """Labels, each with the words that speak for it, from YAML. Raises UsageError where it is not of that form."""
    import yaml  # type: ignore[import-untyped]

    try:
        classes = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UsageError(f"document classes cannot be read from {path}: {error}") from error
    if not isinstance(classes, dict) or not all(map(_is_class, classes.items())):
        raise UsageError(f"{path} must map each label to a list of words, as {DEFAULT_CLASSES.name} does")
    return classes


def classify(text: str, classes: Classes) -> tuple[str, float]:
    """The class of most words and the confidence in it, 0..1; `unknown` where that is under LEAST_CONFIDENCE."""
    beginning = " ".join(text[:_LOOKED_AT].split())
    found = {label: sum(_stands_in(beginning, word) for word in words) for label, words in classes.items()}
    best = max(found, key=lambda label: found[label], default=UNKNOWN)
    confidence = found.get(best, 0) / (sum(found.values()) + _PRIOR)
    return (best if confidence >= LEAST_CONFIDENCE else UNKNOWN), confidence


def _stands_in(text: str, word: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE) is not None


def _is_class(item: tuple[object, object]) -> bool:
    label, words = item
    return isinstance(label, str) and isinstance(words, list) and all(isinstance(word, str) for word in words)
