"""What each layer of a network makes of an image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from cnncli.network import memory
from cnncli.network.results import computed, follow, named, results
from cnncli.network.walk import functional

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class LayerOutput:
    """The output of one layer for one image: an array without the batch axis.

    `name` is the layer's; a layer that is called again is `NAME@2`, the second result of one
    that returns several is `NAME/1`. `is_input` marks the image itself, as it goes in.
    """

    name: str
    type: str
    values: np.ndarray
    is_input: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.values.shape)

    @property
    def has_maps(self) -> bool:
        """Whether it is height x width x channels."""
        return self.values.ndim == 3

    @property
    def is_drawable(self) -> bool:
        """Whether it is a vector, a matrix or maps, and not empty."""
        return 1 <= self.values.ndim <= 3 and self.values.size > 0

    @property
    def dead(self) -> tuple[int, ...]:
        """The channels whose map is zero everywhere."""
        import numpy as np

        if not self.has_maps or self.is_input:
            return ()
        return tuple(np.flatnonzero(~self.values.any(axis=(0, 1))).tolist())

    @property
    def limits(self) -> tuple[float, float]:
        """The lowest and the highest finite value; zeros where there is none."""
        from cnncli.images.display import extremes

        return extremes(self.values)


def feature_maps(
    model: Any, image: np.ndarray, layers: Sequence[str] | None = None
) -> list[LayerOutput]:
    """Return the outputs of the `layers` of a Keras model for one image.

    Without `layers`, of all but those within nested networks. `image` is height x width x
    channels, as the model takes it. The order is the network's. Raises UsageError for a name
    that no layer has.
    """
    import keras
    import numpy as np

    found = results(model)
    if layers is None:
        wanted = {each.name for each in found if not each.is_within}
    else:
        wanted = {each.name for layer in layers for each in named(found, layer)}
    # All results are kept until the last is there, whichever are wanted.
    every = sum(memory.result(each.tensor) for each in found if not each.is_network)
    memory.require(every, "the maps of these layers")
    batch = keras.ops.convert_to_tensor(np.asarray(image, np.float32)[None])
    values = {id(functional(model)._inputs[0]): batch}
    outputs = []
    for name, call, made, _ in follow(model, values, lambda _, call, known: computed(call, known)):
        for index, tensor in enumerate(made):
            shown = f"{name}/{index}" if index else name
            if shown in wanted:
                is_input = call.type == "InputLayer"
                outputs.append(LayerOutput(shown, call.type, _array(tensor), is_input))
    return outputs


def repeats(outputs: Sequence[LayerOutput]) -> list[LayerOutput]:
    """Return drawable ones that hold the same numbers, in the same order, as the one before.

    So do Dropout and its kin, which do nothing outside of training, and Flatten.
    """
    import numpy as np

    return [
        output
        for before, output in pairwise(each for each in outputs if each.is_drawable)
        if output.values.size == before.values.size
        and np.array_equal(output.values.ravel(), before.values.ravel())
    ]


def _array(batch: Any) -> np.ndarray:
    """Return the first of a batch; half precision becomes float32, which every reader knows."""
    import numpy as np

    values: np.ndarray = np.asarray(batch)[0]
    return values if values.dtype.kind in "fiub" and values.itemsize != 2 else values.astype("f4")
