"""People in running text: by title, by role, by signature, by given name."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from ocr_assets.core.known_names import lines_of
from ocr_assets.core.names import IN_NAMES, INITIAL, NAME, NO_SURNAMES, PARTICLE, STOP_WORDS

GIVEN_NAMES: Final = Path(__file__).parent.parent / "given_names.txt"
_REST: Final = rf"(?:[ ](?:{INITIAL}[ ]?){{0,3}}{PARTICLE}?{NAME})"
_FULL: Final = rf"(?:{NAME}|{INITIAL}(?:[ ]?{INITIAL}){{0,2}}){_REST}{{1,3}}"
_TITLE: Final = r"(?:Dr|Prof|Mr|Mrs|Ms|Mme|Mlle|Hon|Rev|Herrn?|Frau|Madame|Monsieur|Sir)\.?"
_TITLED: Final = re.compile(
    rf"(?<![\w.])(?:{_TITLE}[ ](?:(?:{_TITLE}|med\.|jur\.|phil\.|rer\.|nat\.|h\.c\.)[ ]){{0,3}})"
    rf"(?P<name>(?:(?:{NAME}|{INITIAL})[ ]?(?:{INITIAL}[ ]?){{0,2}})?{PARTICLE}?{NAME}(?:[ ]{PARTICLE}?{NAME})?)"
)
_MONSIEUR: Final = re.compile(
    rf"(?<![\w.])(?:M\.|MM\.)[ ](?P<name>(?:{NAME}[ ])?{PARTICLE}?{NAME}(?:[ ]{PARTICLE}?{NAME})?)"
)
_ROLES: Final = (
    r"(?:Geschäftsführer(?:in|ung)?|Vorstand(?:svorsitzende[rn]?)?|Aufsichtsratsvorsitzende[rn]?|Prokurist(?:in)?"
    r"|Ansprechpartner(?:in)?|Sachbearbeiter(?:in)?|Bearbeiter(?:in)?|Unterzeichner(?:in)?|Verfasser(?:in)?|Autor(?:in)?"
    r"|Chief[ ]\w+[ ]Officer|C[EFOT]O|Chair(?:man|woman|person)?|Contact(?:[ ][Pp]erson)?|Attn|Attention|Signed[ ]by"
    r"|Prepared[ ]by|Approved[ ]by|Authors?|Signatory|Gérante?|Interlocut(?:eur|rice)|Directeur[ ]général|Signé[ ]par"
    r"|Auteur|President|Secretary|Treasurer|Director|Manager)"
)
_LABELLED: Final = re.compile(
    rf"(?<!\w){_ROLES}(?:[ ]\([^()\n]{{1,40}}\))?[ ]?:[ ]*(?:{_TITLE}[ ])*(?P<name>{_FULL})(?P<more>(?:,[ ]{_FULL})*)"
)
_SIGNED: Final = re.compile(rf"/s/[ ]*(?P<name>{_FULL})")
_HOLDS: Final = re.compile(
    rf"(?<![\w.])(?P<name>{_FULL}),[ ](?:(?:Executive|Senior|Managing|Vice|Deputy|General)[ ])*"
    r"(?:Chief[ ]\w+[ ]Officer|C[EFOT]O|President|Chair(?:man|woman|person)?|Director|Secretary|Treasurer|Partner"
    r"|Geschäftsführer(?:in)?|Vorstand|Directeur|Directrice|Gérante?)(?!\w)"
)
_WORD: Final = re.compile(rf"(?<![\w.-]){NAME}")
_SURNAME: Final = re.compile(rf"{_REST}{{1,3}}")
_TOKEN: Final = re.compile(rf"{NAME}|{INITIAL}")


def people_in(text: str, language: str | None = None) -> Iterator[tuple[int, int, None]]:
    """Start and end of each name, titles left out, surest first; "M. Dupont" in French only."""
    patterns = (_SIGNED, _LABELLED, *([_MONSIEUR] if language == "fr" else []), _TITLED, _HOLDS)
    for pattern in patterns:
        for match in pattern.finditer(text):
            for start, end in _names(match):
                if (cut := _cut(text, start, end)) is not None:
                    yield (*cut, None)
    for given in _WORD.finditer(text):
        if _is_given(given[0]) and (surname := _SURNAME.match(text, given.end())):
            cut = _cut(text, given.start(), surname.end())
            if cut is not None and " " in text[slice(*cut)]:
                yield (*cut, None)


def _names(match: re.Match[str]) -> Iterator[tuple[int, int]]:
    yield match.span("name")
    if match.groupdict().get("more"):
        for other in re.finditer(_FULL, match["more"]):
            yield match.start("more") + other.start(), match.start("more") + other.end()


def _cut(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The name up to the first word that is none; None where nothing is left.

    Capitals may be a surname, as in "Jean DUPONT"; behind one, or in front of other words, they are something else.
    """
    kept, before, words = None, False, 0
    for token in _TOKEN.finditer(text, start, end):
        word = token[0].lower()
        if word in STOP_WORDS - IN_NAMES or any(part in NO_SURNAMES for part in word.split("-")):
            break
        capitals = token[0].isupper() and not token[0].endswith(".")
        if words and ((before and not capitals) or (capitals and not before and (words > 1 or len(word) < 3))):
            break
        before, words = capitals, words + 1
        if not token[0].endswith("."):
            kept = token.end()
    return None if kept is None else (start, kept)


def _is_given(word: str) -> bool:
    return (word.title() if word.isupper() else word) in _given_names()


@cache
def _given_names() -> frozenset[str]:
    return frozenset(name for line in lines_of(GIVEN_NAMES) for name in line.split())
