"""The resources that the settings ask for. Apart from the definitions: a command can open the lake without those."""

from pathlib import Path
from typing import Any

from ocr_assets.settings import Settings
from resources.answer_model import AnswerModel
from resources.blobs import Blobs
from resources.checkpoints import Checkpoints
from resources.comprehend import Comprehend
from resources.embedder import Embedder
from resources.lake import Lake
from resources.lance_vectors import LanceVectors
from resources.local_embedder import LocalEmbedder
from resources.mail import Mail
from resources.openai_embedder import OpenAIEmbedder
from resources.passwords import Passwords
from resources.pinecone_vectors import PineconeVectors
from resources.ppocr_reader import PpOcrReader
from resources.quarantine import Quarantine
from resources.sources import Sources
from resources.text_model import TextModel
from resources.upstage.service import Upstage
from resources.vector_store import VectorStore
from resources.vision.model import VisionModel
from resources.webhook import Webhook
from resources.workers import PageWorkers


def default_resources(settings: Settings) -> dict[str, Any]:
    """The embedded parts: Delta, blobs and LanceDB under one root, page processes, the chosen embedder."""
    root = settings.root
    embedder = build_embedder(settings)
    return {
        "settings": settings,
        "lake": Lake(root=f"{root}/lake"),
        "blobs": Blobs(root=f"{root}/blobs"),
        "checkpoints": Checkpoints(root=f"{root}/checkpoints"),
        "sources": Sources(),
        "quarantine": Quarantine(root=settings.quarantine_root),
        "passwords": Passwords(),
        "workers": PageWorkers(
            processes=settings.workers,
            page_seconds=settings.page_seconds,
            memory_mb=settings.page_memory_mb,
        ),
        "mail": Mail(
            to=settings.alert_email,
            sender=settings.alert_email_from,
            host=settings.alert_smtp_host,
            port=settings.alert_smtp_port,
            tls=settings.alert_smtp_tls,
            user=settings.alert_smtp_user,
        ),
        "webhook": Webhook(),
        "ppocr": PpOcrReader(
            device=settings.ppocr_device,
            pages=settings.ppocr_pages,
            processes=settings.ppocr_processes,
            page_seconds=settings.page_seconds,
        ),
        "vision": build_vision(settings),
        "upstage": Upstage(
            base_url=settings.upstage_url,
            parse_model=settings.upstage_model,
            extraction=settings.upstage_extraction,
            extraction_path=settings.upstage_extraction_path,
            extraction_model=settings.upstage_extraction_model,
            concurrency=settings.upstage_concurrency,
            price=settings.upstage_page_price,
            run_budget=settings.upstage_run_budget,
            day_budget=settings.upstage_day_budget,
            home=str(Path(settings.home).absolute()),
        ),
        "classifier": build_text_model(settings, "classifier"),
        "extractor": build_text_model(settings, "extractor"),
        "comprehend": Comprehend(
            region=settings.comprehend_region,
            url=settings.comprehend_url,
            price=settings.comprehend_price,
            concurrency=settings.comprehend_concurrency,
            home=str(Path(settings.home).absolute()),
            run_budget=settings.comprehend_run_budget,
            day_budget=settings.comprehend_day_budget,
        ),
        "answer_model": AnswerModel(model=settings.answer_model, base_url=settings.answer_url),
        "embedder": embedder,
        "vector_store": build_vector_store(settings, embedder),
    }


def build_vector_store(settings: Settings, embedder: Embedder) -> VectorStore:
    """The vector store that the settings name, for the embedder's vectors."""
    model, dimension = embedder.recorded_model, embedder.dimension
    if settings.vector_store == "lancedb":
        return LanceVectors(uri=f"{settings.root}/vectors", model=model, dimension=dimension)
    return PineconeVectors(
        index=settings.pinecone_index,
        collection=settings.pinecone_namespace,
        cloud=settings.pinecone_cloud,
        region=settings.pinecone_region,
        model=model,
        dimension=dimension,
    )


def build_vision(settings: Settings) -> VisionModel:
    """The vision model that the settings name, which may be none."""
    return VisionModel(
        model=settings.vision_model,
        urls=settings.vision_url or "",
        profile=settings.vision_profile,
        home=str(Path(settings.home).absolute()),
        concurrency=settings.vision_concurrency,
        seconds=settings.vision_seconds,
        pixels=settings.vision_pixels,
        input_price=settings.vision_input_price,
        output_price=settings.vision_output_price,
        mode=settings.vision_mode,
        batch_share=settings.vision_batch_share,
        launch=settings.vision_launch,
        launch_options=settings.vision_launch_options,
        launch_seconds=settings.vision_launch_seconds,
        run_budget=settings.vision_run_budget,
        day_budget=settings.vision_day_budget,
    )


def build_text_model(settings: Settings, role: str) -> TextModel:
    """The model that the settings name for this role, classifier or extractor, which may be none."""
    names = ("model", "profile", "input_price", "output_price")
    own = {name: getattr(settings, f"{role}_{name}") for name in names}
    return TextModel(
        role=role,
        urls=getattr(settings, f"{role}_url") or "",
        key_variable=getattr(settings, f"{role}_key"),
        home=str(Path(settings.home).absolute()),
        concurrency=settings.text_concurrency,
        seconds=settings.text_seconds,
        run_budget=settings.text_run_budget,
        day_budget=settings.text_day_budget,
        **own,
    )


def build_embedder(settings: Settings) -> Embedder:
    """The embedder that the settings name."""
    if settings.embedder == "local":
        return LocalEmbedder()
    return OpenAIEmbedder(
        base_url=settings.embedder_url,
        model=settings.embedder_model,
        dimension=settings.embedder_dimension,
        api_key_variable=settings.embedder_key,
        send_dimension=settings.embedder_shortens,
        max_inputs=settings.embedder_inputs,
        max_tokens=settings.embedder_tokens,
        tokenizer=settings.embedder_tokenizer,
        text_tokens=settings.embedder_text_tokens,
        passage_prefix=settings.embedder_passage_prefix,
        query_prefix=settings.embedder_query_prefix,
        passage_fields=settings.embedder_passage_fields,
        query_fields=settings.embedder_query_fields,
        price=settings.embedder_price,
    )
