"""A document's class and the values of that class's fields: by words and forms, or by models where configured."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Final

from ocr_assets.core.class_questions import class_labels, class_messages, class_of_json, class_of_label, class_schema
from ocr_assets.core.classification import classify
from ocr_assets.core.document_classes import UNKNOWN, Classes, DocumentClass
from ocr_assets.core.field_questions import (
    Claim,
    answer_schema,
    claims_of,
    document_parts,
    field_messages,
    halves,
    joined,
)
from ocr_assets.core.field_rules import broken_rules
from ocr_assets.core.field_values import by_name, untrusted
from ocr_assets.core.languages import language_of
from ocr_assets.core.passages import content_of
from ocr_assets.core.schema_faults import schema_faults
from ocr_assets.errors import DocumentFault, UsageError
from ocr_assets.findings import Findings
from ocr_assets.placed_fields import DocumentPages, documents_with_forms
from ocr_assets.schemas import DOCUMENTS, ENRICHMENT
from ocr_assets.settings import Settings
from ocr_assets.settlement import Batch
from resources.checkpoints import Checkpoints
from resources.faults import fault_of
from resources.lake import Lake
from resources.text_model import CUT, TextAsker, TextModel
from resources.vision.answers import Answer, PaidAnswers
from resources.vision.threads import with_asked

SETTINGS: Final = (
    "document_classes",
    "classifier_model",
    "classifier_profile",
    "classifier_characters",
    "classifier_confidence",
    "extractor_model",
    "extractor_profile",
    "extractor_tokens",
)
"""Those that class and fields depend on."""
HALVINGS: Final = 4
"""Of a part, at most: a list's answer has about ten times its tokens, and that of a model in a loop has no end."""


class ClassAndFields:
    """Tells class and fields of a batch's documents; several at a time where a model is asked.

    `pages` are the numbers of their pages, `with_forms` those that have a form or values that a service has read.
    """

    def __init__(
        self,
        lake: Lake,
        classes: Classes,
        settings: Settings,
        pages: Mapping[str, int],
        with_forms: Collection[str],
        classifier: TextAsker | None,
        extractor: TextAsker | None,
        threads: int,
    ) -> None:
        self.lake, self.classes, self.settings, self.pages = lake, classes, settings, pages
        self.with_forms = with_forms
        self.classifier, self.extractor, self.threads = classifier, extractor, threads

    def of(self, texts: Mapping[str, str], failed: Callable[[str, DocumentFault], None]) -> dict[str, Findings]:
        """The findings on each document, given with its text; of others it is told why there are none.

        Raises UsageError.
        """
        asks = self.classifier is not None or self.extractor is not None
        findings = dict[str, Findings]()
        for document, found in with_asked(iter(texts.items()), lambda _: asks, self._of, self._of, self.threads):
            if isinstance(found, Findings):
                findings[document] = found
            else:
                failed(document, found)
        return findings

    def _of(self, item: tuple[str, str]) -> tuple[str, Findings | DocumentFault]:
        document, text = item
        try:
            findings = self._classified(document, text)
            findings.content = content_of(text)
            known = self.classes.get(findings.document_class)
            if known is not None and known.fields is not None:
                self._fill(document, known, text, findings)
        except UsageError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it must cost this document alone
            return document, fault_of(error)
        return document, findings

    def _classified(self, document: str, text: str) -> Findings:
        label, confidence = classify(text, self.classes)
        if self.classifier is None or not text.strip():
            return Findings(label, confidence)
        asker, labels = self.classifier, class_labels(self.classes)
        as_label = asker.profile.form == "choice"

        def parse(answer: Answer) -> tuple[str, float]:
            if as_label:
                return class_of_label(answer.text, answer.likelihood, labels)
            return class_of_json(answer.text, labels)

        characters = self.settings.classifier_characters
        messages = class_messages(self.classes, text, self.pages.get(document, 0), characters, as_label)
        options = asker.profile.options("document_class", class_schema(labels), labels)
        told = asker.ask(document, 0, messages, options, asker.profile.short, parse)
        findings = Findings(label, confidence)
        findings.asked(told)
        if told.value is None:
            findings.reason = f"{asker.model} gave no usable answer: {told.why}"
            return findings
        findings.by = asker.model
        findings.document_class, findings.confidence = told.value
        if findings.confidence < self.settings.classifier_confidence and findings.document_class != UNKNOWN:
            least = f"{self.settings.classifier_confidence:g}"
            findings.reason = f"{findings.document_class} with {findings.confidence:.2f}, less than {least}"
            findings.document_class = UNKNOWN
        return findings

    def _fill(self, document: str, known: DocumentClass, text: str, findings: Findings) -> None:
        """Fill the fields of its class, and hold them against the schema and the rules."""
        assert known.fields is not None
        pages = DocumentPages(self.lake, document, language_of(text))
        claims = self._claims(document, known, pages, findings) if self.extractor is not None else ()
        values = pages.placed(claims, findings.faults)
        filled = {value.name.partition(".")[0] for value in values}
        stated = pages.of_forms(known.fields) if document in self.with_forms else ()
        forms = [value for value in stated if value.name.partition(".")[0] not in filled]
        findings.values = (*values, *forms)
        if self.extractor is None and not forms:
            return  # nothing was to fill them: that is no fault of the document
        told = by_name(findings.values)
        findings.faults += [*schema_faults(known.fields, told), *untrusted(findings.values)]
        findings.broken = broken_rules(known.rules, told)

    def _claims(
        self, document: str, known: DocumentClass, pages: DocumentPages, findings: Findings
    ) -> tuple[Claim, ...]:
        asker, node = self.extractor, known.fields
        assert asker is not None
        assert node is not None
        schema = answer_schema(node)
        options = asker.profile.options("fields", schema, None)
        shown = schema if asker.profile.form == "json" else None
        parts = document_parts(pages.texts, self.settings.extractor_tokens)

        def parse(answer: Answer) -> tuple[Claim, ...]:
            return claims_of(answer.text, node)

        def of_part(part: str, number: str) -> Iterator[tuple[Claim, ...]]:
            messages = field_messages(known.label, part, number, len(parts), shown)
            smaller = halves(part) if number.count(".") < HALVINGS else []
            first = int(number.partition(".")[0])
            told = asker.ask(document, first, messages, options, asker.profile.long, parse, is_cut_final=bool(smaller))
            findings.asked(told)
            if told.value is not None:
                yield told.value
            elif told.why == CUT:  # a long list, of which the answer has more tokens than the part
                for place, half in enumerate(smaller, 1):
                    yield from of_part(half, f"{number}.{place}")
            else:
                why = f"{asker.model} gave no usable answer to part {number} of {len(parts)}: {told.why}"
                findings.faults.append(why)

        found = [claims for number, part in enumerate(parts, 1) for claims in of_part(part, str(number))]
        claims, disagreeing = joined(found)
        findings.faults += disagreeing
        return claims


