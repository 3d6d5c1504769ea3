"""What is transparent, laid onto a colour: as Pillow composes it."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image as Pillow

from cnncli.errors import UsageError
from cnncli.images.prepare import Target, colour, prepare, to_levels
from cnncli.images.reader import read
from tests.images import kinds


@pytest.mark.parametrize("name", ["white", "black", "#c04020"])
@pytest.mark.parametrize("format_", ["PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_what_is_transparent_shows_the_background(name: str, format_: str, mode: str) -> None:
    alpha = Pillow.fromarray(np.tile(np.linspace(0, 255, 84).astype(np.uint8), (60, 1)))
    picture = kinds.RGB.copy() if mode == "RGBA" else kinds.GREY.convert("RGB")
    picture.putalpha(alpha)
    below = Pillow.new("RGBA", picture.size, name)
    expected = np.asarray(Pillow.alpha_composite(below, picture).convert("RGB")).astype(int)
    stored = picture if mode == "RGBA" or format_ == "WEBP" else picture.convert("LA")
    options = {"lossless": True, "exact": True} if format_ == "WEBP" else {}
    image = read(kinds.encoded(stored, format_, **options))
    target = Target(60, 84, 3, background=colour(name, "--background"))
    assert np.abs(prepare(image, target).astype(int) - expected).max() <= 1


def test_16_bits_of_alpha() -> None:
    pixels = np.full((4, 5, 4), 65535, np.uint16)
    pixels[:, :, :3] = 0
    pixels[:, 2:, 3] = 0
    file = io.BytesIO()
    tifffile.imwrite(file, pixels, photometric="rgb", extrasamples=["unassalpha"])
    levels = to_levels(read(file.getvalue()), background=(10, 20, 30)).pixels
    assert (levels[:, :2] == 0).all()
    assert (levels[:, 2:] == (10, 20, 30)).all()


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
def test_one_grey_of_a_png_may_be_transparent(depth: int) -> None:
    """A chunk tRNS, which OpenCV passes over in grey pictures (ISO/IEC 15948, 11.3.2.1)."""
    stored = np.arange(64).reshape(8, 8) % min(2**depth, 7)
    if depth <= 8:
        plain = kinds.png(stored.astype(np.uint8), depth)
    else:
        plain = kinds.encoded(Pillow.fromarray(stored.astype(np.uint16)), "PNG")
    chunk = b"tRNS" + struct.pack(">H", 1)
    chunk = struct.pack(">I", 2) + chunk + struct.pack(">I", zlib.crc32(chunk))
    place = plain.index(b"IDAT") - 4
    image = read(plain[:place] + chunk + plain[place:])
    assert image.alpha is not None
    np.testing.assert_array_equal(image.alpha == 0, stored == 1)
    assert (to_levels(image, background=(250, 250, 250)).pixels[stored == 1] == 250).all()
    np.testing.assert_array_equal(image.pixels, read(plain).pixels)


def test_an_opaque_picture_has_no_background() -> None:
    image = read(kinds.encoded(kinds.RGB, "PNG"))
    np.testing.assert_array_equal(to_levels(image, background=(0, 0, 0)).pixels, kinds.colour())


@pytest.mark.parametrize("text", ["blurb", "#12", "#11223344", ""])
def test_what_is_no_colour_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not a colour"):
        colour(text, "--background")
