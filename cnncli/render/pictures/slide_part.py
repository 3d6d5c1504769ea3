"""Which part of an image an animation shows: some places of the output, and the pixels below."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnncli.errors import UsageError
from cnncli.images import crop
from cnncli.images.convolution import convolve
from cnncli.images.kernels import Kernel
from cnncli.images.sliding import Axis, Sliding

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGEST_KERNEL = 9
# Of the window along one side: as many as an output has, or of a larger one so few of them.
WHOLE, PLACES = 12, 8
MOST_PIXELS = 80  # along one side


@dataclass(frozen=True)
class Part:
    """The part of an image that is drawn.

    `places` are the rows and columns of the output, `pixels` those of the image that lie under
    a window there: indices that reach out of the image where the windows do. `is_choice` says
    that the output has more places.
    """

    places: tuple[range, range]
    pixels: tuple[range, range]
    is_choice: bool

    def inside(self, image: NDArray[Any]) -> tuple[range, range]:
        """Return the rows and columns of the image that are seen."""
        down, across = (
            range(max(0, span.start), min(span.stop, size))
            for span, size in zip(self.pixels, image.shape, strict=False)
        )
        return down, across


def part(
    pixels: NDArray[Any], kernel: Kernel, sliding: Sliding, around: tuple[int, int] | None
) -> Part:
    """Return the part of `pixels` (height x width x 1) to draw: where the response tells most.

    With `around`, it has that place of the output in its middle. Raises UsageError for kernels
    and steps too large to draw.
    """
    rows, columns = sliding.axes(pixels.shape[0], pixels.shape[1], kernel)
    _check(kernel, sliding, rows, columns)
    sides = (_side(rows), _side(columns))
    if around is not None:
        down, across = (
            crop.around(along, place, side)
            for along, place, side in zip((rows, columns), around, sides, strict=True)
        )
    else:
        response = convolve(pixels, kernel, sliding)
        down, across = crop.most_telling(response, rows, columns, sides)
    is_choice = (len(down), len(across)) != (rows.out, columns.out)
    return Part((down, across), (_under(rows, down), _under(columns, across)), is_choice)


def _side(along: Axis) -> int:
    return along.out if along.out <= WHOLE else PLACES


def _check(kernel: Kernel, sliding: Sliding, rows: Axis, columns: Axis) -> None:
    if max(kernel.rows, kernel.columns) > LARGEST_KERNEL:
        raise UsageError(
            f"--animate draws kernels of up to {LARGEST_KERNEL} x {LARGEST_KERNEL} weights, "
            f"not {kernel.rows} x {kernel.columns}",
            hint="Choose a smaller one: gaussian:size=5",
        )
    reach = max(rows.reach, columns.reach)
    if reach > 2 * LARGEST_KERNEL:
        raise UsageError(
            f"--animate draws windows of up to {2 * LARGEST_KERNEL} pixels a side, "
            f"and weights {sliding.dilation} apart span {reach}",
            hint="Choose a smaller --dilation.",
        )
    span = max(len(_under(a, range(_side(a)))) for a in (rows, columns))
    if span > MOST_PIXELS:
        raise UsageError(
            f"--animate draws up to {MOST_PIXELS} pixels a side, "
            f"and steps of {sliding.stride} pixels span {span}",
            hint="Choose a smaller --stride.",
        )


def _under(along: Axis, places: range) -> range:
    """Return the indices of all pixels under the windows at `places`."""
    first, last = (place * along.stride - along.before for place in (places[0], places[-1]))
    return range(first, last + along.reach)


def places(part: tuple[range, range]) -> str:
    """Return rows and columns in words: "rows 3 to 10, columns 0 to 7"."""
    return ", ".join(
        f"{noun} {span[0]}" if len(span) == 1 else f"{noun}s {span[0]} to {span[-1]}"
        for noun, span in zip(("row", "column"), part, strict=True)
    )
