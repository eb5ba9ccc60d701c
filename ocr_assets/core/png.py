"""PNG with one row filter and zlib's fastest level: half the time of trying every filter, for files 5 % larger."""

import struct
import zlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL.Image import Image

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_GREY, _COLOUR = 0, 2  # colour types
_UP = 2  # filter type


def encoded(image: "Image") -> bytes:
    """The PNG file of an image in mode L, RGB or RGBX (w3.org/TR/png-3)."""
    colour_type = _GREY if image.mode == "L" else _COLOUR
    header = struct.pack(">IIBBBBB", image.width, image.height, 8, colour_type, 0, 0, 0)
    return b"".join([_SIGNATURE, _chunk(b"IHDR", header), _chunk(b"IDAT", _deflated(image)), _chunk(b"IEND", b"")])


def _deflated(image: "Image") -> bytes:
    """The rows as differences to the row above, each after the number of that filter."""
    import numpy as np

    values = image.tobytes("raw", "L" if image.mode == "L" else "RGB")
    rows = np.frombuffer(values, np.uint8).reshape(image.height, -1)
    filtered = np.empty((rows.shape[0], 1 + rows.shape[1]), np.uint8)
    filtered[:, 0] = _UP
    filtered[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=filtered[1:, 1:])
    return zlib.compress(filtered.data, level=1)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(name)))
