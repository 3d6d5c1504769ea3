"""From the bytes of a file to pixels: the header, then the structure, then the values."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from cnncli.errors import DataError
from cnncli.images import png, structure
from cnncli.images.formats import identify, what_it_is
from cnncli.images.image import Image
from cnncli.images.opencv import LIMIT_VARIABLE, load_cv2, max_pixels

if TYPE_CHECKING:
    import numpy as np

    from cnncli.images.tiff import Tiff

# Pillow warns of what is odd in a file before it raises; what matters is raised.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")

# OpenCV's own reader of these is wrong, or decodes every frame; Pillow's is right.
BY_PILLOW = {"GIF", "AVIF", "PNM"}
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

_BITS = {"1": 1, "I;16": 16, "I;16B": 16, "I": 32, "F": 32}


class NotNowError(DataError):
    """A file that could not be read for a reason that is not in it, and may pass."""


@dataclass(frozen=True)
class Header:
    """What is known of an image before it is decoded.

    `picture` is Pillow's image file, not yet loaded; None for a kind that Pillow cannot decode.
    """

    format: str
    mode: str
    width: int
    height: int
    depth: int
    orientation: int = 1
    several: bool = False
    value_range: tuple[float, float] | None = None
    picture: Any = None
    tiff: Tiff | None = None


def decode(data: bytes, name: str) -> Image:
    """Return the image that `data` holds; DataError, with the reason, when it holds none."""
    header = read_header(data, name)
    _check_size(header, name)
    try:
        structure.check(data, header.format, header.picture, header.tiff, name)
        return _image(*_values(data, header, name), name)
    except MemoryError:
        size = f"{header.width:,} x {header.height:,}"
        raise NotNowError(f"{name}: there is not enough memory for its {size} pixels") from None


def read_header(data: bytes, name: str) -> Header:
    """Return format, size, depth and orientation, without decoding."""
    found = identify(data)
    if found is None:
        raise DataError(f"{name}: {what_it_is(data)}, not an image")
    format_, target = found
    try:
        if format_ == "PNG":
            return _png_header(data, target)
        return _tiff_header(data, target) if format_ == "TIFF" else _header(data, format_, target)
    except structure.FAULTS as error:
        raise structure.damaged(name, format_, error) from None


def _header(data: bytes, format_: str, target: str) -> Header:
    opener = _opener(target)
    picture = opener(io.BytesIO(data))
    width, height = picture.size
    depth = _BITS.get(picture.mode, 8)
    several = bool(getattr(picture, "is_animated", False))
    orientation = _orientation(picture)
    return Header(
        format_, picture.mode, width, height, depth, orientation, several, picture=picture
    )


def _tiff_header(data: bytes, target: str) -> Header:
    from cnncli.images import tiff

    said = tiff.read(data)
    try:
        picture = _opener(target)(io.BytesIO(data))
    except SyntaxError:  # a kind that OpenCV may still read
        picture = None
    return Header(
        "TIFF",
        picture.mode if picture is not None else said.mode,
        said.width,
        said.height,
        said.depth,
        said.orientation,
        said.several,
        said.value_range,
        picture,
        said,
    )


def _opener(target: str) -> Any:
    from PIL import Image as Pillow

    # The limit is that of `_check_size`, which a user may raise.
    Pillow.MAX_IMAGE_PIXELS = None
    module, _, class_ = target.partition(":")
    return getattr(import_module(f"PIL.{module}"), class_)


def _png_header(data: bytes, target: str) -> Header:
    said = png.read(data)
    orientation = _orientation(_opener(target)(io.BytesIO(data))) if said.has_exif else 1
    return Header("PNG", said.mode, said.width, said.height, said.depth, orientation, said.animated)


def _orientation(picture: Any) -> int:
    """Return the EXIF orientation, 1 where there is none or it makes no sense."""
    value = picture.getexif().get(274, 1)
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _check_size(header: Header, name: str) -> None:
    limit = max_pixels()
    if header.width * header.height > limit:
        raise DataError(
            f"{name}: declares {header.width:,} x {header.height:,} pixels, "
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
            return _tiff_values(data, header, header.tiff), header
        if header.format == "PNG":
            data = png.pixels_alone(data)
        pixels = None if header.format in BY_PILLOW else _by_opencv(data)
        if pixels is None and header.format == "PNG":  # which Pillow has verified, and closed
            raise ValueError("its pixels cannot be decoded")
        if pixels is None:
            pixels = _by_pillow(header.picture or _reopened(data))
        return turn(pixels, header.orientation), header
    except structure.FAULTS as error:
        raise structure.damaged(name, header.format, error) from None


def _anymap_values(data: bytes, header: Header) -> tuple[np.ndarray, Header] | None:
    from cnncli.images import pnm

    anymap = pnm.read(data)
    if anymap is None:
        return None
    white = anymap.white
    return anymap.pixels, replace(header, depth=white.bit_length(), value_range=(0, white))


def _tiff_values(data: bytes, header: Header, said: Tiff) -> np.ndarray:
    """Decode a TIFF; both libraries obey its orientation themselves.

    Pillow for up to 8 bits, unless they have a sign, which it drops: OpenCV multiplies colours by
    their alpha there.
    """
    if header.picture is not None and said.depth <= 8 and not (said.floating or said.signed):
        return _by_pillow(header.picture)
    pixels = _by_opencv(data)
    if pixels is None:
        if header.picture is None:
            raise ValueError(f"{said.mode} is not a kind that can be read")
        return _by_pillow(header.picture)
    if said.inverted and pixels.dtype.kind == "u":
        return ~pixels
    return pixels


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
    return _opener("PngImagePlugin:PngImageFile")(io.BytesIO(data))


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
