"""Which language a text is in, by the model that comes inside the wheel of py3langid."""

from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier  # type: ignore[import-untyped]

LEAST_LETTERS: Final = 20
"""Under this many letters a guess is no better than chance."""
LEAST_PROBABILITY: Final = 0.6
_ENOUGH: Final = 2_000
"""Characters after which more text does not change the answer."""


def language_of(text: str, least_probability: float = LEAST_PROBABILITY) -> str | None:
    """The ISO 639-1 code, or None where there is too little text or no language has this probability (0..1)."""
    if sum(character.isalpha() for character in text[:_ENOUGH]) < LEAST_LETTERS:
        return None
    language, probability = _identifier().classify(text[:_ENOUGH])
    return str(language) if probability >= least_probability else None


@lru_cache
def _identifier() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
