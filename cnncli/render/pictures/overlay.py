"""A map over its image: which colour each value has, and how much of the image is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncli.explain.enlarge import enlarged, strongest
from cnncli.render.pictures.shades import Shades

if TYPE_CHECKING:
    import numpy as np

MANY, PART = 10_000, 0.01  # values of a map whose scale leaves out the largest, and how many
# How much of the colour of a value covers the image: of none, and of the strongest.
FAINT, STRONG = 0.25, 0.8


def scale(values: np.ndarray) -> Shades:
    """Return the scale of a map: from 0, or as far below it as above where it goes below.

    Of many values a few may be so large that nothing of the others would be seen: where the
    largest PART of them are more than twice the rest, the scale ends at the rest.
    """
    import numpy as np

    sizes = abs(values)
    largest = float(sizes.max())
    if sizes.size >= MANY:
        usual = float(np.quantile(sizes, 1 - PART))
        largest = usual if 0 < usual < largest / 2 else largest
    return Shades(-largest if values.min() < 0 else 0.0, largest)


def blended(pixels: np.ndarray, values: np.ndarray, shades: Shades) -> np.ndarray:
    """Return the colours of a map over the image in grey; the stronger, the less it shows.

    Of a map that is finer than the image, each pixel has the strongest value.
    """
    import numpy as np

    spread = enlarged(strongest(values, pixels.shape[:2]), pixels.shape[:2])
    strength = np.minimum(abs(spread) / (shades.high or 1.0), 1)
    share = (FAINT + (STRONG - FAINT) * strength)[..., None]
    mixed = grey(pixels) * (1 - share) + shades.colours(spread) * share
    blend: np.ndarray = np.rint(mixed).astype(np.uint8)
    return blend


def coloured(pixels: np.ndarray) -> np.ndarray:
    """Return an image (height x width x 1 or 3) with three channels."""
    return pixels.repeat(3, axis=2) if pixels.shape[2] == 1 else pixels


def grey(pixels: np.ndarray) -> np.ndarray:
    """Return the image without colours of its own, which would mix with those of the map."""
    from cnncli.images.prepare import to_channels

    return coloured(to_channels(pixels, 1))
