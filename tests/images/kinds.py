"""One picture, written as every kind of image file that people have."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from PIL import Image as Pillow


def colour(height: int = 60, width: int = 84) -> np.ndarray:
    """A smooth picture with a corner of its own: no two orientations of it are the same."""
    y, x = np.mgrid[0:height, 0:width]
    red = 40 + 150 * x / width
    green = 30 + 180 * y / height
    blue = 200 - 80 * x / width - 60 * y / height
    picture = np.stack([red, green, blue], -1)
    corner = np.exp(-((x / width) ** 2 + (y / height) ** 2) * 12)
    picture += corner[..., None] * (60, 20, -90)
    return np.rint(picture).astype(np.uint8)


def grey(height: int = 60, width: int = 84) -> np.ndarray:
    """Even steps of 17, so that 4 bits hold it exactly."""
    y, x = np.mgrid[0:height, 0:width]
    return (((x * 10 // width) + (y * 6 // height)) * 17).astype(np.uint8)


def encoded(picture: Pillow.Image, format_: str, **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, format_, **options)
    return file.getvalue()


def by_opencv(ending: str, pixels: np.ndarray) -> bytes:
    return cv2.imencode(ending, pixels)[1].tobytes()


def png(pixels: np.ndarray, depth: int, colour_type: int = 0, interlaced: bool = False) -> bytes:
    """A PNG of raw values, packed by hand: Pillow writes no 2-bit grey."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        checked = kind + content
        return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))

    height, width = pixels.shape[:2]
    rows = b""
    for row in pixels:
        bits = np.unpackbits(row.astype(np.uint8)[:, None], axis=1)[:, 8 - depth :]
        rows += b"\0" + np.packbits(bits.reshape(-1)).tobytes()
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, int(interlaced))
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def interlaced_png(picture: Pillow.Image) -> bytes:
    """Adam7, of 8-bit grey: seven passes, each a small picture of its own."""
    pixels = np.asarray(picture.convert("L"))
    steps = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2))
    passes = [pixels[top::down, left::right] for top, left, down, right in (*steps, (1, 0, 2, 1))]
    rows = b"".join(b"\0" + row.tobytes() for part in passes for row in part if part.size)
    plain = png(pixels, 8, interlaced=True)
    start = plain.index(b"IDAT") - 4
    length = struct.unpack(">I", plain[start : start + 4])[0]
    body = b"IDAT" + zlib.compress(rows)
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return plain[:start] + chunk + plain[start + 12 + length :]


def exif(orientation: int) -> Pillow.Exif:
    tags = Pillow.Exif()
    tags[274] = orientation
    return tags


def stored_for(upright: np.ndarray, orientation: int) -> np.ndarray:
    """The pixels that a camera stores, so that `orientation` makes them upright again.

    Written out from the table of the Exif standard: where row 0 and column 0 of what is stored
    stand in the picture.
    """
    back = {
        1: lambda p: p,
        2: lambda p: p[:, ::-1],
        3: lambda p: p[::-1, ::-1],
        4: lambda p: p[::-1],
        5: lambda p: p.transpose(1, 0, *range(2, p.ndim)),
        6: lambda p: np.rot90(p, 1),
        7: lambda p: np.rot90(p, 2).transpose(1, 0, *range(2, p.ndim)),
        8: lambda p: np.rot90(p, -1),
    }
    return np.ascontiguousarray(back[orientation](upright))


def frames(count: int) -> list[Pillow.Image]:
    first = colour()
    return [Pillow.fromarray(np.roll(first, 7 * step, 1)) for step in range(count)]


RGB, GREY = Pillow.fromarray(colour()), Pillow.fromarray(grey())
ALPHA = Pillow.merge("RGBA", (*RGB.split(), Pillow.fromarray(np.full(grey().shape, 200, np.uint8))))
WIDE = grey().astype(np.uint16) * 257
WIDE_RGB = colour().astype(np.uint16) * 257
BGR16 = np.ascontiguousarray(WIDE_RGB[..., ::-1])

