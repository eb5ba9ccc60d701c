"""`sync`: the documents of a folder into a bucket, only what is not there, each with its SHA-256 for S3 to verify.

A file goes up in one request. S3 would give an object that came in parts a checksum of the parts' checksums only, and a
hash in the object's metadata could be stale or forged: the sensor would have to read the object after all.
"""

import hashlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from ocr_assets.core.media import HEAD_BYTES, media_type
from ocr_assets.errors import DocumentFault, PermanentFault, UsageError
from ocr_assets.progress import advance
from resources.s3_objects import LARGEST_PUT
from resources.sources import SeenFile, Sources, bucket_and_key, local_path

THREADS: Final = 8


@dataclass
class Synced:
    """URIs that were uploaded and that were there already, and of what failed the file's path and why."""

    uploaded: list[str] = field(default_factory=list)
    there: list[str] = field(default_factory=list)
    failed: list[tuple[str, DocumentFault]] = field(default_factory=list)


def sync(sources: Sources, folder: Path, target: str) -> Synced:
    """Bring every PDF and image below the folder to the same name below `target`, an s3:// prefix.

    Called again, it uploads what failed or has changed since; objects without a file are left alone. Raises UsageError
    where folder or bucket are wrong, TransientFault where the bucket cannot be listed.
    """
    if not target.startswith("s3://"):
        raise UsageError(f"{target} is no bucket; name s3://bucket/prefix")
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder; name one with PDFs or images")
    files = list(sources.list(str(folder)))
    if not files:
        raise UsageError(f"no PDF, PNG, JPEG or TIFF in {folder}")
    bucket, prefix = bucket_and_key(target.rstrip("/"))
    below = f"{prefix}/" if prefix else ""
    sizes = {listed.key: listed.bytes for listed in sources.s3.list(bucket, below)}
    work = [(file, below + local_path(file.uri).relative_to(folder.absolute()).as_posix()) for file in files]
    return _sync_all(sources, bucket, work, sizes)


def _sync_all(sources: Sources, bucket: str, work: list[tuple[SeenFile, str]], sizes: Mapping[str, int]) -> Synced:
    synced = Synced()
    pool = ThreadPoolExecutor(THREADS)
    futures = {pool.submit(_sync, sources, bucket, key, file, sizes.get(key)): (file, key) for file, key in work}
    try:
        for done, future in enumerate(as_completed(futures), start=1):
            file, key = futures[future]
            try:
                came_to = synced.uploaded if future.result() == "uploaded" else synced.there
                came_to.append(f"s3://{bucket}/{key}")
            except DocumentFault as fault:
                synced.failed.append((str(local_path(file.uri)), fault))
            advance("sync", done, len(work))
    finally:
        pool.shutdown(cancel_futures=True)  # interrupted, it ends with the files that are under way
    for uris in (synced.uploaded, synced.there):
        uris.sort()
    synced.failed.sort(key=lambda failed: failed[0])
    return synced


def _sync(sources: Sources, bucket: str, key: str, file: SeenFile, size: int | None) -> Literal["uploaded", "there"]:
    """One file; `size` is that of the object at its place. Raises DocumentFault where it cannot be brought there."""
    if file.bytes > LARGEST_PUT:
        raise PermanentFault("too_large", f"{file.bytes:,} bytes are more than S3 takes at once; split the file")
    media_type(b"".join(sources.pieces(file, 0, HEAD_BYTES)))
    digest = hashlib.sha256()
    for piece in sources.pieces(file):
        digest.update(piece)
    sha256 = digest.hexdigest()
    if size == file.bytes and sources.s3.checksum(bucket, key) == sha256:
        return "there"
    sources.s3.put(bucket, key, local_path(file.uri), sha256)
    return "uploaded"
