"""Bringing an image to a given size: one function for training and prediction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np

Resize = Literal["stretch", "pad", "crop"]


def resize(pixels: np.ndarray, height: int, width: int, how: Resize = "stretch") -> np.ndarray:
    """Return `pixels` (height x width x channels) at the size asked for, type and range kept.

    "stretch" fills the size whatever the proportions; "pad" keeps them and fills with zeros
    around the centred image; "crop" keeps them and cuts off what stands over at both ends.
    Shrinking averages over the area of each new pixel, so that nothing aliases; enlarging is
    linear.
    """
    if how == "stretch":
        return _scale(pixels, height, width)
    inner = _inner((pixels.shape[0], pixels.shape[1]), (height, width), how)
    scaled = _scale(pixels, *inner)
    return _pad(scaled, height, width) if how == "pad" else _crop(scaled, height, width)


def fitting(pixels: np.ndarray, longest: int) -> np.ndarray:
    """Return `pixels` shrunk, proportions kept, until its longest side is `longest` at most.

    Types that OpenCV does not resize (32-bit integers) come back as float32.
    """
    scale = longest / max(pixels.shape[:2])
    if scale >= 1:
        return pixels
    height, width = (max(1, round(side * scale)) for side in pixels.shape[:2])
    if pixels.dtype.name not in ("uint8", "uint16", "int16", "float32", "float64"):
        pixels = pixels.astype("float32")
    return _scale(pixels, height, width)


def distortion(from_height: int, from_width: int, height: int, width: int) -> float:
    """Return by how much stretching changes the proportions: 0.1 for a tenth, 0 for not at all."""
    before, after = from_width / from_height, width / height
    return max(before, after) / min(before, after) - 1


def moved(
    from_size: tuple[int, int], size: tuple[int, int], how: Resize = "stretch"
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return what `resize` does to places, down and across: the factors, then what is added.

    Sizes are height and width. What lay at y lies at y times the factor plus what is added.
    """
    if how == "stretch":
        return (size[0] / from_size[0], size[1] / from_size[1]), (0, 0)
    inner = _inner(from_size, size, how)
    factors = (inner[0] / from_size[0], inner[1] / from_size[1])
    # As _pad and _crop round, each towards the beginning.
    added = [
        (side - within) // 2 if how == "pad" else -((within - side) // 2)
        for side, within in zip(size, inner, strict=True)
    ]
    return factors, (added[0], added[1])


def _inner(from_size: tuple[int, int], size: tuple[int, int], how: Resize) -> tuple[int, int]:
    """Return the size of the image itself, its proportions kept."""
    ratios = (size[0] / from_size[0], size[1] / from_size[1])
    scale = min(ratios) if how == "pad" else max(ratios)
    return max(1, round(from_size[0] * scale)), max(1, round(from_size[1] * scale))


def _scale(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    from cnncli.images.opencv import load_cv2

    cv2 = load_cv2()
    # OpenCV's area method degrades to a kind of linear one as soon as one side is enlarged,
    # so the sides that shrink go first.
    smaller = (min(width, pixels.shape[1]), min(height, pixels.shape[0]))
    if smaller != (pixels.shape[1], pixels.shape[0]):
        pixels = _with_channels(cv2.resize(pixels, smaller, interpolation=cv2.INTER_AREA))
    if smaller != (width, height):
        pixels = _with_channels(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_LINEAR))
    return pixels


def _with_channels(pixels: np.ndarray) -> np.ndarray:
    return pixels[:, :, None] if pixels.ndim == 2 else pixels


def _pad(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    import numpy as np

    canvas = np.zeros((height, width, pixels.shape[2]), pixels.dtype)
    top, left = (height - pixels.shape[0]) // 2, (width - pixels.shape[1]) // 2
    canvas[top : top + pixels.shape[0], left : left + pixels.shape[1]] = pixels
    return canvas


def _crop(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    top, left = (pixels.shape[0] - height) // 2, (pixels.shape[1] - width) // 2
    return pixels[top : top + height, left : left + width]
