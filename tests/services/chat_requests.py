"""What OpenAI's chat API would refuse, and why (platform.openai.com/docs/api-reference/chat)."""

import base64
import io
import json
import re
from typing import Any, Final

from PIL import Image

SIDE: Final = 4_096
"""Pixels of a picture's longer side that are taken."""
KNOWN: Final = {
    "model", "messages", "max_tokens", "max_completion_tokens", "temperature", "response_format", "n", "stop", "seed",
    "top_p", "user", "skip_special_tokens", "vllm_xargs",
}  # fmt: skip


def parts(body: dict[str, Any]) -> tuple[str, Image.Image]:
    """Prompt and picture of an accepted request."""
    content = body["messages"][-1]["content"]
    url = next(part["image_url"]["url"] for part in content if part["type"] == "image_url")
    prompt = "\n".join(part["text"] for part in content if part["type"] == "text")
    return prompt, Image.open(io.BytesIO(base64.b64decode(url.split(",", 1)[1])))


def refusal(body: Any, model: str) -> tuple[int, str] | None:
    """Why the vendor would refuse this body, as status and message."""
    if not isinstance(body, dict) or not {"messages", "model"} <= body.keys():
        return 400, "messages and model are required"
    if unknown := body.keys() - KNOWN:
        return 400, f"unrecognized arguments: {sorted(unknown)}"
    if body["model"] != model:
        return 404, f"the model {body['model']} does not exist"
    if "max_tokens" in body and "max_completion_tokens" in body:
        return 400, "max_tokens and max_completion_tokens exclude each other"
    if not 0 <= body.get("temperature", 0) <= 2:
        return 400, "temperature is 0 to 2"
    if body.get("response_format", {"type": "text"}).get("type") not in ("text", "json_object", "json_schema"):
        return 400, "no such response_format"
    messages = body["messages"]
    if not isinstance(messages, list) or not messages or messages[-1].get("role") != "user":
        return 400, "the last message must be the user's"
    content = messages[-1]["content"]
    if body.get("response_format", {}).get("type") == "json_object" and "JSON" not in json.dumps(content):
        return 400, "'messages' must contain the word 'json' in some form"
    for part in content:
        if part.get("type") not in ("text", "image_url"):
            return 400, f"invalid content part {part.get('type')}"
        if part["type"] == "image_url":
            found = re.fullmatch(r"data:image/(png|jpeg|webp|gif);base64,([A-Za-z0-9+/=]+)", part["image_url"]["url"])
            if not found:
                return 400, "Invalid image data"
            with Image.open(io.BytesIO(base64.b64decode(found[2]))) as picture:
                if picture.format != found[1].upper():
                    return 400, f"the image is {picture.format}"
                if max(picture.size) > SIDE:
                    return 400, "the image is too large"
    return None
