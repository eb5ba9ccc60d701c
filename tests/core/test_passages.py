"""A passage is searched with its headings and with what its document is called."""

from ocr_assets.core.passages import document_words, embedded_text, repeated


def test_headings_stand_before_the_text_that_is_embedded() -> None:
    assert embedded_text(["Lease", "Term"], "It ends in March.") == "Lease > Term\nIt ends in March."
    assert embedded_text([], "It ends in March.") == "It ends in March."


def test_a_document_is_called_by_its_title_and_the_words_of_its_file() -> None:
    sources = ["s3://b/2022_Q3-NetSales.pdf", "file:///a/2022%20Q3%20NetSales.PDF", "file:///x/scan.pdf"]
    assert document_words("Annual Report", sources) == ("Annual Report", "2022 Q3 Net Sales", "scan")


def test_a_document_is_called_by_its_cover_and_by_what_every_page_says() -> None:
    running = [("Apple Inc. | Q3 2023 Form 10-Q |", 27), ("Part II", 3), ("12", 28)]
    often = repeated(running, 28)
    assert often == ("12", "Apple Inc. | Q3 2023 Form 10-Q |")
    assert document_words("Form 10-Q", [], ["Form 10-Q", "word " * 20, *often]) == (
        "Form 10-Q",
        "Apple Inc. | Q3 2023 Form 10-Q |",
    )
    assert repeated([("On both pages", 2)], 2) == ()


def test_names_that_are_hashes_say_nothing() -> None:
    assert (
        document_words("", ["file:///a/3b743db91a63ee0f.pdf", "file:///b/5f0c9a4e-4b1f-4d4e-9f37-4f7e9b0a1c2d.pdf"])
        == ()
    )
