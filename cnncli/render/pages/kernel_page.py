"""A page to explore a convolution with: one HTML file that needs nothing else."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np

from cnncli.errors import UsageError
from cnncli.images.display import plain
from cnncli.images.image import Image
from cnncli.images.kernels import KERNELS, Kernel, make
from cnncli.images.reader import STDIN, STDIN_NAME
from cnncli.images.resize import fitting
from cnncli.images.sliding import Sliding
from cnncli.json_text import dumps

# A browser follows the mouse over this many pixels without delay.
LONGEST_SIDE = 640
ACTIVATIONS = ("relu", "leaky_relu", "sigmoid", "tanh")
LARGEST_KERNEL = 31


@dataclass(frozen=True)
class Page:
    """The text of the page, and what a user should know of it."""

    html: str
    notes: Sequence[str]


def build(
    image: Image,
    kernels: Sequence[Kernel],
    sliding: Sliding,
    activation: str | None,
    place: tuple[int, int] | None,
    *,
    grey: bool = False,
) -> Page:
    """Return a page about `image` that begins with the first of `kernels`, at `place`."""
    _check(kernels, sliding, activation)
    pixels = np.ascontiguousarray(_embeddable(fitting(image.pixels, LONGEST_SIDE)))
    offered = _offered(kernels)
    shrunk = f"{image.height} × {image.width}" if pixels.shape[:2] != image.pixels.shape[:2] else ""
    row, column = _start(place, image, pixels, sliding)
    scale = plain(pixels)
    document = {
        "name": image.name,
        "source": STDIN if image.name == STDIN_NAME else image.name,
        "height": pixels.shape[0],
        "width": pixels.shape[1],
        "channels": pixels.shape[2],
        "type": pixels.dtype.name,
        "pixels": base64.b64encode(pixels.tobytes()).decode("ascii"),
        "natural": [scale.black, scale.white],
        "shrunk": shrunk,
        "grey": grey,
        "kernels": [
            {"name": each.name, "purpose": each.purpose, "matrices": each.matrices}
            for each in offered
        ],
        "start": {
            "kernel": 0 if kernels else [each.name for each in offered].index("sobel-left"),
            "padding": sliding.padding,
            "stride": sliding.stride,
            "dilation": sliding.dilation,
            "bias": sliding.bias,
            "activation": activation or "",
            "channels": "sum" if sliding.sum_channels else "each",
            "flip": sliding.flip,
            "row": row,
            "column": column,
            "shown": 0,
        },
    }
    size = f"{pixels.shape[0]} x {pixels.shape[1]}"
    notes = (
        [f"The page holds the image shrunk to {size} (height x width); its values are of that."]
        if shrunk
        else []
    )
    return Page(_filled(image.name, document), notes)


def _start(
    place: tuple[int, int] | None, image: Image, pixels: np.ndarray, sliding: Sliding
) -> tuple[int, ...]:
    """Return the place to begin at in the page's picture, which may be shrunk."""
    if place is None:
        return tuple(side // sliding.stride // 2 for side in pixels.shape[:2])
    sides = zip(place, pixels.shape[:2], image.pixels.shape[:2], strict=True)
    return tuple(at * small // large for at, small, large in sides)


def _check(kernels: Sequence[Kernel], sliding: Sliding, activation: str | None) -> None:
    if sliding.transpose:
        raise UsageError("--html shows no --transpose", hint="--at shows its arithmetic.")
    if activation is not None and activation not in ACTIVATIONS:
        raise UsageError(f"--html knows the activations {', '.join(ACTIVATIONS)}, not {activation}")
    for kernel in kernels:
        if max(kernel.rows, kernel.columns) > LARGEST_KERNEL:
            raise UsageError(f"--html shows kernels of up to {LARGEST_KERNEL} x {LARGEST_KERNEL}")


def _offered(kernels: Sequence[Kernel]) -> list[Kernel]:
    """Return what was asked for first, then the kernels of the table."""
    names = {kernel.name for kernel in kernels}
    return [*kernels, *(make(name) for name in KERNELS if name not in names)]


def _embeddable(pixels: np.ndarray) -> np.ndarray:
    """Return pixels in a type that JavaScript has, little-endian."""
    kind = pixels.dtype.name if pixels.dtype.name in ("uint8", "uint16", "float32") else "float64"
    return pixels.astype(np.dtype(kind).newbyteorder("<"), copy=False)


def _filled(name: str, document: Mapping[str, Any]) -> str:
    folder = files("cnncli.render.pages")
    page = folder.joinpath("kernel_page.html").read_text(encoding="utf-8")
    parts = {
        "$title": html.escape(f"{name}: kernels at work"),
        # What looks like markup must not end the element that the data stand in.
        "$data": dumps(document).replace("<", "\\u003c"),
        "$script": folder.joinpath("kernel_page.js").read_text(encoding="utf-8"),
    }
    # In one pass: a name that holds such a mark is left as it is.
    return re.sub(r"\$(title|data|script)\b", lambda found: parts[found[0]], page)
