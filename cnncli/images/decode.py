"""From the bytes of a file to pixels."""

from __future__ import annotations

import io
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from cnncli.errors import DataError
from cnncli.images import pnm, structure
from cnncli.images.formats import identify, what_it_is
from cnncli.images.image import Image
from cnncli.images.opencv import load_cv2, max_pixels

if TYPE_CHECKING:
    import numpy as np

# OpenCV's own reader of these is wrong or decodes every frame; Pillow's is right.
BY_PILLOW = {"GIF", "AVIF", "PNM"}


@dataclass(frozen=True)
class Header:
    """What is known of an image before it is decoded."""

    format: str
    mode: str
    width: int
    height: int
    orientation: int
    frames: int
    picture: Any  # Pillow's image file, not yet loaded


def decode(data: bytes, name: str) -> Image:
    """Return the image that `data` holds; DataError, with the reason, when it holds none."""
    header = read_header(data, name)
    limit = max_pixels()
    if header.width * header.height > limit:
        raise DataError(
            f"{name}: declares {header.width:,} x {header.height:,} pixels, "
            f"more than the {limit:,} that are read",
            hint="Set OPENCV_IO_MAX_IMAGE_PIXELS to allow more.",
        )
    structure.check(data, header.format, header.picture, name)
    if header.format == "PNM" and (anymap := _anymap(data, name)) is not None:
        return _image(anymap.pixels, header, name, (0, anymap.white))
    return _image(_raw(data, header, name), header, name)


def read_header(data: bytes, name: str) -> Header:
    """Return format, size and orientation, without decoding."""
    found = identify(data)
    if found is None:
        raise DataError(f"{name}: {what_it_is(data)}, not an image")
    format_, target = found
    module, _, class_ = target.partition(":")
    try:
        opener = getattr(import_module(f"PIL.{module}"), class_)
        picture = opener(io.BytesIO(data))
        orientation = _orientation(opener, picture, data)
        frames = getattr(picture, "n_frames", 1) if format_ in ("TIFF", "GIF") else 1
    except Exception as error:
        raise DataError(f"{name}: a damaged {format_} file ({_plain(error)})") from None
    width, height = picture.size
    return Header(format_, picture.mode, width, height, orientation, frames, picture)


def _orientation(opener: Any, picture: Any, data: bytes) -> int:
    """Return the EXIF orientation, 1 where there is none or it makes no sense."""
    if picture.format == "PNG":
        # Pillow decodes a PNG to get at its EXIF, and can then no longer verify it.
        if not any(word in data for word in (b"eXIf", b"Raw profile type exif")):
            return 1
        picture = opener(io.BytesIO(data))
    value = picture.getexif().get(274, 1)
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _anymap(data: bytes, name: str) -> pnm.Anymap | None:
    try:
        return pnm.read(data)
    except (ValueError, OverflowError) as error:
        raise DataError(f"{name}: a damaged PNM file ({error})") from None


def _raw(data: bytes, header: Header, name: str) -> np.ndarray:
    """Return the pixels as decoded: two dimensions, or three with channels in RGB(A) order."""
    import numpy as np

    if header.format not in BY_PILLOW:
        cv2 = load_cv2()
        try:
            pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        except cv2.error:
            pixels = None
        if pixels is not None:
            return _rgb(pixels)
    try:
        return _by_pillow(header.picture)
    except Exception as error:
        raise DataError(f"{name}: a damaged {header.format} file ({_plain(error)})") from None


def _rgb(pixels: np.ndarray) -> np.ndarray:
    if pixels.ndim == 2:
        return pixels
    return pixels[:, :, [2, 1, 0, *range(3, pixels.shape[2])]]


def _by_pillow(picture: Any) -> np.ndarray:
    import numpy as np

    plain = {"1": "L", "P": "RGBA" if "transparency" in picture.info else "RGB", "CMYK": "RGB"}
    converted = picture.convert(plain[picture.mode]) if picture.mode in plain else picture
    return np.asarray(converted)


def _image(
    raw: np.ndarray, header: Header, name: str, value_range: tuple[float, float] | None = None
) -> Image:
    import numpy as np

    upright = turn(raw, header.orientation)
    planes = upright[:, :, None] if upright.ndim == 2 else upright
    alpha = None
    if planes.shape[2] in (2, 4):
        alpha, planes = planes[:, :, -1], planes[:, :, :-1]
    if header.mode == "LA":
        planes = planes[:, :, :1]
    return Image(
        np.ascontiguousarray(planes),
        name,
        header.format,
        header.mode,
        planes.dtype.itemsize * 8,
        alpha=alpha,
        value_range=value_range,
        orientation=header.orientation,
        frames=header.frames,
    )


def turn(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Return `pixels` upright, by the EXIF orientation 1 to 8 (Exif 2.3, tag 274)."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return pixels


def _plain(error: Exception) -> str:
    text = str(error).strip()
    return text[:1].lower() + text[1:] if text else type(error).__name__
