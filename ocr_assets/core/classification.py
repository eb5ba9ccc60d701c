"""What kind of document it is, by words that speak for a class: no model, so it can be read why.

Nearness of embeddings to descriptions of the classes was right less often; see docs/adr/0004-document-classes.md.
"""

import re
from typing import Final

from ocr_assets.core.document_classes import UNKNOWN, Classes

LEAST_CONFIDENCE: Final = 0.35
"""One word alone never decides: it gives a confidence of 1/3."""
_PRIOR: Final = 2
"""Words that are taken to speak for no class, so that little evidence is little confidence."""
_LOOKED_AT: Final = 4_000
"""Characters from the beginning: a document says there what it is."""


def classify(text: str, classes: Classes) -> tuple[str, float]:
    """The class of most words and the confidence in it, 0..1; `unknown` where that is under LEAST_CONFIDENCE."""
    beginning = " ".join(text[:_LOOKED_AT].split())
    found = {label: sum(_stands_in(beginning, word) for word in known.words) for label, known in classes.items()}
    best = max(found, key=lambda label: found[label], default=UNKNOWN)
    confidence = found.get(best, 0) / (sum(found.values()) + _PRIOR)
    return (best if confidence >= LEAST_CONFIDENCE else UNKNOWN), confidence


def _stands_in(text: str, word: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE) is not None
