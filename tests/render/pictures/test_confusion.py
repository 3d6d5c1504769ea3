"""confusion.png: drawn for classes of any name."""

from __future__ import annotations

import warnings
from pathlib import Path

from cnncli.images.reader import read
from cnncli.render.pictures.confusion import draw_confusion


def test_names_of_any_kind(tmp_path: Path) -> None:
    path = tmp_path / "confusion.png"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        draw_confusion([[3, 1], [0, 4]], ["$x_{5$", "日本語"], "8 test images", path)
    picture = read(path).pixels
    assert picture.std() > 20
