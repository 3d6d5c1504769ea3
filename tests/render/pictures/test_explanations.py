"""Maps over their images: fine ones are seen in small pictures, and scales say what they leave."""

from __future__ import annotations

import numpy as np
import pytest

from cnncli.render.pictures.explanations import Overlay, Row, sheet
from cnncli.render.pictures.lettering import figure
from cnncli.render.pictures.overlay import blended, scale


def test_a_fine_map_of_both_signs_is_seen_in_a_small_picture() -> None:
    signs = np.where(np.indices((512, 512)).sum(axis=0) % 2, 1.0, -1.0)  # their means are 0
    made = blended(np.full((192, 192, 1), 128, np.uint8), signs, scale(signs))
    assert np.ptp(made.astype(int), axis=2).min() > 50  # coloured everywhere


def test_a_few_values_do_not_hide_the_rest() -> None:
    values = np.random.default_rng(0).normal(size=(200, 200))
    assert scale(values).high == np.abs(values).max()
    values[0, :20] = 1000
    found = scale(values)
    assert found.high == np.quantile(np.abs(values), 0.99) and found.low == -found.high
    assert scale(values[:50, :50]).high == 1000  # of few values each can be looked at


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("side", [32, 512])
@pytest.mark.parametrize(("images", "maps"), [(1, 1), (1, 6), (12, 1), (12, 6)])
def test_sheets_of_all_sizes(channels: int, side: int, images: int, maps: int) -> None:
    draws = np.random.default_rng(0)
    pixels = draws.integers(0, 256, (side, side, channels), np.uint8)
    values = [draws.normal(size=(side, side)), draws.random((10, 10))]
    overlays = [Overlay(f"method {i}", ["for 1"], values[i % 2]) for i in range(maps)]
    made = sheet(
        "Why", [Row(f"{i}", "predicted: 1", pixels, overlays, [maps]) for i in range(images)]
    )
    assert made.width <= 1_840 and made.height <= 6_000
    pictures = np.asarray(made)
    assert (pictures[:, -10:] == 255).all() and (pictures[-10:] == 255).all()  # nothing cut off


def test_maps_that_belong_together_begin_a_line_of_their_own() -> None:
    pixels = np.zeros((32, 32, 1), np.uint8)
    overlay = Overlay("grad-cam", ["for 1"], np.ones((4, 4)))

    def height(maps: int, *series: int) -> int:
        return sheet("Why", [Row("0", "", pixels, [overlay] * maps, series)]).height

    line = height(8, 4, 4) - height(4, 4)
    assert line > 192
    assert height(9, 4, 4, 1) == height(8, 4, 4) + line
    # One of more maps than a line has room for takes several, and the next begins a new one.
    assert height(20, 10, 10) == height(20, 10, 5, 5)
    assert height(21, 10, 10, 1) - height(20, 10, 10) == height(20, 10, 10) - height(15, 10, 5)


def test_the_rims_of_the_outer_pictures_are_whole() -> None:
    pixels = np.zeros((32, 32, 1), np.uint8)
    overlay = Overlay("grad-cam", ["for 1"], np.ones((4, 4)))
    made = np.asarray(sheet("Why", [Row("0", "", pixels, [overlay])]))
    dark = made.max(axis=2) < 20
    first = int(np.flatnonzero(dark[200:300].all(axis=0))[0])  # of the image, which is black
    assert (made[200:300, first - 1] == 0xBB).all()
    coloured = np.flatnonzero((np.ptp(made[200:300].astype(int), axis=2) > 20).all(axis=0))
    assert (made[200:300, int(coloured[-1]) + 1] == 0xBB).all()


def test_numbers_have_no_exponent_where_one_reads_them_without() -> None:
    values = (0.0, 0.00012, 0.8749, -3.26, 99.6, 868.2, -12_345, 999_999, 2e7)
    assert [figure(each, 2) for each in values] == [
        "0", "0.00012", "0.87", "-3.3", "100", "868", "-12,345", "999,999", "2e+07",
    ]  # fmt: skip
    assert figure(1_234.5, 3) == "1,234" and figure(123.4, 3) == "123"
