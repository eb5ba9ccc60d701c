import numpy as np
from onnxruntime import InferenceSession

from resources import onnx_format


def test_onnx_runtime_runs_what_is_written() -> None:
    numbers = np.array([[1.5, -2.0], [0.25, 300.0]], np.float32)
    nodes = [
        onnx_format.node("Add", ["x", "numbers"], "sum", "", {}),
        onnx_format.node("LeakyRelu", ["sum"], "bent", "", {"alpha": 0.5}),
        onnx_format.node("Concat", ["bent", "bent"], "y", "", {"axis": -1}),
    ]
    graph = onnx_format.graph(
        "test",
        nodes,
        [onnx_format.constant("numbers", numbers)],
        [onnx_format.value("x", onnx_format.FLOAT, ["rows", 2])],
        [onnx_format.value("y", onnx_format.FLOAT, ["rows", 4])],
    )
    session = InferenceSession(onnx_format.model(graph, {"": 18}, ir_version=9))
    (y,) = session.run(None, {"x": np.ones((2, 2), np.float32)})
    assert session.get_inputs()[0].shape == ["rows", 2]
    assert y.tolist() == [[2.5, -0.5, 2.5, -0.5], [1.25, 301.0, 1.25, 301.0]]


def test_constants_keep_type_and_order_of_a_turned_array() -> None:
    turned = np.arange(6, dtype=np.int8).reshape(2, 3).T
    graph = onnx_format.graph(
        "test",
        [onnx_format.node("Identity", ["turned"], "y", "", {})],
        [onnx_format.constant("turned", turned)],
        [],
        [onnx_format.value("y", 3, [3, 2])],
    )
    (y,) = InferenceSession(onnx_format.model(graph, {"": 18}, ir_version=9)).run(None, {})
    assert y.dtype == np.int8
    assert y.tolist() == turned.tolist()
