"""Models in ONNX's file format, written without its package (25 MB): constants, nodes, inputs and outputs.

Field numbers and codes are those of onnx.proto (github.com/onnx/onnx); the encoding is Protocol Buffers'.
"""

import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np

FLOAT: Final = 1
INT64: Final = 7
_ELEMENT_TYPES: Final = {"float32": FLOAT, "int8": 3, "int64": INT64}
_FLOAT_ATTRIBUTE, _INT_ATTRIBUTE = 1, 2


def model(graph: bytes, operator_sets: Mapping[str, int], ir_version: int) -> bytes:
    """A whole file; `operator_sets` are versions by domain."""
    sets = [_text(1, domain) + _whole(2, version) for domain, version in operator_sets.items()]
    return b"".join([_whole(1, ir_version), _message(7, graph), *_messages(8, sets)])


def graph(
    name: str,
    nodes: Iterable[bytes],
    constants: Iterable[bytes],
    inputs: Iterable[bytes],
    outputs: Iterable[bytes],
) -> bytes:
    parts = [_messages(1, nodes), [_text(2, name)], _messages(5, constants), _messages(11, inputs)]
    return b"".join(field for fields in [*parts, _messages(12, outputs)] for field in fields)


def node(operator: str, inputs: Sequence[str], output: str, domain: str, attributes: Mapping[str, float]) -> bytes:
    """One operation; attributes are numbers, whole ones of type int."""
    texts = [*(_text(1, name) for name in inputs), _text(2, output), _text(4, operator), _text(7, domain)]
    return b"".join([*texts, *_messages(5, (_attribute(name, value) for name, value in attributes.items()))])


def constant(name: str, values: "np.ndarray[Any, Any]") -> bytes:
    """An array of float32, int8 or int64 in the machine's (little-endian) order."""
    dimensions = (_whole(1, size) for size in values.shape)
    kind = _whole(2, _ELEMENT_TYPES[values.dtype.name])
    return b"".join([*dimensions, kind, _text(8, name), _message(9, values.tobytes())])


def value(name: str, element_type: int, shape: Sequence[int | str]) -> bytes:
    """An input or output; dimensions that vary have names."""
    dimensions = [_text(2, size) if isinstance(size, str) else _whole(1, size) for size in shape]
    tensor = _whole(1, element_type) + _message(2, b"".join(_messages(1, dimensions)))
    return _text(1, name) + _message(2, _message(1, tensor))


def _attribute(name: str, number: float) -> bytes:
    if isinstance(number, int):
        return _text(1, name) + _whole(3, number) + _whole(20, _INT_ATTRIBUTE)
    return _text(1, name) + _varint(2 << 3 | 5) + struct.pack("<f", number) + _whole(20, _FLOAT_ATTRIBUTE)


def _messages(field: int, contents: Iterable[bytes]) -> Iterable[bytes]:
    return (_message(field, content) for content in contents)


def _text(field: int, content: str) -> bytes:
    return _message(field, content.encode())


def _message(field: int, content: bytes) -> bytes:
    return b"".join([_varint(field << 3 | 2), _varint(len(content)), content])


def _whole(field: int, number: int) -> bytes:
    return _varint(field << 3) + _varint(number)


def _varint(number: int) -> bytes:
    """Seven bits a byte, lowest first; negative numbers as 64 bits."""
    number &= (1 << 64) - 1
    low, rest = number & 0x7F, number >> 7
    return bytes([low]) if not rest else bytes([low | 0x80]) + _varint(rest)
