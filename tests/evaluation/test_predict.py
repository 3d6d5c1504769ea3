"""Images to predict come to the network as those of training did, or with a word of doubt."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cnncli.evaluation.listing import Source
from cnncli.evaluation.predict import prepared
from cnncli.images.prepare import Target
from tests.conftest import Cli
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


@pytest.mark.parametrize("ending", [".csv", ".jsonl"])
def test_predictions_as_a_file(
    cli: Cli, trained: Path, images: Path, tmp_path: Path, ending: str
) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no image")
    chosen = [images / "left" / "000.png", broken, images / "right" / "001.png"]
    out = tmp_path / f"out{ending}"
    result = cli("predict", trained, *chosen, "-o", out)
    assert result.code == 1 and result.out == "" and "broken.png" in result.err
    lines = [
        json.loads(line) for line in cli("predict", trained, *chosen, "--json").out.splitlines()
    ]
    if ending == ".jsonl":
        assert [json.loads(line) for line in out.read_text().splitlines()] == lines
        return
    rows = list(csv.DictReader(out.open()))
    assert list(rows[0]) == ["file", "predicted", "probability", "p_left", "p_right", "error"]
    for row, line in zip(rows, lines, strict=True):
        assert (row["file"], row["error"]) == (line["file"], line.get("error", ""))
        assert row["predicted"] == line.get("predicted", "")
        if "error" not in line:
            assert float(row["p_left"]) == line["probabilities"]["left"]
    assert out.read_text() == cli("predict", trained, *chosen, "--format", "csv").out


def test_rows_are_those_that_training_wrote(trained: Path, images: Path, tmp_path: Path) -> None:
    """A process of its own computes each image by one thread, and training by several."""
    kept = list(csv.DictReader((trained / "predictions.csv").open()))
    files = [str(images / row["file"]) for row in kept]
    out = tmp_path / "out.csv"
    call = ["predict", str(trained), *files, "-o", str(out)]
    subprocess.run([sys.executable, "-m", "cnncli", *call], check=True, timeout=120)
    found = list(csv.DictReader(out.open()))
    assert len(found) == len(kept) > 8
    for key in ("predicted", "probability", "p_left", "p_right"):
        assert [row[key] for row in found] == [row[key] for row in kept]


def test_where_predictions_cannot_go(cli: Cli, trained: Path, images: Path, tmp_path: Path) -> None:
    image = images / "left" / "000.png"
    taken = tmp_path / "taken.csv"
    taken.write_text("mine")
    for output, code, words in (
        (taken, 2, "--force"),
        (tmp_path / "a.png", 2, ".csv or .jsonl"),
        (tmp_path / "no" / "a.csv", 1, "does not exist"),
    ):
        refused = cli("predict", trained, image, "-o", output)
        assert refused.code == code and words in refused.err
    assert taken.read_text() == "mine"
    assert cli("predict", trained, image, "-o", taken, "--json").code == 2
    assert cli("predict", trained, image, "-o", taken, "--force").code == 0
    assert taken.read_text().startswith("file,predicted")