@contextmanager
def telling(
    batch: Batch,
    lake: Lake,
    checkpoints: Checkpoints,
    settings: Settings,
    classes: Classes,
    classifier: TextModel,
    extractor: TextModel,
    texts: Iterable[str],
) -> Iterator[ClassAndFields]:
    """What tells class and fields of this batch's documents. Once they are settled, what was kept for them goes."""
    read = lake.read(DOCUMENTS, batch.documents, ["document", "pages"])
    pages = {document: pages or 0 for document, pages in read.iter_rows()}
    has_fields = any(known.fields for known in classes.values())
    asks_fields = extractor.is_there and has_fields
    forms = documents_with_forms(lake, batch.documents) if has_fields else set[str]()
    models = [model for model, is_asked in ((classifier, classifier.is_there), (extractor, asks_fields)) if is_asked]
    # Nothing is asked about an empty text, which very many documents may have.
    earlier = earlier_answers(lake, {content_of(text) for text in texts if text.strip()}) if models else {}
    paid = PaidAnswers(checkpoints, batch.stage)
    with ExitStack() as stack:
        open_ = partial(_asking, stack, batch, paid, earlier)
        asker = open_(classifier) if classifier in models else None
        filler = open_(extractor) if extractor in models else None
        threads = sum(model.threads for model in models) or 1
        try:
            yield ClassAndFields(lake, classes, settings, pages, forms, asker, filler, threads)
        finally:
            for document in batch.settled if models else ():
                paid.clear(document)


def _asking(
    stack: ExitStack, batch: Batch, paid: PaidAnswers, earlier: dict[str, Answer], model: TextModel
) -> TextAsker:
    return stack.enter_context(model.asking(batch.run_id, batch.stage, paid, earlier))


def earlier_answers(lake: Lake, contents: Collection[str]) -> dict[str, Answer]:
    """What models answered about these texts in runs before, in whatever document, by the key of the question."""
    import polars as pl

    wanted = pl.col("content").is_in(list(contents))
    # Which documents have them, and only then their answers: else those of all documents are decoded.
    held = set(lake.find(ENRICHMENT, wanted, ["document"])["document"])
    found = lake.find(ENRICHMENT, wanted, ["model_answers"], held)
    rows = found["model_answers"].drop_nulls().explode().drop_nulls()
    names = ("input_tokens", "output_tokens", "cost", "likelihood")
    told = {row["key"]: {"text": row["text"]} | {name: row[name] for name in names} for row in rows}
    return {key: Answer(finish="stop", refusal=None, seconds=0.0, **row) for key, row in told.items()}
