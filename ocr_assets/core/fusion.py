"""One score out of what several searches say of the same passages, whatever scales those have."""

from collections.abc import Mapping
from statistics import fmean, pstdev


def fused(text: Mapping[str, float], vector: Mapping[str, float], named: Mapping[str, float]) -> dict[str, float]:
    """The mean of the standard scores of each passage that was found: how far above the others it stands.

    A passage that the text search did not find has the text score 0. `vector` must have the similarity of every
    passage, of those too that only the text search found, and so must `named`: how well the question names its
    document. Why not by ranks: docs/adr/0012.
    """
    ids = list(vector)
    words = _standard([text.get(one, 0.0) for one in ids])
    meanings = _standard([vector[one] for one in ids])
    names = _standard([named[one] for one in ids])
    return {one: fmean(scores) for one, *scores in zip(ids, words, meanings, names, strict=True)}


def _standard(scores: list[float]) -> list[float]:
    mean, deviation = (fmean(scores), pstdev(scores)) if scores else (0.0, 0.0)
    return [(score - mean) / deviation if deviation else 0.0 for score in scores]
