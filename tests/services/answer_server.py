"""A local chat endpoint that answers from the passages that it is sent, and misbehaves on demand.

It checks what OpenAI's chat API would refuse (platform.openai.com/docs/api-reference/chat). Its answer is the first
sentence with a word of the question in it, cited by the number of its passage.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from tests.services.http_server import Answering, Service

KEY = "sk-test-77aa10"
MODEL = "test-chat"


class Handler(Answering):
    state: "AnswerServer"

    def do_POST(self) -> None:
        body = json.loads(self.body())
        failure = self.state.failures.pop(0) if self.state.failures else None
        if self.path != "/v1/chat/completions" or body.get("model") != MODEL:
            return self.tell(404, {"error": {"message": "no such model"}})
        if self.headers["Authorization"] != f"Bearer {KEY}":
            return self.tell(401, {"error": {"message": f"bad key {self.headers['Authorization']}"}})
        if {message["role"] for message in body["messages"]} != {"system", "user"} or body.keys() - {
            "model",
            "messages",
        }:
            return self.tell(400, {"error": {"message": "unrecognized arguments"}})
        if isinstance(failure, int):
            return self.tell(failure, {"error": {"message": "as asked"}})
        self.state.requests.append(body)
        content = "" if failure == "empty" else answer_to(body["messages"][-1]["content"])
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}
        choices = [] if failure == "garbage" else [choice]
        answer = {"id": "1", "object": "chat.completion", "created": 1, "model": MODEL, "choices": choices}
        return self.tell(200, answer)


@dataclass
class AnswerServer(Service):
    """`failures` are used up one a request: an HTTP status, "empty" or "garbage"; then it answers well."""

    handler = Handler
    path = "/v1"
    failures: list[int | str] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)


def answer_to(prompt: str) -> str:
    question = prompt.rsplit("Question: ", 1)[1]
    words = {word for word in re.findall(r"\w+", question.lower()) if len(word) > 3}
    for number, text in re.findall(r'<passage number="(\d+)" from="[^"]*">\n(.*?)\n</passage>', prompt, re.DOTALL):
        for sentence in re.split(r"(?<=\.)\s", text):
            if words & set(re.findall(r"\w+", sentence.lower())):
                return f"{sentence} [{number}][99]"
    return "The passages do not say."
