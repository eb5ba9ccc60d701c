"""The commonest words of languages, by the lists of stopwordsiso."""

from functools import lru_cache


@lru_cache(maxsize=16)
def stop_words(language: str) -> frozenset[str]:
    """Those of a language (ISO 639-1), in small letters; the English ones where there is no list for it."""
    import stopwordsiso

    return frozenset(stopwordsiso.stopwords(language if stopwordsiso.has_lang(language) else "en"))
