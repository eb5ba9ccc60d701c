"""Models in ONNX's file format, written and changed without its package (25 MB): constants, nodes, inputs, outputs.

Field numbers and codes are those of onnx.proto (github.com/onnx/onnx); the encoding is Protocol Buffers'.
"""

import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    import numpy as np

FLOAT: Final = 1
INT64: Final = 7
_ELEMENT_TYPES: Final = {"float32": FLOAT, "int8": 3, "int64": INT64}
_FLOAT_ATTRIBUTE, _INT_ATTRIBUTE, _INTS_ATTRIBUTE = 1, 2, 7
_GRAPH, _OPERATOR_SET, _NODE = 7, 8, 1
_FLOAT_VALUE, _TENSOR_VALUE = 2, 5
_FIXED: Final = {1: 8, 5: 4}  # bytes, by the type of field


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


def extended(model: bytes, more: bytes) -> bytes:
    """A whole file with the nodes, constants and outputs of another graph behind its own; that one's name stays.

    Protocol Buffers' rule for a message that is there twice: lists are joined.
    """
    return model + _message(7, more)


def node(
    operator: str, inputs: Sequence[str], output: str, domain: str, attributes: Mapping[str, float | Sequence[int]]
) -> bytes:
    """One operation; attributes are numbers, whole ones of type int, or several of these."""
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


class Field(NamedTuple):
    """One field of a message: a number or bytes, and how it stands in the file."""

    number: int
    content: int | bytes
    raw: bytes


class Node(NamedTuple):
    """One operation of a graph, and how it stands in the file. `constant` is the number that a Constant is, if it is
    one of type float32."""

    operator: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    constant: float | None
    raw: bytes


def fields(message: bytes) -> Iterator[Field]:
    """In the order of the file. Raises ValueError where this is no message."""
    at = 0
    while at < len(message):
        start = at
        tag, at = _varint_at(message, at)
        kind = tag & 7
        content: int | bytes
        if kind == 0:
            content, at = _varint_at(message, at)
        elif kind in _FIXED:
            content = message[at : (at := at + _FIXED[kind])]
        elif kind == 2:
            length, at = _varint_at(message, at)
            content = message[at : (at := at + length)]
        else:
            raise ValueError(f"no field of Protocol Buffers has the type {kind}")
        if at > len(message):
            raise ValueError("the message is cut off")
        yield Field(tag >> 3, content, message[start:at])


def rewritten(model: bytes, nodes: Callable[[Sequence[Node]], Iterable[bytes]], version: int) -> bytes:
    """The model with the nodes that `nodes` makes of its own, and at least this version of ONNX's operators."""
    parts = []
    for field in fields(model):
        if field.number == _GRAPH and isinstance(field.content, bytes):
            parts.append(_message(_GRAPH, _with_nodes(field.content, nodes)))
        elif field.number == _OPERATOR_SET and isinstance(field.content, bytes):
            parts.append(_message(_OPERATOR_SET, _at_least(field.content, version)))
        else:
            parts.append(field.raw)
    return b"".join(parts)


def _with_nodes(graph: bytes, nodes: Callable[[Sequence[Node]], Iterable[bytes]]) -> bytes:
    found = list(fields(graph))
    made = nodes([_node(field) for field in found if field.number == _NODE])
    return b"".join([*_messages(_NODE, made), *(field.raw for field in found if field.number != _NODE)])


def _node(field: Field) -> Node:
    texts: dict[int, list[str]] = {1: [], 2: [], 4: []}
    constant = None
    for part in fields(_bytes(field)):
        if part.number in texts:
            texts[part.number].append(_bytes(part).decode())
        elif part.number == 5:
            constant = _number(_bytes(part))
    return Node(texts[4][0], tuple(texts[1]), tuple(texts[2]), constant, _bytes(field))


def _number(attribute: bytes) -> float | None:
    """The value of an attribute that is a float, or a tensor of one float32."""
    by_number = {field.number: field.content for field in fields(attribute)}
    data: int | bytes | None = by_number.get(_FLOAT_VALUE)
    if isinstance(tensor := by_number.get(_TENSOR_VALUE), bytes):
        content = {field.number: field.content for field in fields(tensor)}
        data = content.get(9) if content.get(2) == FLOAT else None
    return float(struct.unpack("<f", data)[0]) if isinstance(data, bytes) and len(data) == 4 else None


def _at_least(operator_set: bytes, version: int) -> bytes:
    """Sets of other domains than ONNX's own stay as they are."""
    by_number = {field.number: field.content for field in fields(operator_set)}
    number = by_number.get(2)
    return operator_set if by_number.get(1) or not isinstance(number, int) else _whole(2, max(number, version))


def _bytes(field: Field) -> bytes:
    if not isinstance(field.content, bytes):
        raise ValueError(f"field {field.number} is a number")
    return field.content


def _attribute(name: str, number: float | Sequence[int]) -> bytes:
    if isinstance(number, Sequence):
        return _text(1, name) + b"".join(_whole(8, one) for one in number) + _whole(20, _INTS_ATTRIBUTE)
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


def _varint_at(message: bytes, at: int) -> tuple[int, int]:
    """The number that starts there, and where it ends. Raises ValueError where the message ends before it."""
    number = shift = 0
    while at < len(message):
        number |= (message[at] & 0x7F) << shift
        at, shift, last = at + 1, shift + 7, message[at] < 0x80
        if last:
            return number, at
    raise ValueError("the message is cut off")


def _varint(number: int) -> bytes:
    """Seven bits a byte, lowest first; negative numbers as 64 bits."""
    number &= (1 << 64) - 1
    low, rest = number & 0x7F, number >> 7
    return bytes([low]) if not rest else bytes([low | 0x80]) + _varint(rest)