# name -> (bytes, how far the pixels may be off in 0..255).
IN_GREY: dict[str, tuple[Callable[[], bytes], int]] = {
    "4-bit.png": (lambda: png(grey() // 17, 4), 0),
    "8-bit.png": (lambda: encoded(GREY, "PNG"), 0),
    "16-bit.png": (lambda: encoded(Pillow.fromarray(WIDE), "PNG"), 0),
    "interlaced.png": (lambda: interlaced_png(GREY), 0),
    "palette-grey.png": (lambda: encoded(GREY.quantize(16), "PNG"), 2),
    "alpha-grey.png": (lambda: encoded(GREY.convert("LA"), "PNG"), 0),
    "rgb.png": (lambda: encoded(GREY.convert("RGB"), "PNG"), 0),
    "rgba.png": (lambda: encoded(GREY.convert("RGBA"), "PNG"), 0),
    "grey.jpg": (lambda: encoded(GREY, "JPEG", quality=95), 8),
    "8-bit.tif": (lambda: encoded(GREY, "TIFF"), 0),
    "lzw.tif": (lambda: encoded(GREY, "TIFF", compression="tiff_lzw"), 0),
    "zstd.tif": (lambda: encoded(GREY, "TIFF", compression="zstd"), 0),
    "16-bit.tif": (lambda: encoded(Pillow.fromarray(WIDE), "TIFF"), 0),
    "float-0-1.tif": (lambda: by_opencv(".tif", grey().astype(np.float32) / 255), 0),
    "float-0-255.tif": (lambda: by_opencv(".tif", grey().astype(np.float32)), 0),
    "double.tif": (lambda: by_opencv(".tif", grey().astype(np.float64) / 255), 0),
    "grey.bmp": (lambda: encoded(GREY, "BMP"), 0),
    "grey.pgm": (lambda: encoded(GREY, "PPM"), 0),
    "max-15.pgm": (lambda: b"P5\n84 60\n15\n" + (grey() // 17).tobytes(), 0),
    "max-4095.pgm": (
        lambda: b"P5 84 60 4095\n" + (grey().astype(">u2") // 17 * 273).astype(">u2").tobytes(),
        0,
    ),
    "text.pgm": (
        lambda: b"P2\n# by hand\n84 60 255\n" + " ".join(map(str, grey().ravel())).encode(),
        0,
    ),
    "grey.jp2": (lambda: encoded(GREY, "JPEG2000"), 0),
    "16-bit.jp2": (lambda: encoded(Pillow.fromarray(WIDE), "JPEG2000"), 0),
    "float.pfm": (lambda: encoded(Pillow.fromarray(grey().astype(np.float32)), "PPM"), 0),
}
IN_COLOUR: dict[str, tuple[Callable[[], bytes], int]] = {
    "rgb.png": (lambda: encoded(RGB, "PNG"), 0),
    "rgba.png": (lambda: encoded(ALPHA, "PNG"), 0),
    "16-bit-rgb.png": (lambda: by_opencv(".png", BGR16), 0),
    "apng.png": (
        lambda: encoded(frames(3)[0], "PNG", save_all=True, append_images=frames(3)[1:]),
        0,
    ),
    "rgb.jpg": (lambda: encoded(RGB, "JPEG", quality=95, subsampling=0), 8),
    "progressive.jpg": (
        lambda: encoded(RGB, "JPEG", quality=95, subsampling=0, progressive=True),
        8,
    ),
    "cmyk.jpg": (lambda: encoded(RGB.convert("CMYK"), "JPEG", quality=95), 8),
    "rgb.tif": (lambda: encoded(RGB, "TIFF"), 0),
    "rgba.tif": (lambda: encoded(ALPHA, "TIFF"), 0),
    "cmyk.tif": (lambda: encoded(RGB.convert("CMYK"), "TIFF"), 2),
    "16-bit-rgb.tif": (lambda: by_opencv(".tif", BGR16), 0),
    "float-rgb.tif": (lambda: by_opencv(".tif", BGR16.astype(np.float32) / 65535), 0),
    "pages.tif": (
        lambda: encoded(frames(3)[0], "TIFF", save_all=True, append_images=frames(3)[1:]),
        0,
    ),
    "rgb.bmp": (lambda: encoded(RGB, "BMP"), 0),
    "rgb.ppm": (lambda: encoded(RGB, "PPM"), 0),
    "16-bit.ppm": (lambda: b"P6 84 60 65535\n" + WIDE_RGB.astype(">u2").tobytes(), 0),
    "lossless.webp": (lambda: encoded(RGB, "WEBP", lossless=True), 0),
    "lossy.webp": (lambda: encoded(RGB, "WEBP", quality=98), 8),
    "alpha.webp": (lambda: encoded(ALPHA, "WEBP", lossless=True, exact=True), 0),
    "animated.webp": (
        lambda: encoded(
            frames(3)[0], "WEBP", save_all=True, append_images=frames(3)[1:], lossless=True
        ),
        0,
    ),
    "rgb.jp2": (lambda: encoded(RGB, "JPEG2000"), 0),
    "rgb.avif": (lambda: encoded(RGB, "AVIF", quality=98), 8),
}
