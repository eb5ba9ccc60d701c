"""Settings: read once from the environment (`OCR_ASSETS_…`, or a `.env` file beside you), then passed on as values.

Secrets are not here: resources read those from the environment themselves, when they are used.
"""

from functools import cached_property
from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from ocr_assets.core.request_fields import fields_of


class Settings(BaseSettings):
    """Everything an operator can set. `.env.example` lists the same names with their defaults."""

    model_config = SettingsConfigDict(env_prefix="OCR_ASSETS_", env_file=".env", extra="ignore", frozen=True)

    home: str = Field("data", description="root of all state: a folder")
    store: str | None = Field(None, description="root of lake, blobs and vectors if not `home`: a folder or s3://…")
    sources: str = Field(
        "", description="places to watch for documents, comma-separated: s3://bucket/prefix or a folder"
    )
    quarantine: str | None = Field(
        None, description="copies of what could not be processed, if not quarantine/ under the root: a folder or s3://…"
    )
    collections: str | None = Field(
        None, description="YAML file with further collections of documents and what each sets otherwise"
    )

    forget_deleted: bool = Field(False, description="forget a document when its files are deleted from their sources")
    forget_superseded: bool = Field(False, description="forget a document when its file was rewritten as another one")
    forget_grace_hours: float = Field(24, ge=0, description="hours before either is done")
    forget_at_most: int = Field(20, ge=1, description="files that may vanish from a source at once, and be forgotten")

    workers: int = Field(0, ge=0, description="page processes; 0 is one a processor")
    page_seconds: float = Field(120, gt=0, description="a page that takes longer is stopped")
    page_memory_mb: int = Field(2048, ge=256, description="a page that needs more memory is stopped")
    failed_pages: float = Field(0.1, ge=0, le=1, description="share of a document's pages that may fail")

    attempts: int = Field(3, ge=1, description="failures of its own in a stage after which a document is given up")
    retry_seconds: float = Field(
        60, ge=0, description="pause before a document or a service is tried again; doubled each time, up to an hour"
    )
    free_mb: int = Field(200, ge=0, description="with fewer MB left on a local disk no work is begun; 0: no such limit")
    upgrade: bool = Field(False, description="whether the sensor runs anew what other code or settings made")

    overdue_hours: float = Field(24, gt=0, description="a document that is unfinished for longer is told of")
    fresh_hours: float = Field(
        168, ge=0, description="without a new result for longer, documents and vectors are not fresh; 0: no such limit"
    )
    alert_email: str = Field("", description="addresses that alerts go to, comma-separated; empty: no email")
    alert_email_from: str = Field("ocr-assets@localhost", description="sender of alerts")
    alert_smtp_host: str = Field("localhost", description="mail server for alerts")
    alert_smtp_port: int = Field(25, gt=0, description="its port")
    alert_smtp_tls: str = Field("none", pattern="^(none|starttls|tls)$", description="none, starttls or tls")
    alert_smtp_user: str = Field("", description="login at the mail server; empty: none")

    max_bytes: int = Field(1 << 30, gt=0, description="larger files are refused")
    max_pages: int = Field(10_000, gt=0, description="documents with more pages are refused")
    dpi: float = Field(200, ge=50, le=600, description="resolution at which pages are rendered")
    max_pixels: int = Field(24_000_000, gt=10_000, description="larger pages are rendered at fewer dpi")

    min_text_coverage: float = Field(0.5, ge=0, le=1, description="ink that a sound text layer covers")
    review_confidence: float = Field(0.7, ge=0, le=1, description="a page read with less is marked for review")
    languages: str = Field("", description="Tesseract's models to choose from, joined by +; empty: all installed")
    tessdata: str | None = Field(None, description="folder with further models for Tesseract")

    reader: str = Field(
        "local",
        pattern="^(local|ppocr|vision|upstage)$",
        description="which pages the vision model reads: local, those the local readers are unsure of; ppocr, the same,"
        " and scans are read by PP-OCR alone, in page batches; vision, all; upstage: Upstage reads all, the model none",
    )
    ppocr_device: str = Field(
        "auto", pattern="^(auto|cuda|cpu)$", description="where page batches are read: cuda, cpu; auto: cuda if it can"
    )
    ppocr_pages: int = Field(32, ge=1, description="pages of any documents that PP-OCR reads together")
    ppocr_processes: int = Field(1, ge=1, description="processes that read page batches, on one GPU")
    vision_model: str = Field("", description="vision model at the endpoint; empty: none")
    vision_url: str | None = Field(
        None, description="base URLs of the vision model's endpoints, comma-separated; null is OpenAI's"
    )
    vision_profile: str = Field(
        "generic",
        pattern="^(generic|openai|databricks_claude|deepseek_ocr)$",
        description="how the model is asked: generic, openai, databricks_claude or deepseek_ocr",
    )
    vision_captions: bool = Field(True, description="whether the vision model describes figures")
    vision_pixels: int = Field(0, ge=0, description="pixels of a picture that the model is sent; 0: by its profile")
    vision_concurrency: int = Field(8, ge=1, description="requests at a time to each of its endpoints, at most")
    vision_seconds: float = Field(180, gt=0, description="a request to it that takes longer is given up")
    vision_mode: str = Field(
        "now", pattern="^(now|batch)$", description="now, or batch: by OpenAI's Batch API, cheaper, within a day"
    )
    vision_launch: bool = Field(False, description="start a vLLM server for the model where none runs at its URL")
    vision_launch_options: str = Field("", description="further options of its command line")
    vision_launch_seconds: float = Field(900, gt=0, description="what it may take to load the model")
    vision_input_price: float = Field(0, ge=0, description="price of a million input tokens, in any currency")
    vision_output_price: float = Field(0, ge=0, description="price of a million output tokens")
    vision_batch_share: float = Field(0.5, ge=0, description="share of these prices that a batch costs")
    vision_run_budget: float = Field(0, ge=0, description="what a run may spend on the model; 0: no limit")
    vision_day_budget: float = Field(0, ge=0, description="what all runs of a day (UTC) may spend on it; 0: no limit")

    upstage_url: str = Field("https://api.upstage.ai/v1", description="base URL of Upstage, with its version")
    upstage_model: str = Field("document-parse", description="its model for what pages say")
    upstage_extraction: str = Field(
        "", pattern="^(|receipt|invoice)$", description="receipt or invoice: have it extract their values too"
    )
    upstage_extraction_path: str = Field("/information-extraction", description="path of extraction below the base URL")
    upstage_extraction_model: str = Field("information-extract", description="its model for extraction")
    upstage_concurrency: int = Field(2, ge=1, description="documents that it is sent at a time, at most")
    upstage_page_price: float = Field(0, ge=0, description="price of a page of Upstage, in any currency")
    upstage_run_budget: float = Field(0, ge=0, description="what a run may spend on Upstage; 0: no limit")
    upstage_day_budget: float = Field(0, ge=0, description="what all runs of a day (UTC) may spend on it; 0: no limit")

    chunk_tokens: int = Field(256, ge=16, description="largest chunk, in tokens of the embedder")
    chunk_overlap: int = Field(0, ge=0, description="tokens that a chunk repeats of the one before")
    document_classes: str | None = Field(
        None, description="YAML file with classes of documents, or banking; empty: the default ones"
    )
    question_terms: str = Field(
        "accounting",
        description="what documents say for what questions ask: accounting, YAML files, comma-separated; empty: none",
    )
    classifier_model: str = Field("", description="chat model that tells the class of a document; empty: words do")
    classifier_url: str | None = Field(
        None, description="base URLs of its endpoints, comma-separated; null is OpenAI's"
    )
    classifier_profile: str = Field(
        "json_schema",
        pattern="^(json_schema|openai|json|vllm_choice)$",
        description="how it is asked: json_schema, openai, json or vllm_choice",
    )
    classifier_key: str = Field("OPENAI_API_KEY", description="the variable or secret that has its key")
    classifier_characters: int = Field(
        6000, ge=200, description="characters from a document's beginning that it is sent"
    )
    classifier_confidence: float = Field(0.5, ge=0, le=1, description="with less from it the class is unknown")
    classifier_input_price: float = Field(0, ge=0, description="price of a million input tokens, in any currency")
    classifier_output_price: float = Field(0, ge=0, description="price of a million output tokens")
    extractor_model: str = Field("", description="chat model that fills the fields of a class; empty: forms do")
    extractor_url: str | None = Field(None, description="base URLs of its endpoints, comma-separated; null is OpenAI's")
    extractor_profile: str = Field(
        "json_schema", pattern="^(json_schema|openai|json)$", description="how it is asked: json_schema, openai or json"
    )
    extractor_key: str = Field("OPENAI_API_KEY", description="the variable or secret that has its key")
    extractor_tokens: int = Field(
        12_000, ge=200, description="tokens of a document that it is sent at a time, estimated"
    )
    extractor_input_price: float = Field(0, ge=0, description="price of a million input tokens, in any currency")
    extractor_output_price: float = Field(0, ge=0, description="price of a million output tokens")
    text_concurrency: int = Field(4, ge=1, description="requests at a time to each endpoint of either, at most")
    text_seconds: float = Field(120, gt=0, description="a request to either that takes longer is given up")
    text_run_budget: float = Field(0, ge=0, description="what a run may spend on both; 0: no limit")
    text_day_budget: float = Field(0, ge=0, description="what all runs of a day (UTC) may spend on both; 0: no limit")

    enricher: str = Field(
        "local",
        pattern="^(local|comprehend)$",
        description="what tells languages, key phrases and named entities: local, or comprehend, AWS Comprehend",
    )
    comprehend_region: str | None = Field(None, description="its region; null is that of AWS_REGION")
    comprehend_url: str | None = Field(None, description="its URL; null is Amazon's of that region")
    comprehend_price: float = Field(0, ge=0, description="price of a unit of 100 characters there, in any currency")
    comprehend_run_budget: float = Field(0, ge=0, description="what a run may spend on it; 0: no limit")
    comprehend_day_budget: float = Field(
        0, ge=0, description="what all runs of a day (UTC) may spend on it; 0: no limit"
    )
    comprehend_concurrency: int = Field(4, ge=1, description="requests at a time to it, at most")

    retention_hours: int = Field(24, ge=1, description="maintenance removes what nothing needs once it is this old")

    vector_store: str = Field(
        "lancedb", pattern="^(lancedb|pinecone)$", description="lancedb under the root, or pinecone"
    )
    pinecone_index: str = Field(
        "ocr-assets", pattern="^[a-z0-9][a-z0-9-]{0,38}$", description="its index there, with -<dimension> at the end"
    )
    pinecone_namespace: str = Field(
        "documents", pattern="^[a-z0-9][a-z0-9-]*$", description="begins the names of its namespaces there"
    )
    pinecone_cloud: str = Field("aws", description="where that index is made if there is none: aws, gcp or azure")
    pinecone_region: str = Field("us-east-1", description="and in which region")

    answer_model: str = Field("", description="chat model that answers from passages; empty: none")
    answer_url: str | None = Field(None, description="base URL of its endpoint; null is OpenAI's")

    embedder: str = Field("local", pattern="^(local|openai)$", description="local, or any OpenAI-compatible endpoint")
    embedder_url: str | None = Field(None, description="base URL of the endpoint; null is OpenAI's")
    embedder_model: str = Field("text-embedding-3-small", description="model at the endpoint")
    embedder_dimension: int = Field(1536, gt=0, description="dimension of that model's vectors")
    embedder_key: str = Field("OPENAI_API_KEY", description="the variable or secret that has the endpoint's key")
    embedder_shortens: bool = Field(False, description="whether to ask the model for that dimension; some can shorten")
    embedder_inputs: int = Field(2048, ge=1, description="texts a request to the endpoint; smaller servers take fewer")
    embedder_tokens: int = Field(300_000, ge=1, description="tokens a request to it")
    embedder_tokenizer: str = Field(
        "", description="the model's tokenizer.json, which counts the tokens of chunks; empty: they are estimated"
    )
    embedder_text_tokens: int = Field(
        8192,
        ge=16,
        description="tokens that the model takes of a text, its prefix included; a longer one loses its end",
    )
    embedder_passage_prefix: str = Field(
        "", description='what the model wants before a passage, in quotes: "passage: "; a change makes it another model'
    )
    embedder_query_prefix: str = Field("", description='what it wants before a question, in quotes: "query: "')
    embedder_passage_fields: str = Field(
        "", description="further fields of requests for passages: input_type=passage; a change makes it another model"
    )
    embedder_query_fields: str = Field("", description="further fields of requests for questions: input_type=query")
    embedder_price: float = Field(0, ge=0, description="of a million tokens there, for the cost in metadata")

    @field_validator("embedder_passage_fields", "embedder_query_fields")
    @classmethod
    def _are_fields(cls, told: str) -> str:
        fields_of(told)
        return told

    @cached_property
    def root(self) -> str:
        """Where lake, blobs, checkpoints and vectors lie: absolute, or an s3:// URI."""
        return _absolute(self.store or self.home)

    @cached_property
    def quarantine_root(self) -> str:
        """Where what could not be processed is copied: absolute, or an s3:// URI."""
        return _absolute(self.quarantine) if self.quarantine else f"{self.root}/quarantine"


def _absolute(place: str) -> str:
    return place.rstrip("/") if "://" in place else str(Path(place).absolute())
