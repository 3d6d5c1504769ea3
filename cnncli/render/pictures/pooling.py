"""Pooling as pictures, before and after."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnncli.render.pictures import contact_sheet
from cnncli.render.terminal.pooling import size

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cnncli.images.pooling import Pooling

# The longest side of each of the two pictures.
SIDE = 560
# Pixels of the picture that a window must have to be seen, and of the image a crop shows.
SEEN, CLOSE = 12, 40


def before_and_after(
    before: NDArray[np.uint8], after: NDArray[np.uint8], pooling: Pooling, values: str = ""
) -> NDArray[np.uint8]:
    """Return both pictures (height x width x channels) side by side at one size.

    The pooled picture is enlarged by whole pixels, so that each of them can be seen. `values`
    is written below it: what came of a global pooling.
    """
    from cnncli.images.resize import fitting

    first = _enlarged(fitting(before, SIDE))
    second = _stretched(after, first.shape)
    tiles = [
        contact_sheet.Tile(first, "before", [size(before)]),
        contact_sheet.Tile(second, "after", [_short(pooling), f"{size(after)}{values}"]),
    ]
    return contact_sheet.draw([*tiles, *_closer(before, after, pooling)], columns=2)


def _closer(
    before: NDArray[np.uint8], after: NDArray[np.uint8], pooling: Pooling
) -> list[contact_sheet.Tile]:
    """Return a crop of both pictures where single windows can be told apart.

    None where the whole pictures show them: windows of `SEEN` pixels, as they are drawn.
    """
    import numpy as np

    from cnncli.images import crop

    drawn = min(pooling.stride) * SIDE / max(before.shape[:2])
    if pooling.is_global or drawn >= SEEN:
        return []
    rows, columns = pooling.axes(*before.shape[:2])
    sides = (max(1, CLOSE // rows.stride), max(1, CLOSE // columns.stride))
    places = crop.most_telling(after.astype(np.float32), rows, columns, sides)
    below = [
        range(max(0, span.start * along.stride - along.before), span.stop * along.stride)
        for along, span in zip((rows, columns), places, strict=True)
    ]
    first = _enlarged(_cut(before, below))
    where = f"rows {below[0].start} to {below[0].stop - 1}, columns {below[1].start} to "
    return [
        contact_sheet.Tile(first, "before, closer", [f"{where}{below[1].stop - 1}"]),
        contact_sheet.Tile(
            _stretched(_cut(after, places), first.shape), "after, closer", ["the same place"]
        ),
    ]


def _cut(pixels: NDArray[np.uint8], span: Sequence[range]) -> NDArray[np.uint8]:
    return pixels[span[0].start : span[0].stop, span[1].start : span[1].stop]


def _short(pooling: Pooling) -> str:
    if pooling.is_global:
        return f"global {pooling.kind}"
    window, stride = (" x ".join(map(str, pair)) for pair in (pooling.size, pooling.stride))
    moved = "" if window == stride else f", strides {stride}"
    return f"{pooling.kind} of {window}{moved}, padding {pooling.padding}"


def _enlarged(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    factor = max(1, SIDE // max(pixels.shape[:2]))
    return pixels.repeat(factor, axis=0).repeat(factor, axis=1)


def _stretched(pixels: NDArray[np.uint8], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    import numpy as np

    rows = np.arange(shape[0]) * pixels.shape[0] // shape[0]
    columns = np.arange(shape[1]) * pixels.shape[1] // shape[1]
    return pixels[rows][:, columns]
