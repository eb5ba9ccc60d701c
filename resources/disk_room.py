"""Room on local disks: where little is left no work is begun, as what it met could not even be written down."""

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

MB: Final = 1 << 20
_WORDS: Final = ("No space left on device", "os error 28", "Disk quota exceeded", "os error 122", "disk is full")


def too_little_room(places: Iterable[str | None], least_mb: int) -> str | None:
    """What to tell of the first of these folders, or of that for temporary files, whose disk has less room than that.

    None where all have enough. Places on S3 always have.
    """
    for place in _local(places) if least_mb else ():
        left = shutil.disk_usage(place).free // MB
        if left < least_mb:
            return (
                f"the disk of {place} has {left:,} MB left, less than OCR_ASSETS_FREE_MB={least_mb}; no work is begun "
                "until there is more room, and then it goes on by itself"
            )
    return None


def is_full_disk(error: BaseException) -> bool:
    """Whether that is what this error means, in whatever type a library passes it on."""
    return any(word in str(error) for word in _WORDS)


def _local(places: Iterable[str | None]) -> Iterator[Path]:
    """Each place, or of one that is still to be made the folder that it will lie in."""
    found = [Path(place).absolute() for place in places if place and "://" not in place]
    with suppress(OSError):  # Python finds no such folder where the disk is full, and has remembered it elsewhere
        found.append(Path(tempfile.gettempdir()))
    for place in found:
        yield next(path for path in (place, *place.parents) if path.exists())
