"""Heading levels of a whole document, from what each page says of its own headings, and the document's title."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

DEEPEST: Final = 6
LONGEST_TITLE: Final = 200
SAME_TYPE: Final = 0.06
"""Sizes that differ by less than this share are one, measured on different lines."""
BOLD: Final = 1.08
"""What bold type counts for, as a factor of its size."""
FEW: Final = 3
FEW_OF_ALL: Final = 0.1
"""Titles are set like so many headings of later pages at most; more are sections."""
STYLES: Final = 4
"""Documents have few kinds of headings: of more sizes those closest to each other are one."""

_NUMBERED = re.compile(
    r"(?:(?:chapter|section|kapitel|abschnitt|chapitre)\s+)?(\d{1,2}(?:\.\d{1,2})*)[.:]?\s+[^\W\d_]", re.IGNORECASE
)
_NO_TITLE = re.compile(
    r"(untitled|no title|microsoft (word|powerpoint|excel)|powerpoint presentation)\b.*"
    r"|.*\.(docx?|odt|indd|qxd|tex|dvi|pdf|pptx?|xlsx?|rtf|txt|html?)\b.*"
    r"|(print|slide|document|layout|page)s?[\s_-]?(\d.*)?|scan(s|ned|ner)?([\W\d_].*)?",
    re.IGNORECASE,
)
_OFFICE = re.compile(
    r"(the )?(united states|u\.\s?s\.|federal|state of|department of|ministry of)\b.{0,60}?"
    r"\b(commission|court|agency|administration|treasury|justice)(,? washington\b.{0,20})?",
    re.IGNORECASE,
)
"""The office that a form is for, as it stands at the head of the form."""
_LEADS = re.compile(r"^\(|:$")


class Heading(NamedTuple):
    """A heading as its page shows it: `level` as the page's reader saw it, `size` of its type in 0..1 of the page."""

    text: str
    level: int | None = None
    size: float | None = None
    bold: bool = False


def heading_levels(headings: Sequence[Heading]) -> list[int]:
    """Levels 1..6 for a document's headings, given in order.

    Headings in larger type are higher, bold ones before plain ones of their size. A number such as 2.3.1 says more than
    the size of letters: numbered headings are as deep as their numbers, below the level that those with one number
    mostly have; what is set like them is on their level.
    """
    styles = _styles(headings)
    raw = list(styles)
    depths = [_depth(heading.text) for heading in headings]
    tops = Counter(level - depth + 1 for level, depth in zip(raw, depths, strict=True) if depth)
    if tops:
        top = max(1, min(tops, key=lambda level: (-tops[level], level)))
        raw = [top + depth - 1 if depth else level for level, depth in zip(raw, depths, strict=True)]
        like = {
            style: _most_common(raw, [s == style and d > 0 for s, d in zip(styles, depths, strict=True)])
            for style in set(styles)
        }
        raw = [
            level if depth else like[style] or level for level, depth, style in zip(raw, depths, styles, strict=True)
        ]
    ranks = {level: rank for rank, level in enumerate(sorted(set(raw)), 1)}
    return [min(ranks[level], DEEPEST) for level in raw]


def _most_common(levels: Sequence[int], chosen: Sequence[bool]) -> int | None:
    counts = Counter(level for level, wanted in zip(levels, chosen, strict=True) if wanted)
    return counts.most_common(1)[0][0] if counts else None


def _styles(headings: Sequence[Heading]) -> list[int]:
    """For each heading the rank of its type, the largest being 1; by the reader's levels where sizes are not known."""
    if any(heading.size is None for heading in headings):
        return [heading.level or 2 for heading in headings]
    weights = [(heading.size or 0.0) * (BOLD if heading.bold else 1.0) for heading in headings]
    ordered = sorted(set(weights), reverse=True)
    steps = sorted((lower / upper for upper, lower in pairwise(ordered)), reverse=False)[: STYLES - 1]
    ends = max([step for step in steps if step < 1 - SAME_TYPE], default=0.0)
    ranks, rank = {}, 1
    for upper, lower in pairwise([ordered[0], *ordered]) if ordered else ():
        rank += lower / upper <= ends
        ranks[lower] = rank
    return [ranks[weight] for weight in weights]


def document_title(stated: str | None, headings: Sequence[tuple[str, int]], opening: int) -> str:
    """The title that the file states where it is one, else the first of its first page's highest headings, else "".

    `opening` of the headings, each with its level, are on that page. Not titles: names of files, programs and offices,
    placeholders, texts without letters or over 200 characters; of headings the numbered ones, those that lead to what
    follows, and those set like many on later pages, but for the first one.
    """
    title = " ".join((stated or "").split())
    if _may_be_title(title) and not _NO_TITLE.fullmatch(title):
        return title
    later = [level for text, level in headings[opening:] if not _depth(text)]
    found = [
        (level, place)
        for place, (text, level) in enumerate(headings[:opening])
        if _may_be_title(text) and not (_depth(text) or _LEADS.search(text))
        if not place or sum(other <= level for other in later) <= max(FEW, FEW_OF_ALL * len(later))
    ]
    return headings[min(found)[1]][0] if found else ""


def _may_be_title(text: str) -> bool:
    has_words = len(re.findall(r"[^\W\d_]", text)) >= 3
    return has_words and len(text) <= LONGEST_TITLE and not _OFFICE.fullmatch(text)


def _depth(text: str) -> int:
    """How many numbers "2.3.1 Results" begins with; 0 where there are none."""
    numbered = _NUMBERED.match(text)
    return numbered[1].count(".") + 1 if numbered else 0
