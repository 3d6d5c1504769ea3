"""Images that a network was trained on are known again: copies, patients, names."""

from __future__ import annotations

import io
import json
import shutil
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from cnncli.data.facts import near
from cnncli.runs.record import SplitRow, read_split
from cnncli.runs.trained import Meaning
from cnncli.runs.trained_file import read_meaning
from cnncli.training import overlap
from tests.conftest import Cli


def _picture(seed: int, side: int = 200) -> np.ndarray:
    """Return a picture of soft blots, as an X-ray has them."""
    draws = np.random.default_rng(seed)
    return cv2.resize(draws.integers(0, 256, (9, 9)).astype(np.uint8), (side, side),
                      interpolation=cv2.INTER_CUBIC)  # fmt: skip


def _row(pixels: np.ndarray, file: str, part: str = "train", group: str | None = None) -> SplitRow:
    text = np.array(near(pixels), "<u8").tobytes().hex()
    return SplitRow(file, "a", part, pixels.tobytes().hex()[:32], group, text)


TRAINED = [_row(_picture(n), f"a/{n}.png", group=f"patient {n}") for n in range(5)]
KNOWN = overlap.Known(
    frozenset(row.digest[:16] for row in TRAINED),
    [row.near for row in TRAINED],
    frozenset(row.group for row in TRAINED if row.group),
    frozenset(row.file for row in TRAINED),
)


def _jpeg(pixels: np.ndarray) -> np.ndarray:
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "JPEG", quality=70)
    return np.array(Image.open(data))


@pytest.mark.parametrize(
    ("row", "sign"),
    [
        (_row(_picture(0), "elsewhere.png"), "picture"),
        (_row(cv2.resize(_picture(1), (100, 100)), "small.png"), "near"),
        (_row(_jpeg(_picture(2)), "lossy.jpg"), "near"),
        (_row(_picture(9), "new.png", group="patient 3"), "group"),
        (_row(_picture(10), "a/3.png"), "name"),
        (_row(_picture(11), "new.png", group="patient 9"), None),
    ],
)
def test_the_surest_sign(row: SplitRow, sign: str | None) -> None:
    assert overlap.seen(KNOWN, [row]) == [sign]


def test_no_chance_likeness() -> None:
    rows = [_row(_picture(100 + number), f"b/{number}.png") for number in range(300)]
    assert Counter(overlap.seen(KNOWN, rows)) == {None: 300}


def test_what_travels_is_bounded_and_names_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overlap, "MOST", 3)
    kept = overlap.digests_of([*TRAINED, _row(_picture(7), "test.png", "test")])
    assert (kept.images, len(kept.digests), len(kept.near)) == (5, 3, 3)
    assert set(kept.digests) <= KNOWN.digests
    assert "patient" not in repr(kept) and "png" not in repr(kept)
    known = overlap.known(None, Meaning(("a", "b"), trained_on=kept))
    assert sum(sign == "picture" for sign in overlap.seen(known, TRAINED)) == 3


def test_a_model_that_was_copied_away_knows_its_images(
    trained: Path, images: Path, tmp_path: Path, cli: Cli
) -> None:
    alone = Path(shutil.copy(trained / "model.keras", tmp_path / "copied.keras"))
    said = json.loads(cli("evaluate", alone, images, "--json").out)
    parts = [row.part for row in read_split(trained / "split.csv")]
    assert said["trained_on"] == parts.count("train")
    assert said["trained_on_near"] == 0
    assert said["trained_on_group"] is said["trained_on_name"] is None  # it names nobody
    meaning = read_meaning(alone)
    assert meaning is not None and meaning.trained_on is not None
    assert meaning.trained_on.near == ()  # of 12 x 12 pixels, too small to be told


def test_images_changed_in_a_few_pixels_keep_their_names(
    trained: Path, images: Path, tmp_path: Path, cli: Cli
) -> None:
    other = tmp_path / "other"
    shutil.copytree(images, other)
    for file in other.rglob("*.png"):
        pixels = np.array(Image.open(file))
        pixels[0, 0] ^= 1
        Image.fromarray(pixels).save(file)
    result = cli("evaluate", trained, other, "--json")
    said = json.loads(result.out)
    parts = [row.part for row in read_split(trained / "split.csv")]
    assert (said["trained_on"], said["trained_on_name"]) == (0, parts.count("train"))
    assert "have the file names of training images" in result.err
