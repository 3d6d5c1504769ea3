"""Portable anymaps (PBM, PGM, PPM), read as they are stored.

OpenCV and Pillow both spread values over 8 or 16 bits where the file states another largest
value; here they stay, and the largest value is handed on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

_SPACE = rb"(?:\s|#[^\n\r]*[\n\r])+"
_HEADER = re.compile(
    rb"P([2356])" + _SPACE + rb"(\d+)" + _SPACE + rb"(\d+)" + _SPACE + rb"(\d+)\s", re.ASCII
)


@dataclass(frozen=True)
class Anymap:
    """Pixels, height x width x 1 or 3, uint8 or uint16, and the value that stands for white."""

    pixels: np.ndarray
    white: int


def read(data: bytes) -> Anymap | None:
    """Return what a PGM or PPM holds (netpbm's formats P2, P3, P5, P6); None for other kinds.

    Raises ValueError when values are missing or larger than the file states.
    """
    import numpy as np

    header = _HEADER.match(data)
    if header is None:
        return None
    kind, width, height, white = (int(group) for group in header.groups())
    if not 0 < white < 65536:
        raise ValueError(f"states {white} as its largest value")
    channels = 3 if kind in (3, 6) else 1
    count = width * height * channels
    if kind in (2, 3):
        text = re.sub(rb"#[^\n\r]*", b"", data[header.end() :])
        values = np.array(text.split()[:count], dtype=np.uint32)
    else:
        stored = np.dtype("u1" if white < 256 else ">u2")
        available = (len(data) - header.end()) // stored.itemsize
        values = np.frombuffer(data, stored, min(count, available), header.end())
    if values.size < count:
        raise ValueError(f"holds {values.size:,} of its {count:,} values")
    if values.size and int(values.max()) > white:
        raise ValueError(f"holds values above {white}, which it states as the largest")
    pixels = values.astype(np.uint8 if white < 256 else np.uint16)
    return Anymap(pixels.reshape(height, width, channels), white)
