"""Multiply-accumulates counted by somebody else: half of TensorFlow's float-operation profile."""

from __future__ import annotations

COUNTED = {
    "Conv2D",
    "Conv3D",
    "DepthwiseConv2dNative",
    "Conv2DBackpropInput",
    "Conv3DBackpropInputV2",
    "MatMul",
    "BatchMatMulV2",
    "BatchMatMul",
    "Einsum",
}


def profiled_macs(model) -> int:
    """Return half of the float operations of convolutions and matrix products, for one image."""
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import (
        convert_variables_to_constants_v2_as_graph,
    )

    specs = [tf.TensorSpec((1, *t.shape[1:]), t.dtype) for t in model.inputs]
    call = tf.function(lambda *inputs: model(list(inputs) if len(inputs) > 1 else inputs[0]))
    _, frozen = convert_variables_to_constants_v2_as_graph(call.get_concrete_function(*specs))
    with tf.Graph().as_default() as graph:
        tf.graph_util.import_graph_def(frozen, name="")
        options = tf.compat.v1.profiler.ProfileOptionBuilder.float_operation()
        options["output"] = "none"
        profile = tf.compat.v1.profiler.profile(graph, cmd="op", options=options)
    return sum(_operations(profile)) // 2


def _operations(node):
    if node.name in COUNTED:
        yield node.float_ops
    for child in node.children:
        yield from _operations(child)
