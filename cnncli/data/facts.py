"""What is known of each image once it has been decoded, as one row of a table."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

from cnncli.images.image import Image
from cnncli.images.prepare import Levels

if TYPE_CHECKING:
    import numpy as np

# One row for each image, in the order of the index: a table of NumPy takes a tenth of the
# memory that objects would. Sizes are of the upright image; `digest` is the same for the same
# picture, `near` for almost the same; `mean` and `spread` are those of the values 0..255;
# `low` and `high` are the values that became 0 and 255, `least` and `most` those that there are,
# `used` the share of the range between them. `alpha` tells that not all is opaque, `grey` that
# there is no colour, whatever the file could hold.
FIELDS = [
    ("ok", "?"),
    ("height", "<i4"),
    ("width", "<i4"),
    ("channels", "u1"),
    ("grey", "?"),
    ("alpha", "?"),
    ("format", "S8"),
    ("mode", "S8"),
    ("depth", "u1"),
    ("orientation", "u1"),
    ("several", "?"),
    ("digest", "<u8", (2,)),
    ("near", "<u8", (4,)),
    ("mean", "<f4"),
    ("spread", "<f4"),
    ("low", "<f8"),
    ("high", "<f8"),
    ("least", "<f8"),
    ("most", "<f8"),
    ("used", "<f4"),
    ("clipped", "<i8"),
]
# How far the channels of a grey pixel may differ, of 255: lossy files and CMYK round a little.
GREY_WITHIN = 4


def empty(count: int) -> np.ndarray:
    """Return a table of `count` rows that nothing is known of."""
    import numpy as np

    return np.zeros(count, dtype=FIELDS)


@dataclass(frozen=True)
class Looks:
    """Which facts that take a look at every pixel are wanted; the others stay 0."""

    spread: bool = False  # and `mean`
    grey: bool = False
    near: bool = False
    # Not one of pixels: whether what is transparent shows a background, and so makes a difference.
    alpha: bool = False


NO_LOOKS = Looks()


def row(image: Image, levels: Levels, looks: Looks) -> tuple[Any, ...]:
    """Return the facts of one image, in the order of FIELDS."""
    mean, spread = _mean_and_spread(levels.pixels) if looks.spread else (0.0, 0.0)
    return (
        True,
        image.height,
        image.width,
        image.channels,
        looks.grey and is_grey(levels.pixels),
        image.alpha is not None and bool(image.alpha.min() < image.opaque),
        image.format.encode(),
        image.mode.encode(),
        image.depth,
        image.orientation,
        image.several,
        digest(image.pixels, image.alpha if looks.alpha else None),
        near(levels.pixels) if looks.near else (0,) * 4,
        mean,
        spread,
        *levels.value_range,
        *levels.observed,
        levels.used,
        levels.clipped,
    )


def _mean_and_spread(pixels: np.ndarray) -> tuple[float, float]:
    from cnncli.images.opencv import load_cv2

    means, spreads = load_cv2().meanStdDev(pixels)
    mean = float(means.mean())
    return mean, float(((spreads**2 + means**2).mean() - mean**2) ** 0.5)


def is_grey(pixels: np.ndarray) -> bool:
    """Whether uint8 pixels of 1 or 3 channels have no colour but a trace."""
    from cnncli.images.opencv import load_cv2

    cv2 = load_cv2()
    planes = cv2.split(pixels)
    return all(
        cv2.norm(one, other, cv2.NORM_INF) <= GREY_WITHIN for one, other in combinations(planes, 2)
    )


def digest(pixels: np.ndarray, alpha: np.ndarray | None = None) -> tuple[int, int]:
    """Return 128 bits that are the same for the same picture, whatever file holds it."""
    import hashlib

    # SHA-256, which processors have instructions for: faster there than BLAKE2.
    state = hashlib.sha256(repr((pixels.shape, pixels.dtype.str)).encode())
    state.update(pixels.data)
    if alpha is not None:
        state.update(alpha.tobytes())
    value = state.digest()
    return int.from_bytes(value[:8], "little"), int.from_bytes(value[8:16], "little")


def near(pixels: np.ndarray) -> tuple[int, ...]:
    """Return the difference hash of a picture, 256 bits: near pictures differ in few of them.

    Each bit says whether one of 16 x 17 areas is brighter than its right neighbour (N. Krawetz,
    "Kind of Like That", 2013, with 64 bits, in which many a chest X-ray equals another).
    """
    import numpy as np

    from cnncli.images.opencv import load_cv2

    cv2 = load_cv2()
    small = cv2.resize(pixels, (17, 16), interpolation=cv2.INTER_AREA)
    grey = small if small.ndim == 2 else small.mean(axis=2)
    bits = np.packbits(grey[:, :-1] < grey[:, 1:])
    return tuple(np.frombuffer(bits.tobytes(), "<u8").tolist())
