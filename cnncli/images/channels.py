"""Colour to grey."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cnncli.images.image import Image

# Of these types OpenCV knows how to make grey.
_OPENCV = (np.uint8, np.uint16, np.float32)


def to_grey(image: Image) -> Image:
    """Return `image` with one channel, 0.299 R + 0.587 G + 0.114 B, in its own type."""
    pixels = image.pixels
    if pixels.shape[2] == 1:
        return image
    if pixels.dtype in _OPENCV:
        from cnncli.images.prepare import to_channels

        return replace(image, pixels=to_channels(pixels, 1))
    grey = pixels.astype(np.float64) @ np.array([0.299, 0.587, 0.114])
    return replace(image, pixels=grey[:, :, None])
