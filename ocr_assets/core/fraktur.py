"""What Tesseract's models for Fraktur take for other characters: the ligatures of ch and ck for "<" and ">".

They give "noc<", "Dru>" and "Verbre<her". No such print has these signs in words, and a reader of Markdown or HTML
takes what stands between two of them for a tag.
"""

import re

_CH = re.compile(r"(?<=[^\W\d_])c?<h?|<h?(?=[^\W\d_])")
_CK = re.compile(r"(?<=[^\W\d_])c?>k?")


def with_ligatures(word: str) -> str:
    """The word with ch and ck for these signs, where they stand at a letter."""
    return _CK.sub("ck", _CH.sub("ch", word))
