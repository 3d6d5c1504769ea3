"""A Keras model as a graph of ONNX, by tf2onnx.

Keras's own route puts the weights into the TensorFlow graph as constants, which every step of
the conversion copies: 46 times their size in memory. Here they are inputs of the graph while it
is converted, and put back when that is done.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cnncli.errors import ModelError

OPSET = 18  # the newest that tf2onnx 1.17 knows
INPUT, OUTPUT, BATCH = "image", "probabilities", "batch"
_WEIGHT = "weight_"
# Marks of a function that TensorFlow would hand to XLA as it is, or must not inline.
_MARKS = ("_XlaMustCompile", "_noinline")


def convert(model: Any) -> Any:
    """Return an onnx.ModelProto: float32 pixels in, `OUTPUT` out, a free batch.

    Raises ModelError where an operation has no counterpart.
    """
    variables = [*model.trainable_variables, *model.non_trainable_variables]
    graph, inputs, output = _traced(model, variables)
    with _tf2onnx_quiet():
        converted = _converted(graph, inputs, output)
    _put_back(converted, variables)
    for end in (*converted.graph.input, *converted.graph.output):
        size = end.type.tensor_type.shape.dim[0]
        size.ClearField("dim_value")
        size.dim_param = BATCH
    _refuse_unknown_operations(converted)
    return converted


def _traced(model: Any, variables: list[Any]) -> tuple[Any, list[str], str]:
    """Return the GraphDef of the forward pass, the names of its inputs and of its output."""
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import (
        convert_variables_to_constants_v2,
    )

    trainable = len(model.trainable_variables)
    shape = (None, *model.input_shape[1:])
    specs = [tf.TensorSpec(shape, tf.float32, name=INPUT)]
    specs += [
        tf.TensorSpec(variable.shape, variable.dtype, name=f"{_WEIGHT}{number}")
        for number, variable in enumerate(variables)
    ]

    @tf.function(input_signature=specs, autograph=False)
    def forward(image: Any, *weights: Any) -> Any:
        given = list(weights)
        outputs, _ = model.stateless_call(
            given[:trainable], given[trainable:], image, training=False
        )
        return tf.identity(tf.cast(outputs, tf.float32), name=OUTPUT)

    traced = convert_variables_to_constants_v2(
        forward.get_concrete_function(),
        lower_control_flow=False,  # tf2onnx knows loops as they are written
    )
    return _inlined(traced), [each.name for each in traced.inputs], traced.outputs[0].name


def _inlined(traced: Any) -> Any:
    """Return the GraphDef without calls of functions.

    Keras wraps grouped convolutions in a function that XLA must compile; without that mark
    TensorFlow's own optimizer writes its body where it is called.
    """
    import tensorflow as tf
    from tensorflow.core.protobuf import config_pb2, meta_graph_pb2
    from tensorflow.python.grappler import tf_optimizer

    graph = traced.graph.as_graph_def()
    if not any(node.op.endswith("PartitionedCall") for node in graph.node):
        return graph
    for marked in (*graph.library.function, *graph.node):
        for mark in _MARKS:
            if mark in marked.attr:
                del marked.attr[mark]
    with tf.Graph().as_default() as imported:
        tf.import_graph_def(graph, name="")
    meta = tf.compat.v1.train.export_meta_graph(graph_def=graph, graph=imported)
    kept = [*(each.name for each in traced.inputs), traced.outputs[0].name]
    meta.collection_def["train_op"].CopyFrom(
        meta_graph_pb2.CollectionDef(node_list=meta_graph_pb2.CollectionDef.NodeList(value=kept))
    )
    config = config_pb2.ConfigProto()
    config.graph_options.rewrite_options.optimizers.append("function")
    config.graph_options.rewrite_options.meta_optimizer_iterations = 1
    return tf_optimizer.OptimizeGraph(config, meta)


def _converted(graph: Any, inputs: list[str], output: str) -> Any:
    import tf2onnx.convert
    from keras.src.export.tf2onnx_lib import patch_tf2onnx

    patch_tf2onnx()  # for NumPy 2, which tf2onnx does not know yet
    names = {name: name.partition(":")[0] for name in inputs}
    try:
        converted, _ = tf2onnx.convert.from_graph_def(
            graph,
            input_names=inputs,
            output_names=[output],
            opset=OPSET,
            custom_op_handlers={"Erfc": (_erfc, []), "Expm1": (_expm1, [])},
            tensors_to_rename={**names, output: OUTPUT},
        )
    except (ValueError, TypeError, RuntimeError, KeyError, AssertionError) as error:
        raise ModelError(f"tf2onnx cannot convert it: {error}") from error
    return converted


def _erfc(context: Any, node: Any, name: str, arguments: Any) -> None:
    """Write erfc(x) as 1 - erf(x)."""
    _replaced(context, node, "Erf", "Sub", one_first=True)


def _expm1(context: Any, node: Any, name: str, arguments: Any) -> None:
    """Write expm1(x) as exp(x) - 1."""
    _replaced(context, node, "Exp", "Sub", one_first=False)


def _replaced(context: Any, node: Any, function: str, operation: str, *, one_first: bool) -> None:
    """Replace a node by `operation` of the constant 1 and `function` of its input."""
    import numpy as np

    shape, kind = context.get_shape(node.output[0]), context.get_dtype(node.output[0])
    source, (output,) = node.input[0], node.output
    context.remove_node(node.name)
    inner = context.make_node(function, [source], shapes=[shape], dtypes=[kind])
    one = context.make_const(f"{node.name}_one", np.array(1, np.float32))
    ends = [one.output[0], inner.output[0]]
    context.make_node(
        operation,
        ends if one_first else ends[::-1],
        name=node.name,
        outputs=[output],
        shapes=[shape],
        dtypes=[kind],
    )


def _put_back(converted: Any, variables: list[Any]) -> None:
    """Make the inputs that stand for weights initializers with their values."""
    import numpy as np
    from onnx import numpy_helper

    inputs = list(converted.graph.input)
    used = {name for node in _nodes(converted.graph) for name in node.input}
    del converted.graph.input[:]
    converted.graph.input.extend(each for each in inputs if not each.name.startswith(_WEIGHT))
    for number, variable in enumerate(variables):
        if (name := f"{_WEIGHT}{number}") in used:
            values = np.ascontiguousarray(variable.numpy())
            converted.graph.initializer.append(numpy_helper.from_array(values, name))


def _refuse_unknown_operations(converted: Any) -> None:
    """Raise ModelError for operations that were left as TensorFlow calls them."""
    import onnx

    unknown: dict[str, str] = {}
    for node in _nodes(converted.graph):
        if node.domain in ("", "ai.onnx") and not onnx.defs.has(node.op_type, OPSET):
            unknown.setdefault(node.op_type, node.name)
    if unknown:
        said = ", ".join(f"{kind} (at {name})" for kind, name in unknown.items())
        raise ModelError(f"ONNX has no counterpart of TensorFlow's {said}")


def _nodes(graph: Any) -> Iterator[Any]:
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            for inner in (attribute.g, *attribute.graphs):
                yield from _nodes(inner)


@contextmanager
def _tf2onnx_quiet() -> Iterator[None]:
    """Keep tf2onnx from logging what is found by looking at its result."""
    logger = logging.getLogger("tf2onnx")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(before)
