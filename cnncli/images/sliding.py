"""How a window slides, and where it stands along one axis: sizes, padding, source indices.

Padding "same" and "valid" follow TensorFlow (`tf.nn.convolution`, "Notes on padding"), as Keras
does: with "same" the output has ceil(n / stride) places, and an odd pixel of padding goes behind.
The paddings "reflect" and "edge" have the geometry of "same" and other values outside.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from cnncli.errors import DataError, UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnncli.images.kernels import Kernel, Matrix

    Array = NDArray[np.float64]
    Indices = NDArray[np.intp]

Padding = Literal["same", "valid", "reflect", "edge"]
PADDINGS: tuple[str, ...] = get_args(Padding)
OUTSIDE = -1


@dataclass(frozen=True)
class Axis:
    """One axis of a sliding window.

    `size` pixels go in and `out` come out; the window has `taps` weights `dilation` apart and
    moves by `stride`; `before` is how far its first place stands before the first pixel.
    """

    size: int
    taps: int
    stride: int
    dilation: int
    before: int
    out: int
    transpose: bool = False

    @property
    def reach(self) -> int:
        """How many pixels the window spans."""
        return (self.taps - 1) * self.dilation + 1


def axis(
    size: int, taps: int, padding: Padding, stride: int = 1, dilation: int = 1, *, name: str
) -> Axis:
    """Return the geometry of a Conv2D or a pooling layer along one axis.

    Raises DataError when the window does not fit; `name` ("rows") is for that message.
    """
    reach = (taps - 1) * dilation + 1
    if padding == "valid":
        if reach > size:
            raise DataError(
                f"a window that spans {reach} {name} does not fit into {size}",
                hint="Use --padding same, or a smaller window.",
            )
        return Axis(size, taps, stride, dilation, 0, (size - reach) // stride + 1)
    out = -(-size // stride)
    total = max((out - 1) * stride + reach - size, 0)
    return Axis(size, taps, stride, dilation, total // 2, out)


def transposed_axis(
    size: int, taps: int, padding: Padding, stride: int = 1, dilation: int = 1
) -> Axis:
    """Return the geometry of a Conv2DTranspose along one axis."""
    if padding not in ("same", "valid"):
        raise UsageError(
            f"--transpose has no padding {padding}", hint="Use --padding same or --padding valid."
        )
    over = max((taps - 1) * dilation + 1 - stride, 0)
    if padding == "valid":
        return Axis(size, taps, stride, dilation, 0, size * stride + over, True)
    return Axis(size, taps, stride, dilation, over // 2, size * stride, True)


@dataclass(frozen=True)
class Sliding:
    """How a kernel moves over an image and what is made of the sums, in Keras's words.

    `flip` turns the kernel by half a turn: the convolution of mathematics instead of the
    correlation that a Conv2D computes. `sum_channels` adds up the responses of the channels, as
    one filter of a Conv2D does; otherwise each channel is filtered by itself (DepthwiseConv2D).
    `activation` maps float64 arrays to float64 arrays.
    """

    padding: Padding = "same"
    stride: int = 1
    dilation: int = 1
    transpose: bool = False
    flip: bool = False
    bias: float = 0.0
    sum_channels: bool = False
    activation: Callable[[Array], Array] | None = None

    def axes(self, height: int, width: int, kernel: Kernel) -> tuple[Axis, Axis]:
        """Return the geometry along rows and columns; DataError when the window does not fit."""
        if self.transpose:
            steps = (self.padding, self.stride, self.dilation)
            return (
                transposed_axis(height, kernel.rows, *steps),
                transposed_axis(width, kernel.columns, *steps),
            )
        return (
            axis(height, kernel.rows, self.padding, self.stride, self.dilation, name="rows"),
            axis(width, kernel.columns, self.padding, self.stride, self.dilation, name="columns"),
        )

    def weights(self, kernel: Kernel, channels: int) -> list[list[Matrix]]:
        """Return, for each channel of an image, the matrices as they lie on it."""
        each = [kernel.matrices] * channels
        if kernel.sums(channels):
            each = [(matrix,) for matrix in kernel.channels]
        return [[m[::-1, ::-1] if self.flip else m for m in matrices] for matrices in each]


def outside(index: Indices, size: int, padding: Padding) -> Indices:
    """Return source indices for `index`, which may lie outside 0..size-1.

    "reflect" mirrors without repeating the edge, as often as it takes; "edge" repeats the last
    pixel; otherwise there is no pixel there: OUTSIDE.
    """
    if padding == "edge" or (padding == "reflect" and size == 1):
        return np.clip(index, 0, size - 1)
    if padding == "reflect":
        period = 2 * (size - 1)
        folded = np.mod(index, period)
        return np.minimum(folded, period - folded)
    return np.where((index >= 0) & (index < size), index, OUTSIDE)


def sources(along: Axis, place: int, padding: Padding) -> Indices:
    """Return, for each weight of the window, the pixel under it when output `place` is made."""
    taps = np.arange(along.taps) * along.dilation
    if not along.transpose:
        return outside(place * along.stride - along.before + taps, along.size, padding)
    spread = place + along.before - taps
    index = np.where(spread % along.stride == 0, spread // along.stride, OUTSIDE)
    return np.where((index >= 0) & (index < along.size), index, OUTSIDE)
