"""One decoded image, and what its file said about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Image:
    """An image as it is stored, turned upright.

    `pixels` is height x width x channels: 1 channel (grey) or 3 (red, green, blue), in the
    type of the file (uint8, uint16, float32, ...). `alpha` is height x width of the same type,
    or None. `mode` is Pillow's name for what the file holds ("1", "P", "RGBA", "CMYK", ...),
    `depth` the bits of one value in it. `value_range` is the lowest and highest value that the
    file states, None where it states none. `orientation` is the EXIF one that was obeyed.
    `several` says that the file holds more pictures, of which this is the first.
    """

    pixels: np.ndarray
    name: str
    format: str
    mode: str
    depth: int
    alpha: np.ndarray | None = None
    value_range: tuple[float, float] | None = None
    orientation: int = 1
    several: bool = False

    @property
    def opaque(self) -> float:
        """The value of `alpha` through which nothing is seen."""
        if self.pixels.dtype.kind == "f":
            return 1.0
        bits = 8 * self.pixels.dtype.itemsize
        if self.value_range is not None and self.depth < bits:
            bits = self.depth
        return float(2 ** (bits - (self.pixels.dtype.kind == "i")) - 1)

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def channels(self) -> int:
        return int(self.pixels.shape[2])
