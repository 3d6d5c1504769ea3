"""Sheets of feature maps: their colours against Matplotlib's, and their layout."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.cm import ScalarMappable
from matplotlib.colors import CenteredNorm, Colormap, LinearSegmentedColormap, Normalize

from cnncli.render.pictures.feature_maps import TALLEST, Section, sheet
from cnncli.render.pictures.palette import NEGATIVE, POSITIVE
from cnncli.render.pictures.shades import Shades


def section(values: np.ndarray, **options: object) -> Section:
    limits = (float(values.min()), float(values.max()))
    return Section("layer", "Conv2D", values, limits, **options)  # type: ignore[arg-type]


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


def test_zero_is_nearly_white_and_no_number_is_as_zero() -> None:
    colours = Shades(-3, 1).colours(np.array([0.0, np.nan]))
    assert colours.min() > 240
    assert colours[0].tolist() == colours[1].tolist()


def test_a_long_network_goes_on_in_columns_of_about_one_height() -> None:
    layers = [section(np.random.default_rng(i).normal(size=(8, 8, 16))) for i in range(80)]
    alone, all_of_them = sheet("one", layers[:1], 16).image, sheet("long", layers, 16).image
    columns = all_of_them.width // alone.width
    assert columns > 1 and all_of_them.height < 1.1 * TALLEST
    assert all_of_them.height * columns < 1.2 * 80 * alone.height
    pixels = np.asarray(all_of_them)
    for column in np.split(pixels, columns, axis=1):
        drawn = np.flatnonzero((column < 200).any(axis=(1, 2)))
        assert drawn[-1] > 0.8 * all_of_them.height


def test_maps_of_one_pixel_are_a_row_of_cells() -> None:
    values = np.linspace(-1, 1, 120)
    as_maps = sheet("maps", [section(values.reshape(1, 1, 120))]).image
    as_vector = sheet("maps", [section(values)]).image
    assert as_maps.size == as_vector.size
    assert as_maps.height < 300


def test_classes_are_written_below_their_units() -> None:
    values = np.array([0.1, 0.9])
    plain, labelled = (
        sheet("run", [section(values, labels=labels)]).image for labels in ((), ("cat", "dog"))
    )
    assert labelled.height > plain.height
    below = np.asarray(labelled)[plain.height - 30 :]
    assert (below < 150).any()
