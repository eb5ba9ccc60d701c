"""What Upstage would refuse, and why, as far as its published pages say (console.upstage.ai/api)."""

import ast
import re
from email import message_from_bytes
from typing import Any

FORMATS = {"text", "html", "markdown"}
FIELDS = {"document", "model", "mode", "ocr", "output_formats", "coordinates", "base64_encoding", "chart_recognition"}


def form_of(headers: Any, body: bytes) -> dict[str, tuple[str | None, bytes]] | None:
    """Fields of a multipart form with their file names; None where it is none."""
    kind = headers.get("Content-Type", "")
    if not kind.startswith("multipart/form-data"):
        return None
    message = message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    fields = {}
    for part in message.get_payload():
        name = part.get_param("name", header="content-disposition")  # type: ignore[union-attr]
        fields[str(name)] = (part.get_filename(), part.get_payload(decode=True))  # type: ignore[union-attr]
    return fields  # type: ignore[return-value]


def refusal(fields: dict[str, tuple[str | None, bytes]] | None, models: str) -> tuple[int, str] | None:
    """Why the vendor would refuse this form, as status and message."""
    if fields is None or "document" not in fields:
        return 400, "no document in the request"
    if unknown := fields.keys() - FIELDS:
        return 400, f"unknown fields: {sorted(unknown)}"
    name, content = fields["document"]
    model = fields.get("model", (None, b""))[1].decode()
    if not re.fullmatch(models, model):
        return 400, f"invalid model name {model!r}"
    if not name or "/" in name or len(name) > 900:
        return 400, "the document has no valid name"
    if len(content) > 50 << 20:
        return 413, "uploaded document is too large. max allowed size is 50MB"
    if not (name.endswith(".pdf") and content.startswith(b"%PDF-")):
        return 415, "unsupported document format"
    if fields.get("ocr", (None, b"auto"))[1] not in (b"auto", b"force"):
        return 400, "ocr is auto or force"
    formats = ast.literal_eval(fields.get("output_formats", (None, b"['html']"))[1].decode())
    if not set(formats) <= FORMATS:
        return 400, f"no such format among {formats}"
    return None


def chat_refusal(body: Any) -> tuple[int, str] | None:
    """Why the vendor would refuse this request for extraction."""
    if not isinstance(body, dict) or not {"model", "messages", "response_format"} <= body.keys():
        return 400, "model, messages and response_format are required"
    if not re.fullmatch("information-extract(-[a-z0-9]+)?", body["model"]):
        return 400, f"invalid model name {body['model']!r}"
    if [message.get("role") for message in body["messages"]] != ["user"]:
        return 400, "exactly one user message"
    schema = body["response_format"].get("json_schema", {}).get("schema", {})
    if body["response_format"].get("type") != "json_schema" or schema.get("type") != "object":
        return 400, "response_format must be a JSON schema of an object"
    if not body["messages"][0]["content"][0]["image_url"]["url"].startswith("data:application/pdf;base64,"):
        return 415, "unsupported document format"
    return None
