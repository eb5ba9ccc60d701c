"""A local server that speaks the part of Pinecone's API 2026-07 that this project uses, and misbehaves on demand.

Requests are held against the published OpenAPI (pinecone-io/pinecone-api: names, types, patterns, sizes) and the limits
of the documentation: what Pinecone would refuse is refused here. Writes are seen late, after `lag` further reads.
"""

import json
import math
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qs, unquote, urlsplit

from tests.services.http_server import Answering, Service
from tests.services.pinecone_requests import ID, Refused, need, need_ids, need_metadata, need_vector, only

Failure = Literal["throttle", "server_error", "cut", "drop", "none"]
"""Of one request: 429, 500, the connection closed before an answer, or good words for a write that is lost."""
KEY = "pcsk_test-9c41"
VERSION = "2026-07"
REQUEST_BYTES, URL_BYTES = 2 << 20, 16_000
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "$eq": operator.eq,
    "$gte": operator.ge,
    "$lte": operator.le,
    "$in": lambda value, values: value in values,
}
"""Those that are asked here."""


class Handler(Answering):
    state: "PineconeServer"

    def handle_any(self) -> None:
        length = int(self.headers["Content-Length"] or 0)
        content = self.rfile.read(length)
        url = urlsplit(self.path)
        data = not url.path.startswith("/indexes")
        with self.state.lock:
            failure = (
                self.state.failures.pop(0)
                if data and self.state.failures and self.state.failures[0] != "drop"
                else "none"
            )
            if failure == "cut":
                self.close_connection = True
                return None
            if failure in ("throttle", "server_error"):
                status = 429 if failure == "throttle" else 500
                return self.tell(status, {"code": 8, "message": failure}, {"Retry-After": "0"})
            if self.headers["Api-Key"] != KEY:
                return self.tell(401, {"code": 16, "message": f"Invalid API Key {self.headers['Api-Key']}"})
            try:
                need(self.headers["X-Pinecone-Api-Version"] == VERSION, f"this is version {VERSION}")
                if length > REQUEST_BYTES or len(self.path) > URL_BYTES:
                    raise Refused(413 if length > REQUEST_BYTES else 414, "the request is too large")
                body = json.loads(content) if content else None
                told = answer(self.state, self.command, url.path, parse_qs(url.query, keep_blank_values=True), body)
                self.state.requests.append((f"{self.command} {url.path.split('/', 2)[-1]}" if data else url.path, body))
                return self.tell(200, told)
            except Refused as refused:
                return self.tell(refused.args[0], {"code": 3, "message": refused.args[1], "details": []})

    do_GET = do_POST = do_DELETE = handle_any


@dataclass
class PineconeServer(Service):
    """`failures` are used up one a data request; `requests` are those that were accepted, as (operation, body).

    `records` is what readers see: index name to namespace to id to record.
    """

    handler = Handler
    lag: int = 0
    failures: list[Failure] = field(default_factory=list)
    requests: list[tuple[str, Any]] = field(default_factory=list)
    indexes: dict[str, dict[str, Any]] = field(default_factory=dict)
    records: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    pending: list[tuple[int, Callable[[], None]]] = field(default_factory=list)
    reads: int = 0

    def asked(self, operation: str) -> list[Any]:
        """The bodies of the accepted requests of that kind."""
        return [body for name, body in self.requests if name == operation]

    def write(self, change: Callable[[], None]) -> None:
        if self.lag:
            self.pending.append((self.reads + self.lag, change))
        else:
            change()

    def read(self) -> None:
        """A reader comes: what was written long enough ago is seen now."""
        self.reads += 1
        while self.pending and self.pending[0][0] < self.reads:
            self.pending.pop(0)[1]()


