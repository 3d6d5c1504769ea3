"""The structure of a PNG file (ISO/IEC 15948), read without Pillow, whose import takes longer
than decoding a picture.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOURS = {0: "L", 2: "RGB", 3: "P", 4: "LA", 6: "RGBA"}
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_CHANNELS = {"LA": 2, "RGB": 3, "RGBA": 4}
_BESIDE = 2**26  # bytes for profiles and texts

_PIXELS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
_TEXTS = {b"tEXt", b"zTXt", b"iTXt"}
_EXIF_AS_TEXT = b"Raw profile type exif"  # as ImageMagick writes it
_XMP = b"XML:com.adobe.xmp\0"


@dataclass(frozen=True)
class Png:
    """What a PNG file says of itself; `mode` is Pillow's name for it.

    `has_exif` tells that it may be turned by an orientation, which Pillow reads; `clear` is the
    value, as it is decoded, of which all pixels of a grey picture are transparent.
    """

    mode: str
    width: int
    height: int
    depth: int
    has_exif: bool
    animated: bool
    clear: int | None = None

    @property
    def most_bytes(self) -> int:
        """How long such a file can be: its values as they are, and what is said beside them."""
        row = 1 + self.width * _CHANNELS.get(self.mode, 1) * self.depth // 8
        return 2 * self.height * row + _BESIDE


def read(data: bytes) -> Png:
    """Return what the header of a PNG says; raises SyntaxError for a header that lies."""
    if data[12:16] != b"IHDR" or len(data) < 33:
        raise SyntaxError("it has no header")
    width, height, depth, colour, *methods = struct.unpack(">IIBBBBB", data[16:29])
    known = methods[:2] == [0, 0] and methods[2] in (0, 1)  # of packing, filters, interlacing
    if not width or not height or depth not in _DEPTHS.get(colour, ()) or not known:
        raise SyntaxError("its header makes no sense")
    mode = _COLOURS[colour]
    if colour == 0 and depth in (1, 16):
        mode = "1" if depth == 1 else "I;16"
    found = list(chunks(data))
    kinds = {kind for kind, _, _ in found}
    has_exif = (
        b"eXIf" in kinds
        or (bool(kinds & _TEXTS) and _EXIF_AS_TEXT in data)
        or any(_may_turn(data[start:end]) for kind, start, end in found if kind == b"iTXt")
    )
    clear = None
    if colour == 0 and (start := next((s for kind, s, _ in found if kind == b"tRNS"), None)):
        largest = 2**depth - 1
        # Fewer than 8 bits are spread over 0..255 when they are decoded.
        spread = 255 // largest if depth < 8 else 1
        clear = (int.from_bytes(data[start : start + 2], "big") & largest) * spread
    animated = b"acTL" in kinds and _frames(data) > 1
    return Png(mode, width, height, depth, has_exif, animated, clear)


def _may_turn(text: bytes) -> bool:
    """Whether a text is XMP that tells an orientation, or may tell one, being compressed."""
    return text.startswith(_XMP) and (text[len(_XMP)] == 1 or b"Orientation" in text)


def _frames(data: bytes) -> int:
    place = data.find(b"acTL")
    return int.from_bytes(data[place + 4 : place + 8], "big")


def chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind of each chunk and where its content begins and ends, up to the end or a cut."""
    position = len(SIGNATURE)
    while position + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        start, end = position + 8, position + 8 + length
        if end + 4 > len(data):
            return
        yield kind, start, end
        if kind == b"IEND":
            return
        position = end + 4


def check(data: bytes) -> None:
    """Raise SyntaxError where a chunk is damaged, or the file ends before its end."""
    kind = b""
    for kind, start, end in chunks(data):
        (stated,) = struct.unpack_from(">I", data, end)
        if zlib.crc32(memoryview(data)[start - 4 : end]) != stated:
            raise SyntaxError(f"its part {kind.decode('latin-1')!r} is damaged")
    if kind != b"IEND":
        raise SyntaxError("it is cut short")


def pixels_alone(data: bytes) -> bytes:
    """Return a PNG without what is not needed for its pixels.

    libpng warns on standard error, past Python, of colour profiles and texts that it dislikes.
    """
    found = list(chunks(data))
    if all(kind in _PIXELS for kind, _, _ in found):
        return data
    needed = (data[start - 8 : end + 4] for kind, start, end in found if kind in _PIXELS)
    return b"".join((SIGNATURE, *needed))
