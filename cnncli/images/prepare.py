"""An image as a network takes it: 0..255, the channels of its input, its size.

Training and prediction go through the same function, so that they see the same pixels.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cnncli.errors import DataError, UsageError
from cnncli.images.image import Image
from cnncli.images.resize import Resize, resize

if TYPE_CHECKING:
    import numpy as np

Range = tuple[float, float]
Colour = tuple[int, int, int]  # red, green, blue, 0..255


# The share of a range below which an image is of hardly more than one shade: 32 of 256 levels.
FEW = 1 / 8


class UnknownRangeError(DataError):
    """Nothing says which value of an image is black and which is white; `values` are its ends."""

    def __init__(self, message: str, values: Range) -> None:
        super().__init__(message, hint=range_hint(values))
        self.values = values


def range_hint(values: Range) -> str:
    """Return which option says what becomes 0 and 255."""
    return (
        f"Give the range that becomes 0 to 255, for example --range {values[0]:.6g},{values[1]:.6g}"
    )


@dataclass(frozen=True)
class Target:
    """What a network takes: `height` x `width` x `channels`, and how images come to that.

    `background` is what shows through where an image is transparent; without it transparency is
    dropped.
    """

    height: int
    width: int
    channels: int
    resize: Resize = "stretch"
    value_range: Range | None = None
    background: Colour | None = None


@dataclass(frozen=True)
class Levels:
    """An image in 0..255, the range of values that was mapped to it, and what was lost.

    `observed` are its least and its largest value, as stored. `clipped` counts the values outside
    of the range; `used` is the share of the range between the lowest and the highest value.
    """

    pixels: np.ndarray
    value_range: Range
    observed: Range
    clipped: int
    used: float


def prepare(image: Image, target: Target) -> np.ndarray:
    """Return `image` as uint8, height x width x channels of `target`.

    Raises DataError where the range of a float image cannot be told, or where the input has a
    number of channels that no image has.
    """
    return fit(to_levels(image, target.value_range, target.background).pixels, target)


def doubt(levels: Levels, depth: int, wanted: Range | None) -> str:
    """Return why an image of `depth` bits may not look as a network expects it; "" if it does."""
    low, high = levels.value_range
    least, most = levels.observed
    if wanted is not None and levels.value_range != wanted:
        return (
            f"cannot have the values {wanted[0]:g} to {wanted[1]:g} that the network was trained "
            f"on, and keeps its own range ({low:g} to {high:g})"
        )
    if depth > 8 and levels.used < FEW and least < most:
        return (
            f"hardly a grey level is left: its values run from {least:.6g} to {most:.6g}, where "
            f"{low:.6g} to {high:.6g} become black to white"
        )
    return ""


def colour(text: str, option: str) -> Colour:
    """Read a colour: a name of HTML's, `#rrggbb` or `rgb(r,g,b)`; UsageError names `option`."""
    from PIL import ImageColor

    try:
        red, green, blue, *more = ImageColor.getrgb(text)
    except ValueError:
        red, green, blue, *more = 0, 0, 0, 0
    if more:  # no colour, or one that is transparent itself
        raise UsageError(
            f'{option}: "{text}" is not a colour', hint=f"For example: {option} white or '#f0f0f0'"
        )
    return red, green, blue


def fit(pixels: np.ndarray, target: Target) -> np.ndarray:
    """Return uint8 `pixels` with the channels and at the size of `target`."""
    coloured = to_channels(pixels, target.channels)
    return resize(coloured, target.height, target.width, target.resize)


def to_channels(pixels: np.ndarray, channels: int) -> np.ndarray:
    """Return `pixels` (1 or 3 channels) with 1 or 3 channels; grey is 0.299 R + 0.587 G + 0.114 B.

    The weights are those of ITU-R BT.601, as in OpenCV, Pillow and TensorFlow.
    """
    if channels not in (1, 3):
        raise DataError(
            f"the input of the network has {channels} channels; images have 1 (grey) or 3 (colour)"
        )
    if pixels.shape[2] == channels:
        return pixels
    from cnncli.images.opencv import load_cv2

    cv2 = load_cv2()
    if channels == 3:
        return cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB)
    return cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)[:, :, None]


def to_levels(
    image: Image, value_range: Range | None = None, background: Colour | None = None
) -> Levels:
    """Map the values of an image to 0..255: by `value_range`, or by what its file says.

    With a `background` what is transparent is laid onto it.

    The range is that of images that can have such values: 8-bit ones keep 0..255 (see `takes`).
    Without either, integers use the whole range of their type, and floats 0..1 or 0..255 if all
    values lie in it; otherwise UnknownRangeError. What lies outside is clipped and counted.
    """
    levels = _opaque_levels(image, value_range)
    if background is None or image.alpha is None:
        return levels
    return replace(levels, pixels=_onto(levels.pixels, image, background))


def _opaque_levels(image: Image, value_range: Range | None) -> Levels:
    import numpy as np

    values: Any = image.pixels
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise DataError(f"{image.name}: holds values that are not finite numbers")
    least, most = float(values.min()), float(values.max())
    taken = value_range if value_range and _takes(image, value_range, least, most) else None
    low, high = taken or image.value_range or _range_of_type(image, least, most)
    used = max(0.0, (min(most, high) - max(least, low)) / (high - low))
    if values.dtype == np.uint8 and (low, high) == (0, 255):
        return Levels(values, (0, 255), (least, most), 0, used)
    clipped = int(((values < low) | (values > high)).sum()) if least < low or most > high else 0
    scaled = (values.astype(np.float32 if values.dtype.itemsize <= 2 else np.float64) - low) * (
        255 / (high - low)
    )
    levels = np.clip(np.rint(scaled), 0, 255).astype(np.uint8)
    return Levels(levels, (low, high), (least, most), clipped, used)


def _onto(pixels: np.ndarray, image: Image, background: Colour) -> np.ndarray:
    """Return uint8 `pixels` over a colour, as much of it as the alpha of `image` lets through."""
    import numpy as np

    assert image.alpha is not None
    if len(set(background)) > 1:
        pixels = to_channels(pixels, 3)
    beneath = np.array(background[: pixels.shape[2]], np.float32)
    opacity = np.clip(image.alpha / image.opaque, 0, 1).astype(np.float32)[:, :, None]
    return np.rint(beneath + (pixels - beneath) * opacity).astype(np.uint8)


def _takes(image: Image, wanted: Range, least: float, most: float) -> bool:
    """Whether a range that is given for many images can be meant for this one.

    It must fit into the type of its values, and 8 bits are always 0..255. Floats in 0..1 are
    taken for what they look like, where the range would make them one shade of black.
    """
    if image.pixels.dtype.kind == "f":
        return not (least >= 0 and most <= 1 < FEW * (wanted[1] - wanted[0]))
    if image.depth <= 8:
        return False
    low, high = _limits(image)
    return low <= wanted[0] and wanted[1] <= high


def _limits(image: Image) -> Range:
    """Return the least and the largest value that whole numbers of the depth of a file can have."""
    import numpy as np

    limits = np.iinfo(image.pixels.dtype)
    if image.depth < limits.bits and image.value_range is not None:
        return 0.0, 2.0**image.depth - 1
    return float(limits.min), float(limits.max)


def _range_of_type(image: Image, least: float, most: float) -> Range:
    if image.pixels.dtype.kind in "iu":
        return _limits(image)
    for high in (1.0, 255.0):
        if least >= 0 and most <= high:
            return 0.0, high
    raise UnknownRangeError(
        f"{image.name}: its values run from {least:.6g} to {most:.6g}, "
        "and nothing says which of them is black and which white",
        (least, most),
    )
