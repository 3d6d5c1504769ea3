"""Images to predict come to the network as those of training did, or with a word of doubt."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cnncli.evaluation.predict import Source, prepared
from cnncli.images.prepare import Target
from tests.data import folders


def test_an_8_bit_image_for_a_network_of_12_bits_is_doubted(tmp_path: Path) -> None:
    picture = folders.picture(1)
    folders.write(tmp_path / "8.png", picture)
    folders.write(tmp_path / "12.png", picture.astype(np.uint16) * 16)
    target = Target(*picture.shape[:2], 1, value_range=(0, 4095))
    pixels, doubt = prepared(Source("8.png", str(tmp_path / "8.png")), target)
    assert "keeps its own range (0 to 255)" in doubt
    np.testing.assert_array_equal(pixels[:, :, 0], picture)
    pixels, doubt = prepared(Source("12.png", str(tmp_path / "12.png")), target)
    assert doubt == ""
    np.testing.assert_allclose(pixels[:, :, 0], picture, atol=1)


def test_what_is_transparent_is_laid_onto_the_background_of_training(tmp_path: Path) -> None:
    icon = np.zeros((24, 32, 4), np.uint8)
    icon[:, :, 3] = folders.picture(1)
    folders.write(tmp_path / "icon.png", icon)
    target = Target(24, 32, 1, background=(255, 255, 255))
    pixels, _ = prepared(Source("icon.png", str(tmp_path / "icon.png")), target)
    np.testing.assert_array_equal(pixels[:, :, 0], 255 - folders.picture(1))


def test_an_almost_black_image_is_doubted(tmp_path: Path) -> None:
    picture = folders.picture(1)
    folders.write(tmp_path / "12.png", picture.astype(np.uint16) * 16)
    _, doubt = prepared(Source("12.png", str(tmp_path / "12.png")), Target(*picture.shape[:2], 1))
    assert f"run from {16 * int(picture.min())} to {16 * int(picture.max())}" in doubt
