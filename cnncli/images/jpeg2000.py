"""What a JPEG 2000 file says of its values (ISO/IEC 15444-1, marker SIZ).

OpenCV gives the values of 8 to 16 bits as they are stored, and says nothing of their largest;
Pillow shifts them up to 8 or 16 bits.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from cnncli.images.faults import NotSupported

if TYPE_CHECKING:
    import numpy as np

_SIZE = b"\xff\x4f\xff\x51"  # begin of the code stream, and the marker that comes first in it
_COMPONENTS, _PRECISION = 40, 42  # where they stand behind the first of these bytes
_SIGNED = 0x80


def depth(data: bytes) -> int:
    """Return the bits of one value; NotSupported for signed ones, or where channels differ."""
    place = data.find(_SIZE)
    if place < 0:
        raise SyntaxError("it has no code stream")
    (count,) = struct.unpack_from(">H", data, place + _COMPONENTS)
    first = place + _PRECISION
    said = {data[first + 3 * number] for number in range(count)}
    if any(precision & _SIGNED for precision in said):
        raise NotSupported("signed values")
    if len(said) != 1:
        raise NotSupported("its channels have different numbers of bits")
    return said.pop() + 1


def as_stored(by_pillow: np.ndarray, bits: int) -> np.ndarray:
    """Return what Pillow has shifted up to the whole of its type as it was."""
    return by_pillow >> max(0, 8 * by_pillow.itemsize - bits)
