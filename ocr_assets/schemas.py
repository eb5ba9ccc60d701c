"""The lake's tables: column names, types and what they mean, enforced on every write and shown in the Dagster UI.

Every table has a `document` column, the lower-case SHA-256 of the file's bytes. `ordinal` names the column that orders
a document's rows.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ocr_assets.column_types import polars_type

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, a type word that `column_types` knows, and a sentence for the UI."""

    name: str
    type: str
    description: str


@dataclass(frozen=True, slots=True)
class Table:
    """A Delta table of the lake. `ordinal` orders the rows of a document, None where there is one row a document."""

    name: str
    ordinal: str | None
    columns: tuple[Column, ...]

    def polars_schema(self) -> "dict[str, pl.DataType]":
        """Column name to Polars type, in order."""
        return {column.name: polars_type(column.type) for column in self.columns}


DOCUMENT = Column("document", "string", "SHA-256 of the file's bytes, the partition key")

ARRIVALS = Table(
    "arrivals",
    None,
    (
        Column("document", "string", "SHA-256 of the file's bytes, the partition key; empty where it was refused"),
        Column("source", "string", "URI at which the file was seen"),
        Column("bytes", "int", "size of the file there"),
        Column("version", "string", "changes when the file does: an S3 ETag, or size and modification time"),
        Column("seen_at", "timestamp", "when it was seen; of one source's rows the latest tells how it is now"),
        Column("state", "string", "here, refused (nothing was registered), or gone (the file was deleted)"),
        Column("reason", "string", "why it was refused; null elsewhere"),
        Column("supersedes", "string", "the document that the same source held before; null where it held none"),
    ),
)
TOMBSTONES = Table(
    "tombstones",
    None,
    (
        DOCUMENT,
        Column("forgotten_at", "timestamp", "when it was forgotten; null once it was taken back"),
        Column("last_event", "int", "Dagster event up to which its history no longer counts"),
        Column(
            "left_in",
            "list<string>",
            "vector stores that may still hold its passages, which maintenance asks again; the removal at work on it",
        ),
    ),
)
RAW_PDFS = Table(
    "raw_pdfs",
    None,
    (
        DOCUMENT,
        Column("media_type", "string", "application/pdf, image/png, image/jpeg or image/tiff"),
        Column("bytes", "int", "size of the file"),
        Column("pages", "int", "number of pages; frames for an image"),
        Column("pdf_version", "string", "such as 1.7; null for images"),
        Column("producer", "string", "the program that made the file, as the file says"),
        Column("title", "string", "title in the file's own metadata"),
        Column("encrypted", "bool", "whether the file is encrypted"),
        Column("form_fields", "int", "number of AcroForm fields"),
        Column("attachments", "list<string>", "names of the files attached to the PDF"),
        Column("sources", "list<string>", "where the file had been seen by then, sorted; arrivals has later ones"),
    ),
)
PAGE_IMAGES = Table(
    "page_images",
    "page",
    (
        DOCUMENT,
        Column("page", "int", "from 1"),
        Column("width", "int", "of the image in pixels"),
        Column("height", "int", "of the image in pixels"),
        Column("dpi", "float", "at which the page was rendered"),
        Column("rotation", "int", "the page's own rotation in degrees, already applied"),
        Column("turned", "int", "degrees clockwise by which a page that lay on its side or head was turned"),
        Column("skew", "float", "degrees clockwise by which a scan was levelled"),
        Column("kind", "string", "digital, scanned, mixed or blank"),
        Column("ink", "float", "share of dark pixels, 0..1"),
        Column("grey", "bool", "whether the page has no colour"),
        Column("image", "string", "blob of the page, upright and level, as PNG"),
        Column("failure", "string", "why the page could not be rendered; null when it could"),
    ),
)
OCR_TEXT = Table(
    "ocr_text",
    "page",
    (
        DOCUMENT,
        Column("page", "int", "from 1"),
        Column("text", "string", "the body in reading order, without headers and footers"),
        Column("reader", "string", "the readers whose reading this is, joined by +"),
        Column("language", "string", "of a page that was read from its image, ISO 639-1; null elsewhere or if unclear"),
        Column("confidence", "float", "mean over the words, weighted by length, 0..1"),
        Column("words", "list<word>", "words with box and confidence"),
        Column("blocks", "list<block>", "blocks in reading order, headers and footers included"),
        Column("form_fields", "list<form_field>", "the visible fields of a form with what is filled in"),
        Column("review", "string", "why a person should look at the page; empty where nothing speaks for it"),
        Column("seconds", "float", "processor seconds that the page took"),
        Column("cost", "float", "what the vision model or Upstage charged, at the configured prices"),
        Column("input_tokens", "int", "of all requests to the vision model about the page"),
        Column("output_tokens", "int", "of all its answers"),
        Column("attempts", "list<attempt>", "requests to the vision model: prompt, pixels, what was wrong, cost"),
        Column("unplaced", "int", "words of the text without a box: the model alone has read them"),
        Column("failure", "string", "why the page could not be read; null when it could"),
    ),
)
FIGURE_CAPTIONS = Table(
    "figure_captions",
    "figure",
    (
        DOCUMENT,
        Column("figure", "int", "from 1, in reading order over the document"),
        Column("page", "int", "from 1"),
        Column("kind", "string", "figure, table or equation"),
        Column("box", "box", "on the page"),
        Column("image", "string", "blob of the crop"),
        Column("caption", "string", "empty where nothing was found"),
        Column("caption_source", "string", "document (printed beside it), model, text_inside, or none"),
        Column("text", "string", "the text inside the box"),
        Column("shows", "string", "chart, photo, diagram, table, formula, logo…; null where no model said so"),
        Column("description", "string", "what the vision model says that it shows, in a paragraph; null without"),
        Column("data", "string", "the values of a chart or table as a Markdown table; null where there are none"),
        Column("described_by", "string", "the vision model; null where none was asked or none of its answers was good"),
        Column("cost", "float", "what the vision model charged, at the configured prices"),
        Column("input_tokens", "int", "of all requests to the vision model about the figure"),
        Column("output_tokens", "int", "of all its answers"),
        Column("attempts", "list<attempt>", "requests to the vision model: prompt, pixels, what was wrong, cost"),
    ),
)
DOCUMENTS = Table(
    "documents",
    None,
    (
        DOCUMENT,
        Column("title", "string", "of the document, from its metadata or its first heading"),
        Column("markdown", "string", "the assembled document"),
        Column("outline", "list<heading>", "headings with level and page"),
        Column("elements", "list<element>", "headings, paragraphs, lists, tables and figures with their regions"),
        Column(
            "running", "list<running>", "headers, footers and page numbers with their pages, left out of the Markdown"
        ),
        Column("pages", "int", "number of pages"),
        Column("failed_pages", "list<int>", "pages that could not be rendered or read"),
        Column("words", "int", "number of words read"),
        Column("figures", "int", "number of figures"),
        Column("tables", "int", "number of tables"),
        Column("confidence", "float", "mean over the pages, weighted by their words, 0..1"),
    ),
)
CHUNKS = Table(
    "chunks",
    "chunk",
    (
        DOCUMENT,
        Column("chunk", "int", "from 0, in the document's order"),
        Column("text", "string", "the passage"),
        Column("kind", "string", "text, table or figure"),
        Column("heading_path", "list<string>", "headings above it, highest first"),
        Column("page_start", "int", "first page"),
        Column("page_end", "int", "last page"),
        Column("regions", "list<region>", "where it stands"),
        Column("tokens", "int", "as the embedder counts them"),
        Column("content", "string", "first half of the SHA-256 of what is embedded: headings and text"),
    ),
)
ENRICHMENT = Table(
    "enrichment",
    "chunk",
    (
        DOCUMENT,
        Column("chunk", "int", "the chunk this row is about; -1 for the document as a whole"),
        Column("language", "string", "ISO 639-1; null where there is too little text"),
        Column("key_phrases", "list<string>", "most telling first"),
        Column("document_class", "string", "one of the configured classes or unknown; null on rows of chunks"),
        Column("class_confidence", "float", "0..1; null on rows of chunks"),
        Column("fields", "list<field>", "dates, amounts… as printed and as a normalised value"),
        Column(
            "entities",
            "list<entity>",
            "people, organisations, places, dates… with start and end in the chunk's text; of the document each once",
        ),
        Column("enriched_by", "string", "local or comprehend: what told language, key phrases and named entities"),
        Column("fallback", "string", "why the configured service did not tell them; null where it did, or none is"),
        Column("classified_by", "string", "words, or the model that told the class; null on rows of chunks"),
        Column("class_reason", "string", "why words decided where a model was to, or why it is unknown; else empty"),
        Column(
            "field_values", "list<field_value>", "the fields of its class: value, quotation, page, box, whether found"
        ),
        Column(
            "field_faults", "list<string>", "what of them the schema does not allow, lacks, or no quotation bears out"
        ),
        Column("broken_rules", "list<string>", "rules between the fields that do not hold, with the values"),
        Column("content", "string", "first half of the SHA-256 of the document's text; null on rows of chunks"),
        Column("model_answers", "list<answer>", "what models answered, by the key of the question: asked once"),
        Column("model_cost", "float", "what models charged for class and fields, at the configured prices"),
    ),
)
COMPREHEND = Table(
    "comprehend",
    None,
    (
        DOCUMENT,
        Column("content", "string", "first half of the SHA-256 of the text, by which the same text is found again"),
        Column("operation", "string", "language, entities or key_phrases"),
        Column("language", "string", "that the text was said to be in; empty for the operation language"),
        Column("answer", "string", "what AWS Comprehend said of the text, as JSON"),
        Column("units", "int", "of 100 characters that it was charged for"),
        Column("cost", "float", "of these units, at the price configured then"),
    ),
)
EMBEDDINGS = Table(
    "embeddings",
    "chunk",
    (
        DOCUMENT,
        Column("chunk", "int", "the chunk that was embedded"),
        Column("model", "string", "the embedding model"),
        Column("dimension", "int", "of the vector"),
        Column("vector", "vector", "unit length"),
        Column("content", "string", "first half of the SHA-256 of the text, by which the same text is found again"),
    ),
)

STAGE_TABLES: Final = (
    RAW_PDFS,
    PAGE_IMAGES,
    OCR_TEXT,
    FIGURE_CAPTIONS,
    DOCUMENTS,
    CHUNKS,
    ENRICHMENT,
    EMBEDDINGS,
)
TABLES: Final = {table.name: table for table in (ARRIVALS, TOMBSTONES, COMPREHEND, *STAGE_TABLES)}
