"""docs/iam-policy.json on a server that enforces it: enough for everything, and nothing in it is too much."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from ocr_assets.core.identity import document_id
from ocr_assets.errors import UsageError
from ocr_assets.schemas import EMBEDDINGS
from resources.blobs import Blobs
from resources.checkpoints import Checkpoints
from resources.exclusive import exclusive
from resources.lake import Lake
from resources.lance_vectors import LanceVectors
from resources.vector_store import Passage
from tests.conftest import Bucket, forget_connections
from tests.pipeline import pdf
from tests.services.openai_server import KEY, MODEL, OpenAIServer

POLICY = Path(__file__).parents[2] / "docs" / "iam-policy.json"
DOCUMENT = "a" * 64

User = Callable[[str | None], dict[str, str]]


@pytest.fixture
def user(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> User:
    """Makes this process's credentials those of a user with the documented rights, but for one action."""
    import boto3

    places = {"STORE": ("store", bucket.name), "QUARANTINE": ("quarantine", bucket.name), "SOURCE": ("in", bucket.name)}
    iam = boto3.Session().client("iam", region_name="us-east-1", endpoint_url=os.environ["AWS_ENDPOINT_URL"])

    def become(without: str | None) -> dict[str, str]:
        text = POLICY.read_text("utf-8")
        for name, (prefix, bucket_name) in places.items():
            text = text.replace(f"{name}-BUCKET", bucket_name).replace(f"{name}-PREFIX", prefix)
        policy = json.loads(text)
        for statement in policy["Statement"]:
            statement["Action"] = [action for action in statement["Action"] if action != without]
        policy["Statement"] = [statement for statement in policy["Statement"] if statement["Action"]]
        name = f"{bucket.name}-{(without or 'all').replace(':', '-')}"
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="documented", PolicyDocument=json.dumps(policy))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        credentials = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
        for variable, value in credentials.items():
            monkeypatch.setenv(variable, value)
        forget_connections()
        return credentials

    return become


def passage() -> Passage:
    return Passage(DOCUMENT, 0, "words", (), 1, 1, np.eye(4, dtype=np.float32)[0])


def use(bucket: Bucket, store: str) -> None:
    """Everything that a store's part does in a run, in forgetting and in maintenance."""
    root = bucket.uri("store")
    if store == "lake":
        lake = Lake(root=f"{root}/lake")
        rows = [{"document": DOCUMENT, "chunk": 0, "model": "m", "dimension": 1, "vector": [1.0], "content": "c"}]
        lake.replace(EMBEDDINGS, [DOCUMENT], lake.frame(EMBEDDINGS, rows))
        assert lake.read(EMBEDDINGS).height == 1
    elif store == "blobs":
        blobs = Blobs(root=f"{root}/blobs")
        assert not blobs.has(DOCUMENT, DOCUMENT)
        name = blobs.put(DOCUMENT, b"bytes")
        assert blobs.get(DOCUMENT, name) == b"bytes"
        assert blobs.forget(DOCUMENT) == 1
    elif store == "checkpoints":
        checkpoints = Checkpoints(root=f"{root}/checkpoints")
        checkpoints.save("pages", "ocr_text", DOCUMENT, 1, pl.DataFrame({"page": [1]}))
        assert checkpoints.load("pages", "ocr_text", DOCUMENT).keys() == {1}
        checkpoints.clear("pages", "ocr_text", DOCUMENT)
    elif store == "vectors":
        vectors = LanceVectors(uri=f"{root}/vectors", model="m", dimension=4)
        vectors.replace([passage()], [DOCUMENT])
        assert vectors.search("words", mode="text")[0].document == DOCUMENT
    else:
        with exclusive(f"{root}/lake", "maintenance", "me"):
            pass


STORES = ("lake", "blobs", "checkpoints", "vectors", "lock")
NEEDED_BY = {
    "s3:ListBucket": ("lake", "blobs", "checkpoints", "vectors"),
    "s3:GetObject": ("lake", "blobs", "checkpoints", "vectors"),
    "s3:PutObject": STORES,
    "s3:DeleteObject": ("blobs", "checkpoints", "lock"),
}


def test_the_documented_rights_are_enough_for_every_store(bucket: Bucket, user: User) -> None:
    user(None)
    for store in STORES:
        use(bucket, store)
    assert any(name.startswith("store/lake/") for name in bucket.names())


@pytest.mark.parametrize("action", NEEDED_BY)
def test_without_one_of_them_the_operator_is_told_which(bucket: Bucket, user: User, action: str) -> None:
    user(None)
    use(bucket, "lake")
    use(bucket, "vectors")
    user(action)
    for store in NEEDED_BY[action]:
        with pytest.raises(UsageError, match=rf"^{bucket.uri('store')}/\S+ refuses {action}: "):
            use(bucket, store)


def test_a_document_goes_through_every_stage_is_forgotten_and_maintained_with_these_rights(
    bucket: Bucket, user: User, tmp_path: Path
) -> None:
    bucket.put("in/a.pdf", pdf("The lease ends in March."))
    bucket.put("in/b.pdf", b"no PDF")
    with OpenAIServer().running() as openai:
        environment = os.environ | {
            **user(None),
            "DAGSTER_HOME": str(tmp_path / "home" / "dagster"),
            "OPENAI_API_KEY": KEY,
            "OCR_ASSETS_HOME": str(tmp_path / "home"),
            "OCR_ASSETS_STORE": bucket.uri("store"),
            "OCR_ASSETS_QUARANTINE": bucket.uri("quarantine"),
            "OCR_ASSETS_WORKERS": "1",
            "OCR_ASSETS_EMBEDDER": "openai",
            "OCR_ASSETS_EMBEDDER_URL": openai.base_url,
            "OCR_ASSETS_EMBEDDER_MODEL": MODEL,
            "OCR_ASSETS_EMBEDDER_DIMENSION": "8",
        }
        # In a process of its own: page processes have the environment of the time when the first of them was started.
        ended = [
            subprocess.run(
                [sys.executable, "-c", f"from ocr_assets.cli.main import main; main({arguments})"],
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            for arguments in (
                ["run", bucket.uri("in/")],
                ["forget", document_id(pdf("The lease ends in March.")), "--purge"],
            )
        ]
    assert [process.returncode for process in ended] == [3, 0], [process.stderr for process in ended]
    assert "1 of 2 documents done" in ended[0].stdout