def answer(state: PineconeServer, method: str, path: str, query: dict[str, list[str]], body: Any) -> Any:
    """What Pinecone would answer. Raises Refused."""
    parts = [unquote(part) for part in path.strip("/").split("/")]
    if parts[0] == "indexes":
        return control(state, method, parts[1:], body)
    host, parts = parts[0], parts[1:]  # one server for all hosts: the first part of the path names the index
    spaces, dimension = state.records[host], state.indexes[host]["schema"]["fields"]["_values"]["dimension"]
    operation = (method, *parts[:2]) if parts[0] == "vectors" else (method, parts[0])
    if operation == ("POST", "vectors", "upsert"):
        return upsert(state, spaces, dimension, body)
    if operation == ("POST", "vectors", "delete"):
        return delete(state, spaces, body)
    state.read()
    if operation == ("GET", "vectors", "list"):
        return list_ids(spaces, query)
    if operation == ("GET", "vectors", "fetch"):
        return fetch(spaces, query)
    if operation == ("POST", "query"):
        return search(spaces, dimension, body)
    if operation == ("POST", "describe_index_stats"):
        need(not (body or {}).get("filter"), "serverless indexes do not filter statistics")
        counts = {name: {"vectorCount": len(held)} for name, held in spaces.items()}
        total = sum(count["vectorCount"] for count in counts.values())
        return {"namespaces": counts, "dimension": dimension, "indexFullness": 0, "totalVectorCount": total}
    if operation == ("GET", "namespaces"):
        prefix = query.get("prefix", [""])[0]
        names = [name for name in sorted(spaces) if name.startswith(prefix)]
        found = [{"name": name, "record_count": str(len(spaces[name]))} for name in names]
        return {"namespaces": found, "total_count": len(found)}
    if operation == ("DELETE", "namespaces"):
        if spaces.pop("/".join(parts[1:]), None) is None:
            raise Refused(404, "Namespace not found")
        return {}
    raise Refused(404, "no such path")


def control(state: PineconeServer, method: str, parts: list[str], body: Any) -> Any:
    if method == "GET" and not parts:
        return {"indexes": list(state.indexes.values())}
    if method == "GET":
        if parts[0] not in state.indexes:
            raise Refused(404, f"Resource {parts[0]} not found")
        return state.indexes[parts[0]]
    need(method == "POST" and not parts, "no such operation")
    only(body, {"schema", "name", "deployment", "deletion_protection", "tags", "read_capacity"}, {"schema"})
    name, (values,) = body["name"], body["schema"]["fields"].values()
    need(re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,43}[a-z0-9])?", name), "name: lower-case letters, digits and hyphens, 45")
    need(list(body["schema"]["fields"]) == ["_values"] and values["type"] == "dense_vector", "a vector index")
    need(1 <= values["dimension"] <= 20_000 and values["metric"] in ("cosine", "dotproduct", "euclidean"), "field")
    need(body["deployment"].keys() == {"deployment_type", "cloud", "region"}, "deployment of a serverless index")
    if name in state.indexes:
        raise Refused(409, "Resource already exists")
    status = {"ready": True, "state": "Ready"}
    made = {"host": f"{state.url}/{name}", "status": status, "deletion_protection": "disabled", "tags": {}}
    state.indexes[name], state.records[name] = body | made, {}
    return state.indexes[name]


def upsert(state: PineconeServer, spaces: dict[str, dict[str, Any]], dimension: int, body: Any) -> Any:
    only(body, {"vectors", "namespace"}, {"vectors"})
    vectors = body["vectors"]
    need(isinstance(vectors, list) and 1 <= len(vectors) <= 1_000, "1 to 1000 vectors a request")
    for vector in vectors:
        only(vector, {"id", "values", "metadata", "sparseValues"}, {"id", "values"})
        need(isinstance(vector["id"], str) and ID.fullmatch(vector["id"]), "an id is 1 to 512 ASCII characters")
        need_vector(vector["values"], dimension)
        need(any(vector["values"]), "dense vectors must contain at least one non-zero value")
        need_metadata(vector.get("metadata", {}))
    namespace = body.get("namespace", "")
    need(len(namespace) <= 512 and re.fullmatch(r"[\x01-\x7F]*", namespace), "a namespace is ASCII, at most 512")
    if state.failures[:1] == ["drop"]:
        state.failures.pop(0)
    else:
        state.write(lambda: spaces.setdefault(namespace, {}).update({vector["id"]: vector for vector in vectors}))
    return {"upsertedCount": len(vectors)}


