"""Sheets of feature maps: their colours against Matplotlib's, and their layout."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from matplotlib.cm import ScalarMappable
from matplotlib.colors import CenteredNorm, Colormap, LinearSegmentedColormap, Normalize
from PIL.Image import Image

from cnncli.render.pictures.feature_layout import (
    GAP,
    HEADING,
    MARGIN,
    PAGE,
    TILE,
    TOP,
    WIDTH,
    Section,
)
from cnncli.render.pictures.feature_maps import sheet
from cnncli.render.pictures.palette import NEGATIVE, POSITIVE
from cnncli.render.pictures.shades import Shades


def section(values: np.ndarray, **options: object) -> Section:
    limits = (float(values.min()), float(values.max()))
    return Section("layer", "Conv2D", values, limits, **options)  # type: ignore[arg-type]


def only(title: str, sections: list[Section]) -> Image:
    [page] = sheet(title, sections).pages()
    return page


SIGNS = LinearSegmentedColormap.from_list("signs", [NEGATIVE, "white", POSITIVE])


@pytest.mark.parametrize(
    ("low", "high", "norm", "name"),
    [
        (0.0, 7.0, Normalize(0, 7), "viridis"),
        (2.0, 3.0, Normalize(2, 3), "viridis"),
        (-4.0, -1.0, Normalize(-4, -1), "viridis"),
        (-2.0, 5.0, CenteredNorm(0, 5), SIGNS),
        (-5.0, 2.0, CenteredNorm(0, 5), SIGNS),
    ],
)
def test_colours_are_those_of_matplotlib(
    low: float, high: float, norm: Normalize, name: str | Colormap
) -> None:
    values = np.linspace(low, high, 301).reshape(7, 43)
    expected = ScalarMappable(norm, name).to_rgba(values, bytes=True)[:, :, :3].astype(int)
    assert np.abs(Shades(low, high).colours(values) - expected).max() <= 6


def top_lines(sections: list[Section]) -> np.ndarray:
    return np.asarray(only("net", sections))[34:TOP]


def test_the_legend_tells_of_what_is_on_the_sheet_alone() -> None:
    maps = np.arange(32.0).reshape(4, 4, 2)
    picture = Section("input", "InputLayer", np.zeros((4, 4, 1), np.uint8), (0, 0), is_picture=True)
    same = top_lines([picture, section(maps)])
    assert (same == top_lines([section(maps)])).all()  # a picture has colours of its own
    for other in (section(maps - 9), section(maps, dead=frozenset({1}))):
        assert (same != top_lines([other])).any()


def test_zero_is_nearly_white_and_no_number_is_as_zero() -> None:
    colours = Shades(-3, 1).colours(np.array([0.0, np.nan]))
    assert colours.min() > 240
    assert colours[0].tolist() == colours[1].tolist()


def test_a_long_network_goes_on_on_further_pages() -> None:
    values = [np.random.default_rng(i).normal(size=(8, 8, 16)) for i in range(80)]
    made = sheet("long", [section(each) for each in values], 16)
    drawn = list(made.pages())
    assert len(drawn) == len(made.parts) > 5
    assert all(page.size[0] == WIDTH and page.size[1] <= 1.15 * PAGE for page in drawn)
    shown = [part for parts in made.parts for part in parts]
    assert [part.section.values is each for part, each in zip(shown, values, strict=True)]
    assert all(part.rows == 2 for part in shown), "a layer that fits on a page is not parted"
    # Without a number, so many maps as one leafs through.
    assert len(sheet("long", [section(each) for each in values * 3]).parts) < 100


@pytest.mark.parametrize("shape", [(8, 8, 300), (30_000,)])
def test_a_layer_that_is_longer_than_a_page_is_parted(shape: tuple[int, ...]) -> None:
    layer = section(np.random.default_rng(0).random(shape))
    made = sheet("deep", [section(np.ones((8, 8, 1))), layer], 300)
    parts = [part for page in made.parts for part in page if part.section is layer]
    assert len(parts) > 1 and sum(part.rows for part in parts) == layer.rows(300)
    assert [part.start for part in parts[1:]] == list(
        itertools.accumulate(part.rows for part in parts[:-1])
    )
    assert all(page.height <= 1.15 * PAGE for page in made.pages())


def test_each_map_may_have_its_own_scale() -> None:
    """Then a faint map looks as one that is a hundred times as strong."""
    faint = np.random.default_rng(2).random((16, 16, 1))
    layer = section(np.concatenate([faint, 128 * faint], axis=2))
    shared, own = (
        np.asarray(next(sheet("two", [layer], own_scales=own).pages())) for own in (False, True)
    )
    tiles = [
        [page[TOP + HEADING :][:TILE, MARGIN + i * (TILE + GAP) :][:, :TILE] for i in (0, 1)]
        for page in (shared, own)
    ]
    assert np.array_equal(tiles[1][0], tiles[1][1])
    contrast = [page[0].std(axis=(0, 1)).max() for page in tiles]
    assert contrast[0] < 0.1 * contrast[1]


def test_one_value_is_not_painted_as_the_lowest() -> None:
    highest, lowest = Shades(0, 1).colours(np.array([1.0, 0.0]))
    assert np.array_equal(Shades(0.9, 0.9).colours(np.array(0.9)), highest)
    assert np.array_equal(Shades(0, 0).colours(np.array(0.0)), lowest)


def test_maps_of_one_pixel_are_a_row_of_cells() -> None:
    values = np.linspace(-1, 1, 120)
    as_maps = only("maps", [section(values.reshape(1, 1, 120))])
    as_vector = only("maps", [section(values)])
    assert as_maps.size == as_vector.size
    assert as_maps.height < 300


def test_classes_are_written_below_their_units() -> None:
    values = np.array([0.1, 0.9])
    plain, labelled = (
        only("run", [section(values, labels=labels)]) for labels in ((), ("cat", "dog"))
    )
    assert labelled.height > plain.height
    below = np.asarray(labelled)[plain.height - 30 :]
    assert (below < 150).any()
