"""How to reach someone: phone numbers and postal addresses, in the notations of English, German and French print."""

import re
from collections.abc import Iterator
from typing import Final

from ocr_assets.core.names import NAME, UPPER

_CUE: Final = r"(?:tel|tél|telefon|telephone|téléphone|phone|fon|fax|telefax|mobile?|mobil|handy|portable|hotline|call)"
_DIGIT: Final = r"(?:[ \u00a0\u202f./()-]{0,3}\d)"
_PHONE: Final = re.compile(
    rf"""(?<![\w.+,/-])(?:
      (?:{_CUE}(?:[ ]?(?:number|nr|no|n°))?\b[.:)]{{0,2}}[ ]{{0,2}}(?:at[ ]|under[ ])?)
        (?P<cued>\+?\(?\d{_DIGIT}{{6,14}})
     |(?P<foreign>(?:\+|00)[1-9]{_DIGIT}{{7,13}})
     |(?P<american>(?:1[ .-]\n?)?(?:\([2-9]\d\d\)[ ]?|[2-9]\d\d[-.])[2-9]\d\d[-.]\d{{4}})
     |(?P<french>0[1-9](?:[ .]\d\d){{4}})
    )(?![\w-]|[.,/]\d)""",
    re.VERBOSE | re.IGNORECASE,
)
_TOWN: Final = rf"{NAME}(?:[ ](?:am|an[ ]der|im|bei|ob[ ]der|sur|sous|en|de|la)[ ]{NAME}|[ ]{NAME}){{0,2}}"
_GERMAN: Final = (
    rf"(?:(?:{NAME}|Am|An|Im|In|Auf|Zum|Zur)[ -](?:der[ ]|den[ ]|dem[ ])?)?"
    rf"(?:{NAME}[ -])?(?:[{UPPER}]\w+(?:straße|strasse|str\.|weg|platz|allee|gasse|ring|damm|ufer|markt|hof|chaussee)"
    r"|Straße|Strasse|Str\.|Weg|Platz|Allee|Gasse|Ring|Damm|Ufer|Chaussee)"
    r"[ ]\d{1,4}(?:[ ]?[a-z](?!\w))?(?:[ ]?-[ ]?\d{1,4})?"
    rf"(?:,?[ \n](?:D[ -])?\d{{5}}[ ]{_TOWN})?"
)
_FRENCH: Final = (
    r"\d{1,4}(?:[ ](?:bis|ter))?,?[ ](?:rue|avenue|boulevard|bd|place|quai|chemin|impasse|allée|cours|route)"
    rf"[ ](?:(?:de[ ]la|de|du|des|d['\u2019]|de[ ]l['\u2019])[ ]?)?{NAME}(?:[ -](?:de[ ]|du[ ]|des[ ])?{NAME}){{0,4}}"
    rf"(?:,?[ \n]\d{{5}}[ ]{_TOWN})?"
)
_ENGLISH: Final = (
    rf"\d{{1,5}}[ ](?:[NSEW]\.?[ ])?(?:{NAME}|\d{{1,3}}(?:st|nd|rd|th))(?:[ ]{NAME}){{0,2}}[ ]"
    r"(?:Street|St\.?|Avenue|Ave\.?|Road|Rd\.?|Boulevard|Blvd\.?|Drive|Dr\.|Lane|Ln\.?|Way|Court|Square|Place|Parkway|Pkwy\.?|Highway)(?!\w)"
    rf"(?:,?[ ](?:Suite|Ste\.?|Floor|Apt\.?|Unit)[ ]#?\w{{1,6}})?"
    rf"(?:,?[ \n]{NAME}(?:[ ]{NAME}){{0,2}},[ ]"
    r"(?:[A-Z]{2}[ ]\d{5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]?[ ]\d[A-Z]{2}))?"
)
_ADDRESS: Final = tuple(re.compile(rf"(?<![\w.,/-]){pattern}(?!\w)") for pattern in (_GERMAN, _FRENCH, _ENGLISH))


def phones_in(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and digits of each number, with + where the country is told. Bare digits count after "Tel." only."""
    for match in _PHONE.finditer(text):
        name = next(name for name, found in match.groupdict().items() if found)
        digits = "".join(character for character in match[name].replace("(0)", "") if character.isdigit())
        if 7 <= len(digits) <= 15 and len(set(digits)) > 2:
            told = match[name].startswith("+") or digits.startswith("00")
            yield *match.span(name), f"+{digits.removeprefix('00')}" if told else digits


def addresses_in(text: str) -> Iterator[tuple[int, int, None]]:
    """Start and end of each street with its number, with postcode and town where they follow."""
    for pattern in _ADDRESS:
        for match in pattern.finditer(text):
            yield *match.span(), None
