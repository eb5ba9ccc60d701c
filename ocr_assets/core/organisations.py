"""Organisations in running text: by legal form, by the word that says what they are, and the best known by name."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from ocr_assets.core.known_names import KnownNames, lines_of
from ocr_assets.core.names import NAME, STOP_WORDS, TOO_GENERAL, UPPER

ORGANISATIONS: Final = Path(__file__).parent.parent / "organisations.txt"
_WORD: Final = rf"(?:{NAME}|[{UPPER}0-9][{UPPER}0-9&+-]{{0,40}}|[{UPPER}]\.)"
_JOINT: Final = r"(?:(?:&|\+|and|und|et|für|de|des|du|der|la|les)[ ]|d['\u2019])"
_NAMED: Final = (
    rf"(?:(?:Bank|University|Institute|Society|Association)[ ]of[ ](?:the[ ])?)?{_WORD}(?:[ ]{_JOINT}?{_WORD}){{0,5}}?"
)
_FORMS: Final = "|".join(
    (
        r"g?GmbH(?:[ ]&[ ]Co\.?[ ](?:KGaA|KG|OHG))?|AG(?:[ ]&[ ]Co\.?[ ](?:KGaA|KG))?|SE(?:[ ]&[ ]Co\.?[ ]KGaA)?",
        r"KGaA|OHG|mbH|UG|e\.[ ]?V\.|e\.[ ]?K\.|e\.?G\.|eG",
        r"Inc\.?|Incorporated|Corp\.?|Corporation|Ltd\.?|Limited|Pty\.?[ ]Ltd\.?|PLC|plc|L\.?L\.?[CP]\.?|L\.P\.|N\.A\.",
        r"S\.A\.R\.L\.?|S\.?[àa]\.?[ ]?r\.?l\.?|SARL|SASU?|EURL|S\.A\.(?:S\.?)?|S\.p\.A\.|N\.V\.|B\.V\.|Oyj?|A/S|ASA",
        r"&[ ](?:Co|Cie)\.?",
    )
)
_LEGAL: Final = re.compile(rf"(?<![\w.&-])(?P<name>{_NAMED}),?[ ](?:{_FORMS})(?![\w-])")
_LAST: Final = (
    r"University|College|Institute|Foundation|Association|Society|Commission|Museum|Bank|Insurance|Airlines|Airways"
    r"|Universität|Hochschule|Stiftung|Verlag|Bundesbank|Sparkasse|Volksbank|Akademie"
)
_LAST_HEADED: Final = re.compile(rf"(?<![\w.&-])(?P<name>{_WORD}(?:[ ]{_WORD}){{0,3}}?)[ ](?:{_LAST})(?![\w-])")
_FIRST: Final = "|".join(
    (
        r"(?:University|College|Bank|Museum|Ministry|Department|Institute|Bureau)[ ]of[ ](?:the[ ])?",
        r"(?:Technische[ ])?Universität[ ](?:zu[ ])?|Hochschule[ ]|Sparkasse[ ]|Volksbank[ ]|Stadtwerke[ ]",
        r"(?:Amts|Land|Oberlandes|Verwaltungs|Sozial|Arbeits)gericht[ ]|(?:Finanz|Landrats)amt[ ]|Handelskammer[ ]",
        r"(?:Bundesministerium|Ministerium|Bundesamt|Landesamt|Bundesanstalt|Institut)[ ](?:für|der|des)[ ]",
        r"(?:Université|Ministère|Banque|Institut|École|Académie|Bibliothèque)[ ](?:de[ ]la|de|du|des)[ ]",
        r"(?:Université|Ministère|Banque|Institut|École|Académie)[ ](?:de[ ]l|d)['\u2019]",
    )
)
_FIRST_HEADED: Final = re.compile(
    rf"(?<![\w-])(?P<before>(?:{NAME}|U\.S\.)[ ])?(?P<head>{_FIRST})"
    rf"(?P<name>{_WORD}(?:[ ](?:(?:and|und|et|de|of)[ ])?{_WORD}){{0,2}})"
)


def organisations_in(text: str) -> Iterator[tuple[int, int, None]]:
    """Start and end of each, its legal form included, surest first."""
    for match in _LEGAL.finditer(text):
        yield from _without_what_is_before(match)
    for start, end, _ in _known().found_in(text):
        yield start, end, None
    for match in _FIRST_HEADED.finditer(text):
        if match["name"].split()[0].lower() not in STOP_WORDS:
            before = (match["before"] or "the").strip().lower() not in STOP_WORDS
            yield match.start() if before else match.start("head"), match.end(), None
    for match in _LAST_HEADED.finditer(text):
        yield from _without_what_is_before(match)


def _without_what_is_before(match: re.Match[str]) -> Iterator[tuple[int, int, None]]:
    """The match without articles and words of the sentence before it, if a name is left."""
    words = list(re.finditer(r"\S+", match["name"]))
    while words and (words[0][0].isdigit() or words[0][0].lower().strip(".,") in STOP_WORDS):
        words.pop(0)
    if any(word[0].lower() not in TOO_GENERAL | STOP_WORDS for word in words):
        yield match.start("name") + words[0].start(), match.end(), None


@cache
def _known() -> KnownNames:
    names = " ".join(lines_of(ORGANISATIONS)).split(",")
    return KnownNames({name.strip(): name.strip() for name in names})
