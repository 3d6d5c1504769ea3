"""Whether a file is whole, told from its structure.

OpenCV hands back pixels, silently, for some files that are cut short.
"""

from __future__ import annotations

import re
from typing import Any

from cnncli.errors import DataError


def check(data: bytes, format_: str, picture: Any, name: str) -> None:
    """Raise DataError when `data`, a file of `format_`, is damaged or cut short."""
    if format_ == "PNG":
        _verify(picture, format_, name)
    elif format_ == "JPEG" and not _jpeg_ends(data):
        raise DataError(f"{name}: a truncated JPEG file (its end is missing)")
    elif format_ == "TIFF" and not _tiff_strips_fit(picture, len(data)):
        raise DataError(f"{name}: a truncated TIFF file (part of its pixels is missing)")
    elif format_ == "WebP" and int.from_bytes(data[4:8], "little") + 8 > len(data):
        raise DataError(f"{name}: a truncated WebP file (its end is missing)")
    elif format_ not in ("PNG", "JPEG", "TIFF", "WebP", "PNM"):
        try:
            picture.load()
        except Exception as error:
            raise DataError(f"{name}: a damaged {format_} file ({_text(error)})") from None


def _verify(picture: Any, format_: str, name: str) -> None:
    try:
        picture.verify()
    except Exception as error:
        raise DataError(f"{name}: a damaged {format_} file ({_text(error)})") from None


def _jpeg_ends(data: bytes) -> bool:
    """Whether the end marker stands behind the image data (a thumbnail in front has its own)."""
    position = 2
    marker = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])", re.DOTALL)
    while found := marker.search(data, position):
        code = found.group(1)[0]
        if code == 0xD9:
            return True
        position = found.end()
        if code != 0x01:
            position += int.from_bytes(data[position : position + 2], "big")
    return False


def _tiff_strips_fit(picture: Any, size: int) -> bool:
    tags = picture.tag_v2
    for offsets, counts in ((273, 279), (324, 325)):
        places, lengths = tags.get(offsets), tags.get(counts)
        if places and lengths:
            return all(p + n <= size for p, n in zip(places, lengths, strict=False))
    return True


def _text(error: Exception) -> str:
    text = str(error).strip()
    return text[:1].lower() + text[1:] if text else type(error).__name__
