"""What the header of an image file says, before anything is decoded."""

from __future__ import annotations

import contextlib
import io
import logging
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from cnncli.errors import DataError
from cnncli.images import bmp, faults, jpeg2000, png
from cnncli.images.formats import identify, what_it_is

if TYPE_CHECKING:
    from cnncli.images.bmp import Bmp
    from cnncli.images.tiff import Tiff

_NOWHERE = logging.NullHandler()
_BITS = {"1": 1, "I;16": 16, "I;16B": 16, "I": 32, "F": 32}


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
    bmp: Bmp | None = None
    clear: int | None = None


def check_beginning(beginning: bytes, length: int, name: str) -> None:
    """Raise DataError where the first bytes tell that a file of `length` bytes is no image."""
    found = identify(beginning)
    if found is None:
        raise DataError(f"{name}: {what_it_is(beginning)}")
    if found[0] != "PNG":
        return
    try:
        said = png.read(beginning)
    except faults.FAULTS as error:
        raise faults.damaged(name, "PNG", error) from None
    if length > said.most_bytes and not said.animated:
        raise DataError(
            f"{name}: a damaged PNG file ({length:,} bytes are more than its "
            f"{said.height:,} x {said.width:,} pixels can take)"
        )


def read_header(data: bytes, name: str) -> Header:
    """Return format, size, depth and orientation, without decoding."""
    found = identify(data)
    if found is None:
        raise DataError(f"{name}: {what_it_is(data)}")
    format_, target = found
    try:
        if format_ == "PNG":
            return _png_header(data, target)
        if format_ == "TIFF":
            return _tiff_header(data, target)
        if format_ == "BMP" and (said := bmp.read(data)) is not None:
            return Header("BMP", said.mode, said.width, said.height, said.depth, bmp=said)
        return _header(data, format_, target)
    except faults.FAULTS as error:
        raise faults.damaged(name, format_, error) from None


def _header(data: bytes, format_: str, target: str) -> Header:
    picture = opener(target)(io.BytesIO(data))
    width, height = picture.size
    depth = jpeg2000.depth(data) if format_ == "JPEG2000" else _BITS.get(picture.mode, 8)
    several = bool(getattr(picture, "is_animated", False))
    orientation = _orientation(picture)
    return Header(
        format_, picture.mode, width, height, depth, orientation, several, picture=picture
    )


def _tiff_header(data: bytes, target: str) -> Header:
    from cnncli.images import libtiff, tiff

    libtiff.silence()
    said = tiff.read(data)
    picture = None
    with contextlib.suppress(SyntaxError):  # of a kind that `tiff_values` may still read
        picture = opener(target)(io.BytesIO(data))
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


def opener(target: str) -> Any:
    from PIL import Image as Pillow

    # It logs what it then raises as well, and Python prints what nobody handles.
    logging.getLogger("PIL").addHandler(_NOWHERE)
    # The limit is that of `_check_size`, which a user may raise.
    Pillow.MAX_IMAGE_PIXELS = None
    module, _, class_ = target.partition(":")
    return getattr(import_module(f"PIL.{module}"), class_)


def _png_header(data: bytes, target: str) -> Header:
    said = png.read(data)
    orientation = _orientation(opener(target)(io.BytesIO(data))) if said.has_exif else 1
    return Header(
        "PNG",
        said.mode,
        said.width,
        said.height,
        said.depth,
        orientation,
        said.animated,
        clear=said.clear,
    )


def _orientation(picture: Any) -> int:
    """Return the EXIF orientation, 1 where there is none or it makes no sense."""
    value = picture.getexif().get(274, 1)
    return value if isinstance(value, int) and 1 <= value <= 8 else 1
