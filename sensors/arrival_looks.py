"""Looking at new files in one tick: which document each is, or why it is refused, in a bounded time.

A small file is read in one request. Of a larger one the beginning tells what it is, S3's checksum which document; where
there is none it is copied to disk piece by piece, over as many ticks as that takes, and hashed there.
"""

import hashlib
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from ocr_assets.arrivals import Arrival
from ocr_assets.core.identity import document_id
from ocr_assets.core.media import HEAD_BYTES, media_type
from ocr_assets.errors import OcrAssetsError, PermanentFault, TransientFault
from resources.faults import fault_of
from resources.quarantine import Quarantine
from resources.sources import SeenFile, Sources

SMALL_BYTES: Final = 64 << 10
"""Up to this size reading a file costs no more than asking for its checksum."""
SPOOLED_BYTES: Final = 8 << 20
"""Larger files without a checksum are kept on disk as far as they were read, for the next tick to go on."""
LARGE_BYTES: Final = 64 << 20
"""Larger files come one after the other, beside the others."""
THREADS: Final = 8
GRACE: Final = 8.0
"""Seconds after a tick's time in which requests that are under way may end."""
SPOOL_DAYS: Final = 1.0
HASH_BYTES: Final = 1 << 20


class OutOfTime(Exception):
    """The tick's time is over; the file is left for the next one."""


@dataclass
class Looks:
    """What became of the files: arrivals, those that could not be read and why, and those that were left."""

    arrivals: list[Arrival] = field(default_factory=list)
    unreadable: list[tuple[SeenFile, OcrAssetsError]] = field(default_factory=list)
    left: list[SeenFile] = field(default_factory=list)


@dataclass(frozen=True)
class Looker:
    """Looks at files until the moment `until` of `clock`. `spool` is a folder, made when it is needed."""

    sources: Sources
    quarantine: Quarantine
    spool: Path
    max_bytes: int
    until: float
    clock: Callable[[], float] = time.monotonic

    def look(self, files: Sequence[SeenFile]) -> Looks:
        """Look at these files, those that were begun at an earlier tick first."""
        self._sweep()
        small = [file for file in files if file.bytes <= LARGE_BYTES]
        large = [file for file in files if file.bytes > LARGE_BYTES]
        pools = [ThreadPoolExecutor(THREADS, "look"), ThreadPoolExecutor(1, "look-large")]
        futures: dict[Future[Arrival], SeenFile] = {}
        for pool, lane in zip(pools, (small, large), strict=True):
            for file in sorted(lane, key=lambda file: not self._spooled(file).exists()):
                futures[pool.submit(self._look, file)] = file
        wait(futures, timeout=max(0.0, self.until - self.clock()) + GRACE)
        for pool in pools:
            pool.shutdown(wait=False, cancel_futures=True)
        return _sorted_out(futures)

    def _look(self, file: SeenFile) -> Arrival:
        if self.clock() > self.until:
            raise OutOfTime
        try:
            return Arrival(self._identify(file), file)
        except PermanentFault as fault:
            self._refuse(file, fault)
            return Arrival.refused(file, str(fault))

    def _identify(self, file: SeenFile) -> str:
        """The file's document. Raises PermanentFault where it is none, TransientFault where it cannot be read now."""
        if file.bytes > self.max_bytes:
            told = f"{file.bytes:,} bytes are more than the {self.max_bytes:,} that OCR_ASSETS_MAX_BYTES allows"
            raise PermanentFault("too_large", f"{told}; split the file, or raise the limit and `ocr-assets add` it")
        small = file.bytes <= SMALL_BYTES
        head = b"".join(self.sources.pieces(file, 0, SMALL_BYTES if small else HEAD_BYTES)) if file.bytes else b""
        media_type(head[:HEAD_BYTES])
        if small:
            return document_id(head)
        if known := self.sources.checksum(file):
            return known
        return self._hash_by_and_by(file) if file.bytes > SPOOLED_BYTES else _hash(self.sources.pieces(file))

    def _hash_by_and_by(self, file: SeenFile) -> str:
        """The hash of a file that may take several ticks to read."""
        part = self._spooled(file)
        part.parent.mkdir(parents=True, exist_ok=True)
        part.touch()
        start = part.stat().st_size
        # At its own place and not at the end: a request that hung since an earlier tick may still write the same bytes.
        with part.open("r+b") as spool:
            spool.seek(start)
            for piece in self.sources.pieces(file, start) if start < file.bytes else ():
                spool.write(piece)
                if self.clock() > self.until:
                    raise OutOfTime
        if part.stat().st_size != file.bytes:
            part.unlink()
            raise TransientFault("source_changed", f"{file.uri} does not have the bytes that its source announced")
        with part.open("rb") as whole:
            document = _hash(iter(lambda: whole.read(HASH_BYTES), b""))
        part.unlink()
        return document

    def _refuse(self, file: SeenFile, fault: PermanentFault) -> None:
        case = partial(
            self.quarantine.keep,
            refusal(file.uri, file.version),
            sources=[file.uri],
            reason=fault.reason,
            detail=fault.detail,
            attempts=1,
        )
        if not file.bytes:
            case(data=None)
        elif file.bytes <= min(LARGE_BYTES, self.max_bytes):
            case(data=self.sources.pieces(file))
        else:
            try:
                case(data=self._large_copy(file))
            except (OutOfTime, TransientFault):  # the file stays where it is anyway
                case(data=None)

    def _large_copy(self, file: SeenFile) -> Callable[[str], None] | Iterator[bytes] | None:
        """How the quarantine gets the file; None where that would take too long."""
        if self.sources.can_copy(file, self.quarantine.root):
            return partial(self.sources.copy_to, file)
        return self._pieces_in_time(file) if file.bytes <= self.max_bytes else None

    def _pieces_in_time(self, file: SeenFile) -> Iterator[bytes]:
        for piece in self.sources.pieces(file):
            if self.clock() > self.until:
                raise OutOfTime
            yield piece

    def _spooled(self, file: SeenFile) -> Path:
        return self.spool / refusal(file.uri, file.version)

    def _sweep(self) -> None:
        """Remove what was begun of files that have not come up since: they were deleted or rewritten."""
        parts = self.spool.iterdir() if self.spool.exists() else ()
        for part in parts:
            if abs(time.time() - part.stat().st_mtime) > SPOOL_DAYS * 86_400:
                part.unlink(missing_ok=True)


def refusal(uri: str, version: str) -> str:
    """What names this version of a file as long as its document is not known: in the quarantine, on disk."""
    return hashlib.sha256(os.fsencode(f"{uri}\n{version}")).hexdigest()


def _hash(pieces: Iterable[bytes] | Iterator[bytes]) -> str:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()


def _sorted_out(futures: "dict[Future[Arrival], SeenFile]") -> Looks:
    looks = Looks()
    for future, file in futures.items():
        error = future.exception() if future.done() and not future.cancelled() else OutOfTime()
        if error is None:
            looks.arrivals.append(future.result())
        elif isinstance(error, OutOfTime):
            looks.left.append(file)
        elif isinstance(error, OcrAssetsError):
            looks.unreadable.append((file, error))
        elif isinstance(error, Exception):
            looks.unreadable.append((file, fault_of(error)))
        else:
            raise error
    return looks
