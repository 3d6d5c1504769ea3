"""The structure of a PNG file (ISO/IEC 15948), read without Pillow, whose import takes longer
than decoding a picture.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOURS = {0: "L", 2: "RGB", 3: "P", 4: "LA", 6: "RGBA"}
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}


@dataclass(frozen=True)
class Png:
    """What a PNG file says of itself; `mode` is Pillow's name for it.

    `has_exif` tells that it may be turned by an orientation, which Pillow reads.
    """

    mode: str
    width: int
    height: int
    depth: int
    has_exif: bool
    animated: bool


def read(data: bytes) -> Png:
    """Return what the header of a PNG says; raises SyntaxError for a header that lies."""
    if data[12:16] != b"IHDR" or len(data) < 33:
        raise SyntaxError("it has no header")
    width, height, depth, colour = struct.unpack(">IIBB", data[16:26])
    if not width or not height or depth not in _DEPTHS.get(colour, ()):
        raise SyntaxError("its header makes no sense")
    mode = _COLOURS[colour]
    if colour == 0 and depth in (1, 16):
        mode = "1" if depth == 1 else "I;16"
    has_exif = b"eXIf" in data or b"Raw profile type exif" in data
    return Png(mode, width, height, depth, has_exif, _frames(data) > 1)


def _frames(data: bytes) -> int:
    place = data.find(b"acTL")
    return 1 if place < 0 else int.from_bytes(data[place + 4 : place + 8], "big")


def check(data: bytes) -> None:
    """Raise SyntaxError where a chunk is damaged, or the file ends before its end."""
    position = len(SIGNATURE)
    while True:
        if position + 12 > len(data):
            raise SyntaxError("it is cut short")
        length, kind = struct.unpack_from(">I4s", data, position)
        end = position + 8 + length
        if end + 4 > len(data):
            raise SyntaxError("it is cut short")
        (stated,) = struct.unpack_from(">I", data, end)
        if zlib.crc32(memoryview(data)[position + 4 : end]) != stated:
            raise SyntaxError(f"its part {kind.decode('latin-1')!r} is damaged")
        if kind == b"IEND":
            return
        position = end + 4
