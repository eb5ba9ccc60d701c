"""What names a document: the hash of its bytes."""

import hashlib


def document_id(data: bytes) -> str:
    """Lower-case SHA-256 of the file's bytes: what `sha256sum` prints, and the partition key."""
    return hashlib.sha256(data).hexdigest()
