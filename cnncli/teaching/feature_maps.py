"""What each layer of a network makes of an image."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from cnncli.errors import UsageError
from cnncli.network import memory
from cnncli.network.walk import Call, calls

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
        import numpy as np

        finite = self.values[np.isfinite(self.values)]
        return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)


def feature_maps(
    model: Any, image: np.ndarray, layers: Sequence[str] | None = None
) -> list[LayerOutput]:
    """Return the outputs of the `layers` (or of all) of a Keras model for one image.

    `image` is height x width x channels, as the model takes it. The order is the network's.
    Raises UsageError for a name that no layer has.
    """
    import keras
    import numpy as np

    named = _named(model)
    chosen = _chosen(named, layers)
    memory.require(sum(memory.result(each[2]) for each in chosen), "the maps of these layers")
    inner = keras.Model(model.inputs, [tensor for _, _, tensor in chosen])
    results = inner([np.asarray(image, np.float32)[None]], training=False)
    results = results if isinstance(results, list | tuple) else [results]
    return [
        LayerOutput(
            name=name,
            type=call.type,
            values=_array(values),
            is_input=call.type == "InputLayer",
        )
        for (name, call, _), values in zip(chosen, results, strict=True)
    ]


def refuse_unknown(layers: Sequence[str], names: Sequence[str]) -> None:
    """Raise UsageError for one of `layers` that no layer of these names can be.

    It needs no model; which outputs a layer has (NAME@2, NAME/1), only the model tells.
    """
    for layer in layers:
        if not any(layer == name or layer.startswith((f"{name}@", f"{name}/")) for name in names):
            raise _unknown(layer, names)


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


Named = tuple[str, Call, Any]


def _array(batch: Any) -> np.ndarray:
    """Return the first of a batch; half precision becomes float32, which every reader knows."""
    import numpy as np

    values: np.ndarray = np.asarray(batch)[0]
    return values if values.dtype.kind in "fiub" and values.itemsize != 2 else values.astype("f4")


def _named(model: Any) -> list[Named]:
    seen: dict[str, int] = {}
    named = []
    for call in calls(model):
        name = call.operation.name
        seen[name] = seen.get(name, 0) + 1
        shown = name if seen[name] == 1 else f"{name}@{seen[name]}"
        for index, tensor in enumerate(call.outputs):
            named.append((f"{shown}/{index}" if index else shown, call, tensor))
    return named


def _chosen(named: list[Named], layers: Sequence[str] | None) -> list[Named]:
    if layers is None:
        return named
    for layer in layers:
        if not any(_means(layer, entry) for entry in named):
            raise _unknown(layer, [entry[1].operation.name for entry in named])
    return [entry for entry in named if any(_means(layer, entry) for layer in layers)]


def _means(layer: str, entry: Named) -> bool:
    """Whether `layer` names this output: by its own name, or all outputs of a layer by its."""
    return layer in (entry[0], entry[1].operation.name)


def _unknown(layer: str, names: Sequence[str]) -> UsageError:
    names = list(dict.fromkeys(names))
    near = difflib.get_close_matches(layer, names, n=3)
    listed = ", ".join(names if len(names) <= 30 else [*names[:30], "..."])
    return UsageError(
        f'no layer is named "{layer}"',
        hint=f"Did you mean {' or '.join(near)}?" if near else f"Layers: {listed}",
    )
