"""Loading the definitions adds little to importing Dagster, and needs no extra, no variable, no secret, no network."""

import json
import subprocess
import sys
from pathlib import Path

HEAVY = {
    "PIL", "boto3", "botocore", "cv2", "dagster_aws", "deltalake", "lancedb", "numpy", "obstore", "onnx", "onnxruntime",
    "openai", "pinecone", "polars", "pyarrow", "pypdfium2", "pyspark", "rapid_layout", "rapidocr", "tesserocr",
    "tokenizers", "torch", "stopwordsiso",
}  # fmt: skip

OFFLINE = """
import json, socket, sys

def refuse(*_, **__):
    raise OSError("loading the definitions opened a connection")

socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
import {module}
print(json.dumps(sorted({{name.partition(".")[0] for name in sys.modules}})))
"""


def imported(module: str, folder: Path) -> set[str]:
    """Top-level packages that a bare Python has after importing `module`, in an empty folder and environment."""
    path = Path(__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(path)!r})" + OFFLINE.format(module=module)],
        cwd=folder,
        env={"PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


def test_the_definitions_load_offline_and_without_the_heavy_libraries(tmp_path: Path) -> None:
    added = imported("ocr_assets.definitions", tmp_path) - imported("dagster", tmp_path)
    assert added & HEAVY == set()
    assert list(tmp_path.iterdir()) == []
