"""What documents say where questions use other words: a thesaurus of terms, and questions with what it adds to them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ocr_assets.core.terms import words
from ocr_assets.errors import UsageError

SHIPPED: Final = {"accounting": Path(__file__).parent.parent / "accounting_terms.yaml"}
"""Lists that come with the package, by name."""
_KEYS: Final = {"asked", "said"}


@dataclass(frozen=True, slots=True)
class QuestionTerms:
    """What is said for what is asked; what is asked is kept as folded words, as full text search compares them."""

    said: Mapping[tuple[str, ...], tuple[str, ...]]

    def found(self, question: str) -> list[str]:
        """What documents say for the terms in a question, each once; of terms that overlap the longest counts."""
        asked = [word for line in question.splitlines() for word in words(line)]
        longest = max(map(len, self.said), default=0)
        found, start = dict[str, None](), 0
        while start < len(asked):
            lengths = range(min(longest, len(asked) - start), 0, -1)
            length = next((n for n in lengths if tuple(asked[start : start + n]) in self.said), 0)
            found |= dict.fromkeys(self.said.get(tuple(asked[start : start + length]), ()))
            start += max(length, 1)
        return list(found)


def read_terms(setting: str) -> QuestionTerms:
    """The lists that the setting names, one after the other: shipped ones by name, others by path.

    Raises UsageError, which names file and entry.
    """
    said = defaultdict[tuple[str, ...], dict[str, None]](dict)
    for name in filter(None, map(str.strip, setting.split(","))):
        path = SHIPPED.get(name) or Path(name)
        for number, entry in enumerate(_entries(path), 1):
            at = f"{path}, entry {number}"
            asked, answers = _texts(entry, "asked", at), _texts(entry, "said", at)
            for text in asked:
                if not (key := tuple(words(text))):
                    raise UsageError(f"{at}: {text!r} has no word that a search compares; leave it out")
                said[key] |= dict.fromkeys(answers)
    return QuestionTerms({key: tuple(answers) for key, answers in said.items()})


def _entries(path: Path) -> Sequence[Any]:
    import yaml  # type: ignore[import-untyped]

    try:
        told = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise UsageError(f"terms of questions cannot be read from {path}: {error}") from error
    if not isinstance(told, list):
        raise UsageError(f"{path} must be a list of entries with asked and said, as {SHIPPED['accounting'].name} is")
    return told


def _texts(entry: Any, key: str, at: str) -> list[str]:
    if not isinstance(entry, dict) or set(entry) != _KEYS:
        raise UsageError(f"{at}: it must have asked and said, and nothing else")
    texts = entry[key]
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) and text.strip() for text in texts):
        raise UsageError(f"{at}: {key} must be a list of texts; put numbers, yes and no into quotes")
    return [" ".join(text.split()) for text in texts]
