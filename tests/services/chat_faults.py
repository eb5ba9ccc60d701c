"""What goes wrong with a chat endpoint, by name: errors and bad answers.

Beside them there are stall, cut_stream, garbage and no_choices, the faults of a connection.
"""

import re
from collections.abc import Callable
from typing import Final

STATUS: Final = {
    "rate_limit": 429,
    "retry_after": 429,
    "server_error": 500,
    "overloaded": 503,
    "gateway_timeout": 504,
    "unpaid": 402,
    "forbidden": 403,
    "no_method": 405,
    "rejected": 400,
    "unsafe": 400,
    "odd_image": 400,
    "no_vision": 400,
}
"""Faults that are answered with an error."""
TOLD: Final = {
    "no_vision": "This model does not support image input",
    "unsafe": "Your input image may contain content that is not allowed by our safety system.",
    "odd_image": "You uploaded an unsupported image. Please make sure your image is valid.",
}
ANSWERS: Final[dict[str, Callable[[str], tuple[str, str]]]] = {
    "empty": lambda _: ("", "stop"),
    "cut": lambda text: (text[: len(text) // 2], "length"),
    "loop": lambda text: (text + "\n\nand the same line comes again and again here" * 80, "length"),
    "quiet_loop": lambda text: (text + "\n\nand the same line comes again and again here" * 80, "stop"),
    "invented": lambda _: ("The quarterly report shows steady growth in every region of the company. " * 4, "stop"),
    "half_character": lambda text: (text + " \ud83d", "stop"),
    "refused": lambda _: ("I'm sorry, I can't assist with that.", "stop"),
    "filtered": lambda _: ("", "content_filter"),
    "truncated_json": lambda _: ('{"blocks": [{"kind": "text", "text": "The', "stop"),
    "wrong_boxes": lambda text: (re.sub(r"\[\d+, \d+, \d+, \d+\]", "[4000, 4000, 9000, 9000]", text), "stop"),
}
"""Faults that are bad answers, of the good one."""
