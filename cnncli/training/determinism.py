"""Operations that have no deterministic kernel on a graphics card, found before a run trains there.

With determinism switched on, TensorFlow 2.21 raises UnimplementedError for them, in the middle of
a step. The list is that of its own binary: each kernel which asks whether determinism is wanted,
and refuses. On processors all of them are deterministic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from cnncli.training.augmentation import Augmentation

REFUSED = frozenset(
    (
        "AdjustContrast",
        "AdjustContrastv2",
        "Bincount",
        "CropAndResizeGradBoxes",
        "CropAndResizeGradImage",
        "DebugNumericSummaryV2",
        "DenseBincount",
        "Dilation2DBackpropFilter",
        "Dilation2DBackpropInput",
        "FakeQuantWithMinMaxVarsGradient",
        "FakeQuantWithMinMaxVarsPerChannelGradient",
        "MaxPoolGradWithArgmax",
        "ResizeNearestNeighborGrad",
        "SparseTensorDenseMatMul",
        "Timestamp",
    )
)
# These refuse in one of two ways alone: with the statistics of before, of a frozen layer.
_WITH_STATISTICS = frozenset(("FusedBatchNormGrad", "FusedBatchNormGradV2", "FusedBatchNormGradV3"))


def refused(graph: Any) -> list[str]:
    """Return the operations of a traced function that a card refuses, sorted.

    What is put on the processor is none of them.
    """
    return sorted({node.op for node in _nodes(graph) if _is_refused(node)})


def spared(augmentation: Augmentation, shape: tuple[int, ...]) -> Augmentation:
    """Let the layers that hold such operations work on the processor.

    `shape` is that of an image (height, width, channels).
    """
    alone = (replace(augmentation, layers=(layer,)) for layer in augmentation.layers)
    kept = [bool(refused(_traced(each, shape))) for each in alone]
    names = [layer.name for layer, keep in zip(augmentation.layers, kept, strict=True) if keep]
    return replace(augmentation, on_processor=frozenset(names))


def settle(graph: Any, warn: Callable[[str], None]) -> list[str]:
    """Switch determinism off where a step needs what a card refuses with it, and say so.

    Returns those operations.
    """
    found = refused(graph)
    if found:
        # There is no public way back from tf.config.experimental.enable_op_determinism.
        from tensorflow.python.framework import config

        config.disable_op_determinism()
        warn(
            f"{', '.join(found)}: TensorFlow computes this on a graphics card in no fixed order, "
            "so determinism is off: the same command will come to other last bits"
        )
    return found


def _traced(augmentation: Augmentation, shape: tuple[int, ...]) -> Any:
    import tensorflow as tf

    function = tf.function(lambda images, targets: augmentation(images, targets))
    images = tf.TensorSpec([None, *shape], tf.float32)
    return function.get_concrete_function(images, tf.TensorSpec([None, 2], tf.float32)).graph


def _nodes(graph: Any) -> Iterator[Any]:
    definition = graph.as_graph_def()
    yield from definition.node
    for function in definition.library.function:  # branches, loops, and what is called
        yield from function.node_def


def _is_refused(node: Any) -> bool:
    if "CPU" in node.device.upper():
        return False
    return node.op in REFUSED or (node.op in _WITH_STATISTICS and not node.attr["is_training"].b)