def delete(state: PineconeServer, spaces: dict[str, dict[str, Any]], body: Any) -> Any:
    only(body, {"ids", "deleteAll", "namespace", "filter"}, set())
    need(sum(name in body for name in ("ids", "deleteAll", "filter")) == 1, "one of ids, deleteAll, filter")
    need_ids(body["ids"])
    if body.get("namespace", "") not in spaces:
        raise Refused(404, "Namespace not found")
    if state.failures[:1] == ["drop"]:
        state.failures.pop(0)
        return {}

    def change() -> None:
        for one in body["ids"]:
            spaces[body["namespace"]].pop(one, None)

    state.write(change)
    return {}


def list_ids(spaces: dict[str, dict[str, Any]], query: dict[str, list[str]]) -> Any:
    only(query, {"prefix", "limit", "paginationToken", "namespace"}, set())
    prefix, limit = query.get("prefix", [""])[0], int(query.get("limit", ["100"])[0])
    need(len(prefix) <= 512 and prefix.isascii() and 1 <= limit <= 100, "prefix or limit")
    after = query.get("paginationToken", [""])[0]
    held = spaces.get(query.get("namespace", [""])[0], {})
    ids = [one for one in sorted(held) if one.startswith(prefix) and one > after]
    more = {"pagination": {"next": ids[limit - 1]}} if len(ids) > limit else {}
    return {"vectors": [{"id": one} for one in ids[:limit]], "usage": {"readUnits": 1}} | more


def fetch(spaces: dict[str, dict[str, Any]], query: dict[str, list[str]]) -> Any:
    only(query, {"ids", "namespace"}, {"ids"})
    need_ids(query["ids"])
    namespace = query.get("namespace", [""])[0]
    held = spaces.get(namespace, {})
    found = {one: as_stored(held[one]) for one in query["ids"] if one in held}
    return {"vectors": found, "namespace": namespace, "usage": {"readUnits": 1}}


def search(spaces: dict[str, dict[str, Any]], dimension: int, body: Any) -> Any:
    only(body, {"namespace", "topK", "filter", "includeValues", "includeMetadata", "vector", "id"}, {"topK"})
    need(isinstance(body["topK"], int) and 1 <= body["topK"] <= 10_000, "topK is 1 to 10000")
    need_vector(body["vector"], dimension)
    wanted = body.get("filter", {})
    held = spaces.get(body.get("namespace", ""), {}).values()
    scored = [(cosine(body["vector"], one["values"]), one) for one in held if matches(one["metadata"], wanted)]
    best = sorted(scored, key=lambda pair: -pair[0])[: body["topK"]]
    metadata = body.get("includeMetadata", False)
    found = [
        {"id": one["id"], "score": score} | ({"metadata": as_stored(one)["metadata"]} if metadata else {})
        for score, one in best
    ]
    return {"matches": found, "namespace": body.get("namespace", ""), "usage": {"readUnits": 1}}


def as_stored(vector: dict[str, Any]) -> dict[str, Any]:
    """Numbers of metadata are floating point there."""
    numbers = {name: float(value) for name, value in vector["metadata"].items() if type(value) is int}
    return vector | {"metadata": vector["metadata"] | numbers}


def cosine(one: list[float], other: list[float]) -> float:
    lengths = math.hypot(*one) * math.hypot(*other)
    return sum(a * b for a, b in zip(one, other, strict=True)) / lengths if lengths else 0.0


def matches(metadata: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Whether every field is there and as wanted; bounds are of numbers only."""
    for name, condition in wanted.items():
        need(isinstance(condition, dict) and condition.keys() <= OPERATORS.keys(), f"operator of {name}")
        bounds = [condition[one] for one in ("$gte", "$lte") if one in condition]
        need(all(type(bound) in (int, float) for bound in bounds), f"bound of {name} is a number")
        need(1 <= len(condition.get("$in", [0])) <= 10_000, f"1 to 10000 values of {name}")
    return all(
        name in metadata and OPERATORS[one](metadata[name], value)
        for name, condition in wanted.items()
        for one, value in condition.items()
    )
