"""What is transparent, laid onto a colour: as Pillow composes it."""

from __future__ import annotations

import io

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


def test_an_opaque_picture_has_no_background() -> None:
    image = read(kinds.encoded(kinds.RGB, "PNG"))
    np.testing.assert_array_equal(to_levels(image, background=(0, 0, 0)).pixels, kinds.colour())


@pytest.mark.parametrize("text", ["blurb", "#12", "#11223344", ""])
def test_what_is_no_colour_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not a colour"):
        colour(text, "--background")
