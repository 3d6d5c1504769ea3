"""Everything that can be said about a network without running it, as plain data.

`describe` asks Keras (shapes, weights) and the rules of `macs` and `receptive_field`; what it
returns knows nothing of Keras, and can be kept as JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cnncli.network.walk import Shape
from cnncli.spec.outside import is_outside

Number = int | float


@dataclass(frozen=True)
class Formula:
    """How a number of a layer comes about: in symbols, and with the numbers in them.

    Both texts are empty where the number has no arithmetic of its own.
    """

    quantity: str
    symbols: str
    numbers: str
    value: Number | None


@dataclass(frozen=True)
class Layer:
    """One layer (or function of `keras.ops`) of a network.

    `output_shapes` has one shape for each result, with None for the batch and for sizes that are
    not fixed. `macs` are those of one image, `activation_bytes` those of a batch, both of all
    its `calls` together; None where they are not known. A `receptive_field` gives input
    positions along each spatial axis; it is "whole" where a unit sees the whole input, "unknown"
    without a rule, None where there are no spatial axes. `block` names the uses of blocks of the
    spec that the layer came from, outermost first. `path` is where the layer stands in the spec, as
    `--set` takes it, and `block_paths` where those uses stand; empty where there is no spec.
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
    path: str = ""
    block_paths: tuple[str, ...] = ()
    arguments: tuple[tuple[str, object], ...] = ()
    layers: tuple[Layer, ...] = ()
    formulas: tuple[Formula, ...] = ()

    @property
    def output_shape(self) -> Shape:
        """The shape of the (first) result."""
        return self.output_shapes[0]

    @property
    def is_closed(self) -> bool:
        """Whether it is a network from outside: one line, unless its layers are asked for."""
        return is_outside(self.type)

    @property
    def trainable(self) -> bool | None:
        """Whether any of its weights is trained; None for a layer without weights."""
        return None if self.params == 0 else self.trainable_params > 0


@dataclass(frozen=True)
class Part:
    """A layer that is no network; one of a nested network is named "NETWORK/LAYER".

    `calls` tells how often the networks around it are called.
    """

    name: str
    layer: Layer
    calls: int

    def amount(self, quantity: str) -> int | None:
        """Return its `params`, or the `macs` or `activation_bytes` of all its calls."""
        value: int | None = getattr(self.layer, quantity)
        return value if value is None or quantity == "params" else value * self.calls


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
    def parts(self) -> tuple[Part, ...]:
        """The layers that are no networks themselves, those inside nested ones in their place."""
        return tuple(_parts(self.layers, "", 1))

    @property
    def units(self) -> tuple[Part, ...]:
        """The parts, but each network from outside as one."""
        return tuple(_parts(self.layers, "", 1, closed=True))

    @property
    def total_macs(self) -> int:
        """The MACs of all layers that have a rule, for one image."""
        return sum(part.amount("macs") or 0 for part in self.parts)

    @property
    def uncounted(self) -> tuple[str, ...]:
        """The layers whose MACs are not known, and so not in the total."""
        return tuple(part.name for part in self.parts if part.layer.macs is None)

    @property
    def activation_bytes(self) -> int | None:
        """The results of all layers together, as training keeps them for a batch."""
        return known_sum(layer.activation_bytes for layer in self.layers)

    def largest(self, quantity: str) -> tuple[str, int] | None:
        """Return the layer with most `params`, `macs` or `activation_bytes`, and how many."""
        amounts = [(part.name, part.amount(quantity) or 0) for part in self.parts]
        best = max(amounts, key=lambda named: named[1], default=("", 0))
        return best if best[1] else None


def _parts(
    layers: tuple[Layer, ...], around: str, calls: int, *, closed: bool = False
) -> Iterator[Part]:
    for layer in layers:
        if layer.layers and not (closed and layer.is_closed):
            within = f"{around}{layer.name}/"
            yield from _parts(layer.layers, within, calls * layer.calls, closed=closed)
        elif not around or layer.type != "InputLayer":
            yield Part(around + layer.name, layer, calls)


def known_sum(values: Iterable[int | None]) -> int | None:
    """Return the sum; None where one of the values is not known."""
    known = list(values)
    return None if None in known else sum(value or 0 for value in known)
