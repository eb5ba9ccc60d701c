"""The seam between a page and what turns it into text. What a reader needs is loaded when it first reads."""

from abc import ABC, abstractmethod

from ocr_assets.core.pages import PageInput, PageReading


class PageReader(ABC):
    """Turns one page into text, words and blocks. One instance serves all pages of a process, one at a time."""

    name: str

    @abstractmethod
    def read(self, page: PageInput) -> PageReading:
        """The page as this reader sees it; an empty reading where it sees no text.

        Raises a `DocumentFault` where the page cannot be read at all.
        """
