"""From the bytes of a file to pixels: the header, then the structure, then the values."""

from __future__ import annotations

import io
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cnncli.errors import DataError
from cnncli.images import bmp, faults, jpeg2000, png, structure
from cnncli.images.headers import Header, opener, read_header
from cnncli.images.image import Image
from cnncli.images.opencv import LIMIT_VARIABLE, load_cv2, max_pixels

if TYPE_CHECKING:
    import numpy as np

    from cnncli.images.tiff import Tiff

# Pillow warns of what is odd in a file before it raises; what matters is raised.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")

# OpenCV's own reader of these is wrong, decodes every frame, or (JPEG, where the pixels are the
# same) lets its library print what it dislikes, without the name of the file; Pillow's is right.
BY_PILLOW = {"GIF", "AVIF", "PNM", "BMP", "JPEG"}
_PLAIN_MODES = {
    "1": "L",
    "CMYK": "RGB",
    "YCbCr": "RGB",
    "LAB": "RGB",
    "HSV": "RGB",
    "RGBX": "RGB",
    "PA": "RGBA",
    "RGBa": "RGBA",
    "La": "LA",
}


class NotNowError(DataError):
    """A file that could not be read for a reason that is not in it, and may pass."""


def decode(data: bytes, name: str) -> Image:
    """Return the image that `data` holds; DataError, with the reason, when it holds none."""
    header = read_header(data, name)
    _check_size(header, name)
    try:
        structure.check(data, header.format, header.picture, header.tiff, name)
        return _image(*_values(data, header, name), name)
    except MemoryError:
        size = f"{header.height:,} x {header.width:,}"
        raise NotNowError(f"{name}: there is not enough memory for its {size} pixels") from None


def _check_size(header: Header, name: str) -> None:
    limit = max_pixels()
    if header.width * header.height > limit:
        raise DataError(
            f"{name}: declares {header.height:,} x {header.width:,} pixels (height x width), "
            f"more than the {limit:,} that are read",
            hint=f"Set {LIMIT_VARIABLE} to read it, if there is enough memory.",
        )


def _values(data: bytes, header: Header, name: str) -> tuple[np.ndarray, Header]:
    """Return the values as stored and upright, channels (if any) in RGB(A) order.

    The header comes back with what only decoding tells.
    """
    try:
        if header.format == "PNM" and (values := _anymap_values(data, header)) is not None:
            return values
        if header.tiff is not None:
            return _tiff_values(data, header, header.tiff)
        if header.bmp is not None:
            return bmp.pixels(data, header.bmp), header
        if header.format == "JPEG2000":
            return _jpeg2000_values(data, header)
        if header.format == "PNG":
            data = png.pixels_alone(data)
        pixels = None if header.format in BY_PILLOW else _by_opencv(data)
        if pixels is None and header.format == "PNG":  # which Pillow has verified, and closed
            raise ValueError("its pixels cannot be decoded")
        if pixels is None:
            pixels = _by_pillow(header.picture or _reopened(data))
        if header.clear is not None and pixels.ndim == 2:
            pixels = _with_alpha(pixels, header.clear)
        return turn(pixels, header.orientation), header
    except faults.FAULTS as error:
        raise faults.damaged(name, header.format, error) from None


def _with_alpha(grey: np.ndarray, clear: int) -> np.ndarray:
    """Add the transparency of a PNG with one transparent grey, which OpenCV passes over."""
    import numpy as np

    alpha = np.where(grey == clear, 0, np.iinfo(grey.dtype).max).astype(grey.dtype)
    return np.stack([grey, alpha], axis=2)


def _anymap_values(data: bytes, header: Header) -> tuple[np.ndarray, Header] | None:
    from cnncli.images import pnm

    anymap = pnm.read(data)
    if anymap is None:
        return None
    white = anymap.white
    return anymap.pixels, replace(header, depth=white.bit_length(), value_range=(0, white))


def _tiff_values(data: bytes, header: Header, said: Tiff) -> tuple[np.ndarray, Header]:
    """Decode a TIFF: by Pillow what has few bits or colours of its own kind, else exactly."""
    from cnncli.images import tiff_values

    if said.depth >= 8 and tiff_values.can_read(said):
        pixels = turn(tiff_values.values(data, said), said.orientation)
        range_of_bits = (0, 2**said.depth - 1) if said.depth not in (8, 16, 32, 64) else None
        return pixels, replace(header, value_range=header.value_range or range_of_bits)
    if header.picture is None:
        raise faults.NotSupported(f"{said.mode}, compression {said.parts.compression}")
    return _by_pillow(header.picture), header  # which turns it upright itself


def _jpeg2000_values(data: bytes, header: Header) -> tuple[np.ndarray, Header]:
    pixels = _by_opencv(data)
    if pixels is None:
        pixels = jpeg2000.as_stored(_by_pillow(header.picture), header.depth)
    if header.depth in (8, 16) or 8 * pixels.itemsize < header.depth:
        return turn(pixels, header.orientation), header
    white = 2**header.depth - 1
    return turn(pixels, header.orientation), replace(header, value_range=(0, white))


def _by_opencv(data: bytes) -> np.ndarray | None:
    import numpy as np

    cv2 = load_cv2()
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        if error.code == cv2.Error.StsNoMem:
            raise MemoryError from None
        return None
    if pixels is None or pixels.ndim == 2:
        return pixels
    if pixels.dtype in (np.uint8, np.uint16, np.float32):
        code = cv2.COLOR_BGR2RGB if pixels.shape[2] == 3 else cv2.COLOR_BGRA2RGBA
        return cv2.cvtColor(pixels, code)
    return pixels[:, :, [2, 1, 0, *range(3, pixels.shape[2])]]


def _reopened(data: bytes) -> Any:
    """Open with Pillow what OpenCV could not decode and Pillow had no part in so far."""
    return opener("PngImagePlugin:PngImageFile")(io.BytesIO(data))


def _by_pillow(picture: Any) -> np.ndarray:
    import numpy as np

    mode = _PLAIN_MODES.get(picture.mode, picture.mode)
    if mode == "P":
        mode = "RGBA" if "transparency" in picture.info else "RGB"
    return np.asarray(picture if mode == picture.mode else picture.convert(mode))


def _image(upright: np.ndarray, header: Header, name: str) -> Image:
    import numpy as np

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
        header.depth,
        alpha=alpha,
        value_range=header.value_range,
        orientation=header.orientation,
        several=header.several,
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
