"""BMP files whose values are bit fields: 16 and 32 bits a pixel (BITMAPINFOHEADER and later).

OpenCV shifts them into 8 bits, so that 5 bits never reach 255 and 10 bits come out wrong; Pillow
knows some layouts only. The other kinds of BMP are Pillow's.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnncli.images.faults import NotSupported

if TYPE_CHECKING:
    import numpy as np

_RGB, _BIT_FIELDS, _ALPHA_BIT_FIELDS = 0, 3, 6
_USUAL = {16: (0x7C00, 0x3E0, 0x1F, 0), 32: (0xFF0000, 0xFF00, 0xFF, 0)}
_LEAST_HEADER, _WITH_ALPHA = 40, 56  # bytes; masks stand in or behind it, at the same place
_MASKS = 54


@dataclass(frozen=True)
class Bmp:
    """A BMP of bit fields; `masks` are those of red, green, blue and alpha (0: there is none)."""

    width: int
    height: int
    upwards: bool
    bits: int
    start: int
    masks: tuple[int, ...]

    @property
    def mode(self) -> str:
        return "RGBA" if self.masks[3] else "RGB"

    @property
    def depth(self) -> int:
        """The bits of the widest channel."""
        return max(mask.bit_count() for mask in self.masks)


def read(data: bytes) -> Bmp | None:
    """Return what the header of a BMP of bit fields says; None for the other kinds."""
    start, size = struct.unpack_from("<II", data, 10)
    if size < _LEAST_HEADER:
        return None
    width, height, _, bits, compression = struct.unpack_from("<iiHHI", data, 18)
    if bits not in _USUAL or compression not in (_RGB, _BIT_FIELDS, _ALPHA_BIT_FIELDS):
        return None
    if width <= 0 or height == 0:
        raise SyntaxError("its size makes no sense")
    masks: tuple[int, ...] = _USUAL[bits]
    if compression != _RGB:
        has_alpha = size >= _WITH_ALPHA or compression == _ALPHA_BIT_FIELDS
        masks = struct.unpack_from("<4I" if has_alpha else "<3I", data, _MASKS)
        masks = (*masks, 0)[:4]
    return Bmp(width, abs(height), height > 0, bits, start, masks)


def pixels(data: bytes, said: Bmp) -> np.ndarray:
    """Return height x width x 3 or 4: uint8, or uint16 where a channel has more than 8 bits.

    Every channel is spread evenly, so that its largest value is white.
    """
    import numpy as np

    size = said.bits // 8
    row = (said.width * size + 3) // 4 * 4
    packed = np.frombuffer(data, np.uint8, row * said.height, said.start)
    stored = packed.reshape(said.height, row)[:, : said.width * size]
    stored = np.ascontiguousarray(stored).view(f"<u{size}").astype(np.uint64)
    type_ = np.uint8 if said.depth <= 8 else np.uint16
    white = int(np.iinfo(type_).max)
    masks = said.masks if said.masks[3] else said.masks[:3]
    found = np.stack([_spread(stored, mask, white) for mask in masks], axis=2).astype(type_)
    return found[::-1] if said.upwards else found


def _spread(stored: np.ndarray, mask: int, white: int) -> np.ndarray:
    """Return the values under `mask`, 0 to its largest, as 0 to `white`, rounded."""
    if not mask:
        return stored * 0
    shift = (mask & -mask).bit_length() - 1
    most = mask >> shift
    if most & (most + 1):
        raise NotSupported(f"a bit field with gaps ({mask:#x})")
    return (((stored & mask) >> shift) * white + most // 2) // most
