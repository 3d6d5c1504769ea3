"""The kernels that the convolutions of a network have learnt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnncli.errors import UsageError
from cnncli.network.results import Result, named, results

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Filters:
    """The filters of one convolution: the weights that make each of its maps.

    `kernels` is filters x rows x columns x input channels, float32; of a SeparableConv2D, whose
    two steps are one, their product. `biases` has one for each, or is None. `is_first` tells that
    the channels are those of the image, and no convolution comes before.
    """

    result: Result
    kernels: np.ndarray
    biases: np.ndarray | None
    is_first: bool

    @property
    def name(self) -> str:
        return self.result.name

    @property
    def type(self) -> str:
        return self.result.call.type

    @property
    def inputs(self) -> int:
        """How many channels each filter sees."""
        return int(self.kernels.shape[3])

    @property
    def norms(self) -> np.ndarray:
        """The length of each filter as a vector: the root of its summed squares."""
        import numpy as np

        lengths: np.ndarray = np.sqrt(np.square(self.kernels.astype(np.float64)).sum((1, 2, 3)))
        return lengths

    def check(self, index: int, option: str) -> None:
        """Raise UsageError for a filter that there is not."""
        if index >= len(self.kernels):
            raise UsageError(
                f"{option}: {self.name} has {len(self.kernels)} filters, numbered from 0 to "
                f"{len(self.kernels) - 1}"
            )


def filters(model: Any, layers: Sequence[str] | None = None) -> tuple[list[Filters], list[str]]:
    """Return the filters of convolutions by name, and the names of all convolutions.

    Without `layers`, of the first. Raises UsageError for a layer that there is not or that has no
    kernels of rows and columns, and for a network without any.
    """
    found = results(model)
    convolutions = {each.number: each for each in found if is_convolution(each.call.operation)}
    if not convolutions:
        raise UsageError("the network has no 2D convolution, so it has no filters to show")
    known = [each.name for each in convolutions.values()]
    chosen: list[Result] = []
    for layer in layers or known[:1]:
        fitting = [each for each in named(found, layer) if each.number in convolutions]
        if not fitting:
            raise UsageError(
                f"--layer {layer}: a {named(found, layer)[0].call.type} has no filters of rows "
                "and columns",
                hint=f"Layers that have: {_listed(known)}",
            )
        chosen += [each for each in fitting if each not in chosen]
    behind = _behind(found, set(convolutions))
    made = [_filters(each, is_first=each.number not in behind) for each in chosen]
    return made, known


def is_convolution(operation: Any) -> bool:
    """Whether an operation is a layer with kernels of rows and columns."""
    import keras

    layers = keras.layers
    kinds = (layers.Conv2D, layers.Conv2DTranspose, layers.DepthwiseConv2D, layers.SeparableConv2D)
    return isinstance(operation, kinds)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names if len(names) <= 30 else [*names[:30], "..."])


def _filters(result: Result, *, is_first: bool) -> Filters:
    import numpy as np

    layer = result.call.operation
    biases = np.asarray(layer.bias, np.float32) if layer.use_bias else None
    kernels = np.ascontiguousarray(_kernels(layer), np.float32)
    return Filters(result, kernels, biases, is_first)


def _kernels(layer: Any) -> np.ndarray:
    """Return filters x rows x columns x input channels, in the order of the maps."""
    import keras
    import numpy as np

    if isinstance(layer, keras.layers.SeparableConv2D):
        deep = np.asarray(layer.depthwise_kernel)
        point = np.asarray(layer.pointwise_kernel)[0, 0].reshape(*deep.shape[2:], -1)
        return np.einsum("hwcm,cmf->fhwc", deep, point)
    kernel = np.asarray(layer.kernel)
    if isinstance(layer, keras.layers.DepthwiseConv2D):
        rows, columns, _, _ = kernel.shape
        return kernel.transpose(2, 3, 0, 1).reshape(-1, rows, columns)[..., None]
    if isinstance(layer, keras.layers.Conv2DTranspose):
        return kernel.transpose(2, 0, 1, 3)
    return np.moveaxis(kernel, -1, 0)


def _behind(found: Sequence[Result], convolutions: set[int]) -> set[int]:
    """Return the numbers of the results that a convolution comes before."""
    behind: set[int] = set()
    for each in found:
        if any(source in behind or source in convolutions for source in each.sources):
            behind.add(each.number)
    return behind
