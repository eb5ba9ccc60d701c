"""What names a document: the hash of its bytes."""

import hashlib
from io import BufferedIOBase


def document_id(content: bytes | BufferedIOBase) -> str:
    """Lower-case SHA-256 of the file's bytes, given as such or as an open file: what `sha256sum` prints, and the
    partition key."""
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    return hashlib.file_digest(content, "sha256").hexdigest()
