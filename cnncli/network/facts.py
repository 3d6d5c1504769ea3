"""Everything that can be said about a network without running it, as plain data.

`describe` asks Keras (shapes, weights) and the rules of `macs` and `receptive_field`; what it
returns knows nothing of Keras, and can be kept as JSON.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cnncli.network.walk import Shape

Number = int | float


@dataclass(frozen=True)
class Layer:
    """One layer (or function of `keras.ops`) of a network.

    `output_shapes` has one shape for each result, with None for the batch and for sizes that are
    not fixed. `macs` are those of one image, `activation_bytes` those of a batch, both of all
    its `calls` together; None where they are not known. A `receptive_field` gives input
    positions along each spatial axis; it is "whole" where a unit sees the whole input, "unknown"
    without a rule, None where there are no spatial axes. `block` names the uses of blocks of the
    spec that the layer came from, outermost first.
    """

    name: str
    type: str
    output_shapes: tuple[Shape, ...]
    params: int
    trainable_params: int
    weight_bytes: int
    activation_bytes: int | None
    macs: int | None
    inputs: tuple[str, ...] = ()
    kernel_size: tuple[int, ...] | None = None
    strides: tuple[int, ...] | None = None
    receptive_field: tuple[int, ...] | str | None = None
    receptive_stride: tuple[Number, ...] | None = None
    calls: int = 1
    block: tuple[str, ...] = ()
    arguments: tuple[tuple[str, object], ...] = ()
    layers: tuple[Layer, ...] = ()

    @property
    def output_shape(self) -> Shape:
        """The shape of the (first) result."""
        return self.output_shapes[0]

    @property
    def trainable(self) -> bool | None:
        """Whether any of its weights is trained; None for a layer without weights."""
        return None if self.params == 0 else self.trainable_params > 0


@dataclass(frozen=True)
class Summary:
    """A network: its layers in order, and what they come to.

    Weights that layers share are counted once in the totals. `batch` images are held in memory at
    a time; `dtype` is that of the floats, None for each layer's own.
    """

    name: str
    layers: tuple[Layer, ...]
    total_params: int
    trainable_params: int
    weight_bytes: int
    batch: int = 1
    dtype: str | None = None

    @property
    def non_trainable_params(self) -> int:
        return self.total_params - self.trainable_params

    @property
    def total_macs(self) -> int:
        """The MACs of all layers that have a rule, for one image."""
        return sum(layer.macs or 0 for layer in self.layers)

    @property
    def uncounted(self) -> tuple[str, ...]:
        """The layers whose MACs are not known, and so not in the total."""
        return tuple(layer.name for layer in self.layers if layer.macs is None)

    @property
    def activation_bytes(self) -> int | None:
        """The results of all layers together, as training keeps them for a batch."""
        sizes = [layer.activation_bytes for layer in self.layers]
        return None if None in sizes else sum(size or 0 for size in sizes)

    def largest(self, quantity: str) -> Layer | None:
        """Return the layer with most `params`, `macs`, `activation_bytes` or `weight_bytes`."""
        best = max(self.layers, key=lambda layer: getattr(layer, quantity) or 0, default=None)
        return best if best is not None and getattr(best, quantity) else None

    def walk(self) -> Iterator[tuple[int, Layer]]:
        """Yield (depth, layer) for all layers, those of nested models below theirs."""
        yield from _walk(self.layers, 0)


def _walk(layers: tuple[Layer, ...], depth: int) -> Iterator[tuple[int, Layer]]:
    for layer in layers:
        yield depth, layer
        yield from _walk(layer.layers, depth + 1)
