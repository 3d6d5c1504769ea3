"""Whether a file is whole, told from its structure.

OpenCV hands back pixels, silently, for some files that are cut short.
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING, Any

from cnncli.errors import DataError
from cnncli.images import png
from cnncli.images.faults import FAULTS, NotSupported, damaged

if TYPE_CHECKING:
    from cnncli.images.tiff import Tiff

# Frames of a JPEG that no decoder here reads.
_UNREAD_JPEG = {
    **dict.fromkeys((0xC3, 0xCB), "lossless"),
    **dict.fromkeys((0xC5, 0xC6, 0xC7, 0xCD, 0xCE, 0xCF), "hierarchical"),
}
_MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])", re.DOTALL)


def check(data: bytes, format_: str, picture: Any, tiff: Tiff | None, name: str) -> None:
    """Raise DataError when `data`, a file of `format_`, is damaged or cut short.

    `picture` is Pillow's image file of it, opened and not loaded; None where it has no part.
    """
    if format_ == "JPEG" and (kind := _jpeg_kind(data)) in _UNREAD_JPEG:
        raise damaged(name, format_, NotSupported(_UNREAD_JPEG[kind]))
    if format_ == "JPEG" and not jpeg_ends(data):
        raise DataError(f"{name}: a truncated JPEG file (its end is missing)")
    if tiff is not None and not tiff.whole:
        raise DataError(f"{name}: a truncated TIFF file (part of its pixels is missing)")
    if format_ == "WebP" and int.from_bytes(data[4:8], "little") + 8 > len(data):
        raise DataError(f"{name}: a truncated WebP file (its end is missing)")
    if format_ == "BMP" and not bmp_holds_its_pixels(data):
        raise DataError(f"{name}: a truncated BMP file (part of its pixels is missing)")
    try:
        if format_ == "PNG":
            png.check(data)
        elif picture is not None and format_ in ("BMP", "JPEG2000", "GIF", "AVIF"):
            # Nothing in these is checked by a look at the structure alone.
            picture.load()
    except FAULTS as error:
        raise damaged(name, format_, error) from None


def jpeg_ends(data: bytes) -> bool:
    """Whether the end marker stands behind the image data (a thumbnail in front has its own)."""
    position = 2
    while found := _MARKER.search(data, position):
        code = found.group(1)[0]
        if code == 0xDA:  # the image data begin, where these two bytes are nothing but the end
            return data.find(b"\xff\xd9", found.end()) > 0
        position = found.end()
        if code != 0x01:  # all others have a length
            position += int.from_bytes(data[position : position + 2], "big")
    return False


def _jpeg_kind(data: bytes) -> int:
    """Return the code of the marker that begins the frame (ITU-T T.81, table B.1); 0 for none."""
    position = 2
    while found := _MARKER.search(data, position):
        code = found.group(1)[0]
        if 0xC0 <= code <= 0xCF and code not in (0xC4, 0xC8, 0xCC):
            return code
        if code == 0xDA:
            return 0
        position = found.end()
        if code != 0x01:
            position += int.from_bytes(data[position : position + 2], "big")
    return 0


def bmp_holds_its_pixels(data: bytes) -> bool:
    """Whether an uncompressed BMP is as long as its size asks for; others may be of any length."""
    if len(data) < 34 or int.from_bytes(data[14:18], "little") < 40:
        return True
    start = int.from_bytes(data[10:14], "little")
    width, height, _, bits, compression = struct.unpack_from("<iiHHI", data, 18)
    row = (width * bits + 31) // 32 * 4
    return compression != 0 or start + row * abs(height) <= len(data)
