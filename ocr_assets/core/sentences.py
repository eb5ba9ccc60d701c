"""Where sentences end, without a model: enough to cut a long paragraph at a good place in most European languages.

It errs towards not cutting: a sentence too long costs little, one cut after "Dr." reads badly.
"""

import re
from typing import Final

_ENGLISH: Final = """
    mr mrs ms dr prof rev gen col sgt capt sr jr st mt vs etc inc ltd co corp no nos vol vols pp ed eds fig figs eq eqs
    sec ch cf al approx dept est ext e.g i.e a.m p.m u.s u.k ph.d jan feb mar apr jun jul aug sep sept oct nov dec"""
_GERMAN: Final = """
    z.b d.h u.a o.ä i.d.r z.t s.o s.u v.a nr str abb tab bd bde hrsg vgl bzw ca evtl ggf inkl exkl zzgl usw art abs
    dipl ing mio mrd tel geb gest jh bspw sog okt dez"""
_FRENCH: Final = "mme mlle mm me av bd chap env p.ex c.-à-d art éd fasc hab vol tél janv févr avr juil déc"
ABBREVIATIONS: Final = frozenset(f"{_ENGLISH} {_GERMAN} {_FRENCH}".split())
_END = re.compile(
    r"""
    (?: [.!?…]+ ["'”\u2019»)\]]* \s+ (?= \S )                       # a full stop and what closes with it
      | [。\uff01\uff1f]+ [」』”\u2019\uff09]* \s*     # scripts that put no blank after it
    )""",
    re.VERBOSE,
)
_WIDE_STOPS = "。\uff01\uff1f"
_LAST_WORD = re.compile(r"[\w.'\u2019-]*$")


def split_sentences(text: str) -> list[str]:
    """Cut `text` after each sentence; the parts keep the blanks behind them, so that joined they are `text` again."""
    starts = [0]
    for end in _END.finditer(text):
        if end.group()[0] in _WIDE_STOPS or _ends_sentence(text, end):
            starts.append(end.end())
    return [part for start, stop in zip(starts, [*starts[1:], len(text)], strict=True) if (part := text[start:stop])]


def _ends_sentence(text: str, end: re.Match[str]) -> bool:
    if text[end.end()].islower():
        return False
    if not end.group().startswith("."):
        return True
    match = _LAST_WORD.search(text[max(0, end.start() - 40) : end.start()])
    word = match.group().lower() if match else ""
    initial = len(word) == 1 and word.isalpha()
    ordinal = word.isdigit() and len(word) <= 2  # "am 3. Oktober"
    return not (initial or ordinal or word in ABBREVIATIONS)
