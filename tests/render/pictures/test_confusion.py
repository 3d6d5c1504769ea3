"""confusion.png: drawn for classes of any name."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

from cnncli.images.reader import read
from cnncli.render.pictures import confusion
from cnncli.render.pictures.confusion import draw_confusion


def test_names_of_any_kind(tmp_path: Path) -> None:
    path = tmp_path / "confusion.png"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        draw_confusion([[3, 1], [0, 4]], ["$x_{5$", "日本語"], "8 test images", path)
    picture = read(path).pixels
    assert picture.std() > 20


def test_mistakes_are_seen_and_what_never_happens_is_blank(tmp_path: Path) -> None:
    """Of 100 images of each class two are taken for the next one."""
    counts = np.diag(np.full(10, 98)) + np.roll(np.diag(np.full(10, 2)), 1, axis=1)
    path = tmp_path / "confusion.png"
    draw_confusion(counts.tolist(), [str(number) for number in range(10)], "", path)
    pixels = read(path).pixels.reshape(-1, 3).astype(int)
    red, green, blue = pixels.T
    orange = (red - blue > 25) & (red > green)  # paler than that, it could not be told from white
    deep_blue = (blue - red > 60) & (red < 60)
    assert orange.sum() > 10_000 and deep_blue.sum() > 10_000
    assert (pixels.min(axis=1) == 255).mean() > 0.6


@pytest.mark.parametrize(
    ("share", "text"),
    [(1.0, "100"), (0.996, ">99"), (0.5, "50"), (0.004, "<1"), (0.9949, "99"), (0.0051, "1")],
)
def test_no_share_is_rounded_to_all_or_nothing(share: float, text: str) -> None:
    assert confusion._percent(share) == text
