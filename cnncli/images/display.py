"""From responses, which are any numbers, to a picture of 0..255: by a rule that can be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cnncli.images.kernels import Kernel
from cnncli.images.opencv import load_cv2
from cnncli.images.parallel import each

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Lone extreme values would leave the rest of the picture grey.
SHARE = 0.99
SAMPLED = 100_000
_UNIT = (0.0, 1.0)  # the scale of what has no finite value


@dataclass(frozen=True)
class Shown:
    """A picture (uint8, height x width x channels), and which values are black and white in it."""

    pixels: NDArray[np.uint8]
    black: float
    white: float
    beyond: int

    @property
    def ends(self) -> str:
        """Which values are black and white."""
        grey = ", grey 0" if self.black == -self.white else ""
        return f"black {_number(self.black)}{grey}, white {_number(self.white)}"

    @property
    def said(self) -> str:
        """How values became brightness, in a few words."""
        share = 100 * self.beyond / self.pixels.size
        return f"{self.ends}; {share:.2g} % of the values lie beyond" if self.beyond else self.ends


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def show(response: NDArray[np.float32], kernel: Kernel, source: NDArray[Any]) -> Shown:
    """Return `response` as a picture.

    Where the weights sum to 1 the scale of the source is kept (0..255 for 8 bits, otherwise its
    own lowest and highest value). Where they sum to 0, grey is 0, and black and white lie as far
    on either side as all but 1 % of the values; what is never negative begins at black.
    """
    least, most = extremes(response, _UNIT)
    natural = _natural(source)
    if _keeps_brightness(kernel) and _fits(least, most, natural):
        return mapped(response, *natural)
    if least >= 0:
        return mapped(response, 0.0, _reach(response))
    if abs(kernel.total) <= 1e-9 * np.abs(kernel.matrices[0]).sum():
        reach = _reach(response)
        return mapped(response, -reach, reach)
    return mapped(response, least, most)


def plain(pixels: NDArray[Any]) -> Shown:
    """Return an image as it is: 0..255 for 8 bits, otherwise from its lowest to its highest."""
    return mapped(pixels, *_natural(pixels))


def mapped(values: NDArray[Any], black: float, white: float) -> Shown:
    """Return `values` (height x width x channels) spread evenly from `black` to `white`."""
    if white <= black:
        white = black + 1.0
    cv2 = load_cv2()
    scale = 255 / (white - black)
    out = np.empty(values.shape, dtype=np.uint8)
    rows = max(1, 2**17 // max(1, values.shape[1] * values.shape[2]))

    def fill(first: int) -> int:
        strip = values[first : first + rows].astype(np.float32)
        flat = np.clip(strip, black, white).reshape(len(strip), -1)
        # One pass that scales, rounds and saturates; what is no number becomes black.
        shown = cv2.addWeighted(flat, scale, flat, 0.0, -black * scale, dtype=cv2.CV_8U)
        out[first : first + rows] = shown.reshape(strip.shape)
        return int(np.count_nonzero(strip < black) + np.count_nonzero(strip > white))

    beyond = sum(each(fill, range(0, values.shape[0], rows)))
    return Shown(out, black, white, beyond)


def _keeps_brightness(kernel: Kernel) -> bool:
    return not kernel.is_magnitude and abs(kernel.total - 1) <= 1e-6


def _fits(least: float, most: float, natural: tuple[float, float]) -> bool:
    """Whether values use the scale of the source, and not some small part of it."""
    return most - least > 0.02 * (natural[1] - natural[0])


def _natural(source: NDArray[Any]) -> tuple[float, float]:
    return (0.0, 255.0) if source.dtype == np.uint8 else extremes(source, _UNIT)


def extremes(
    values: NDArray[Any], nothing: tuple[float, float] = (0.0, 0.0)
) -> tuple[float, float]:
    """Return the lowest and the highest finite value; `nothing` where there is none.

    Takes no memory beside the values, but where some are not finite.
    """
    if not values.size:
        return nothing
    least, most = float(values.min()), float(values.max())
    if np.isfinite(least) and np.isfinite(most):
        return least, most
    known = np.isfinite(values)
    if not known.any():
        return nothing
    least = values.min(where=known, initial=np.inf)
    return float(least), float(values.max(where=known, initial=-np.inf))


def _reach(response: NDArray[np.float32]) -> float:
    """Return the magnitude that all but 1 % of the values keep to (of about a hundred thousand)."""
    flat = response.reshape(-1)
    sample = np.abs(flat[:: max(1, flat.size // SAMPLED)])
    sample = sample[np.isfinite(sample)]
    if not sample.size:
        return 1.0
    index = min(sample.size - 1, int(SHARE * sample.size))
    reach = float(np.partition(sample, index)[index])
    return reach or float(sample.max()) or 1.0
