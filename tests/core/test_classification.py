"""Document classes: told where words speak for one, unknown where they do not, and configurable."""

from pathlib import Path

import pytest

from ocr_assets.core.classification import classify
from ocr_assets.core.document_classes import UNKNOWN, read_classes
from ocr_assets.errors import UsageError

CLASSES = read_classes()


@pytest.mark.parametrize(
    ("text", "label"),
    [
        (
            "INVOICE\nInvoice number 17, bill to ACME. Subtotal 10, VAT 2, amount due 12. Payment terms 30 days.",
            "invoice",
        ),
        ("Rechnung\nRechnungsnummer 4711, Rechnungsdatum 1.2.2024. Nettobetrag 10 €, MwSt 1,90 €", "invoice"),
        (
            "Abstract. In this paper we propose a method. Experiments on a dataset [1]. Smith et al. showed",
            "scientific article",
        ),
        ("Dear Ms Doe,\nenclosed you find what you asked for.\nYours sincerely", "letter"),
        ("Kontoauszug Nr. 3, Buchungstag, Valuta, Kontostand", "statement"),
        ("The parties hereby enter into this agreement. Governing law: Delaware. Termination", "contract"),
    ],
)
def test_words_that_speak_for_a_class_decide(text: str, label: str) -> None:
    assert classify(text, CLASSES)[0] == label


@pytest.mark.parametrize("text", ["", "Lorem ipsum dolor sit amet", "A subtotal.", "thankyou invoices"])
def test_little_evidence_is_unknown(text: str) -> None:
    label, confidence = classify(text, CLASSES)
    assert label == UNKNOWN
    assert 0 <= confidence < 0.35


def test_more_evidence_is_more_confidence_and_contradiction_less() -> None:
    two, three = classify("invoice, vat", CLASSES)[1], classify("invoice, vat, bill to", CLASSES)[1]
    assert two < three < 1
    assert classify("invoice, vat, dear, sincerely", CLASSES)[1] < two


def test_classes_can_be_replaced(tmp_path: Path) -> None:
    listed = tmp_path / "classes.yaml"
    listed.write_text("recipe: [tablespoon, preheat the oven]\nother: [nothing]\n", "utf-8")
    assert classify("Preheat the\noven. One tablespoon.", read_classes(listed))[0] == "recipe"


@pytest.mark.parametrize("content", ["- a list", "recipe: words", "recipe: [1, 2]", "a: [b", ""])
def test_a_file_of_another_form_is_refused_by_name(tmp_path: Path, content: str) -> None:
    listed = tmp_path / "classes.yaml"
    listed.write_text(content, "utf-8")
    with pytest.raises(UsageError, match=r"classes\.yaml"):
        read_classes(listed)


def test_every_class_that_is_shipped_has_words_and_none_twice() -> None:
    assert all(len(known.words) == len(set(known.words)) >= 10 and known.description for known in CLASSES.values())
