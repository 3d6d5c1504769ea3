"""Which images a run trains on: by a table, by another run's split, without a cache."""

from __future__ import annotations

import csv
import json
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import Cli
from tests.same import assert_same_bits
from tests.trained_runs import draw_images


def rows(run: Path) -> list[dict[str, str]]:
    return list(csv.DictReader((run / "split.csv").read_text(encoding="utf-8").splitlines()))


def test_without_a_cache_the_bits_are_the_same(
    trained: Path, images: Path, tiny: Path, tmp_path: Path, cli: Cli
) -> None:
    out = tmp_path / "run"
    assert cli("train", images, "--arch", tiny, "--out", out, "--no-cache").code == 0
    assert_same_bits(out, trained)


def test_data_tells_the_split_that_train_makes(trained: Path, images: Path, cli: Cli) -> None:
    told = json.loads(cli("data", images, "--json").out)["classes"]
    made = Counter((row["label"], row["split"]) for row in rows(trained))
    parts = ("train", "validation", "test")
    assert {(label, part): told[label][part] for label in told for part in parts} == made


def test_the_split_of_another_run(
    trained: Path, images: Path, tiny: Path, tmp_path: Path, cli: Cli
) -> None:
    out = tmp_path / "run"
    source = ("--split-from", trained)
    result = cli("train", images, "--arch", tiny, "--epochs", "1", "--out", out, *source)
    assert result.code == 0, result.err
    assert rows(out) == rows(trained)
    result = cli("train", images, "--arch", tiny, "--split-from", tmp_path / "nowhere.csv")
    assert result.code == 1
    assert "nowhere.csv: no such file" in result.err


@pytest.mark.parametrize("cache", [True, False])
def test_a_table_of_labels(images: Path, tiny: Path, tmp_path: Path, cli: Cli, cache: bool) -> None:
    files = sorted(images.rglob("*.png"))
    lines = [f"{file.parent.name}/{file.name},{file.parent.name.upper()}" for file in files[1:-1]]
    table = tmp_path / "labels.csv"
    table.write_text("\n".join(["file,label", *lines, f"{lines[0].split(',')[0]},OTHER"]))
    out = tmp_path / "run"
    more = () if cache else ("--no-cache",)
    argv = ("train", images, "--arch", tiny, "--epochs", "1", "--out", out, "--labels", table)
    result = cli(*argv, *more)
    assert result.code == 0, result.err
    assert "left out: 1 image of several labels in labels.csv" in result.err
    assert "left out: 2 images without a label in labels.csv" in result.err
    assert len(rows(out)) == len(files) - 3
    assert {row["label"] for row in rows(out)} == {"LEFT", "RIGHT"}
    assert cli("train", "--resume", out, "--epochs", "2").code == 0


def test_without_room_for_decoded_images_that_is_said(
    images: Path, tiny: Path, tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    result = cli("train", images, "--arch", tiny, "--epochs", "1", "--out", tmp_path / "run")
    assert result.code == 0
    assert "no room for decoded images in" in result.err


def test_labels_that_contradict_each_other_are_warned_of(
    tiny: Path, tmp_path: Path, cli: Cli
) -> None:
    data = draw_images(tmp_path / "images", 10)
    for number in range(3):
        copy = data / "right" / f"copy-{number}.png"
        copy.write_bytes((data / "left" / f"00{number}.png").read_bytes())
    (data / "birds").mkdir()
    (data / "broken").mkdir()
    (data / "broken" / "1.png").write_text("no image")
    result = cli("train", data, "--arch", tiny, "--epochs", "1", "--out", tmp_path / "run")
    assert result.code == 0, result.err
    assert (
        "6 files hold the same picture in more than one class: left/000.png, right/copy-0.png"
        in (result.err)
    )
    assert result.err.count("copy-") == 2  # five files are named
    for name in ("birds", "broken"):
        assert f"left out: the class {name}, which holds no image" in result.err


@pytest.mark.parametrize("source", ["", "model.keras"])
def test_first_weights_that_saw_the_test_images_are_warned_of(
    trained: Path, images: Path, tiny: Path, tmp_path: Path, cli: Cli, source: str
) -> None:
    known = {row["file"] for row in rows(trained) if row["split"] == "train"}
    out = tmp_path / "run"
    options = ("--epochs", "1", "--split-seed", "7", "--init", trained / source, "--out", out)
    result = cli("train", images, "--arch", tiny, *options)
    assert result.code == 0, result.err
    for part in ("validation", "test"):
        own = [row["file"] in known for row in rows(out) if row["split"] == part]
        assert 0 < sum(own) < len(own)
        assert f"{sum(own)} of {len(own)} {part} images were training images of" in result.err
    same = ("--epochs", "1", "--init", trained / source, "--out", tmp_path / "same")
    assert "were training images" not in cli("train", images, "--arch", tiny, *same).err


def test_what_was_joined_merged_and_laid_onto_white_stays_so(
    tiny: Path, tmp_path: Path, cli: Cli
) -> None:
    """In the record, the model file, a resumed run, `evaluate` and `predict`."""
    random, data = np.random.default_rng(5), tmp_path / "data"
    for name, opaque in (("a/one", 40), ("a/two", 60), ("b/three", 220)):
        (data / name).mkdir(parents=True)
        for number in range(16):
            black = np.zeros((12, 12, 4), np.uint8)  # all that can be seen is the alpha
            black[:, :, 3] = random.integers(0, opaque, (12, 12))
            Image.fromarray(black).save(data / name / f"{number:02}.png")
    run, how = tmp_path / "run", ("--depth", "2", "--merge", "faint=a/one,a/two")
    argv = ("train", data, "--arch", tiny, "--out", run, "--epochs", "1")
    result = cli(*argv, *how, "--background", "white")
    assert result.code == 0, result.err
    taken = json.loads((run / "run.json").read_text())["data"]["options"]
    assert taken["background"] == [255, 255, 255]
    assert taken["depth"] == 2
    assert taken["merge"] == {"a/one": "faint", "a/two": "faint"}
    assert {row["label"] for row in rows(run)} == {"faint", "b/three"}
    with zipfile.ZipFile(run / "model.keras") as archive:
        assert json.loads(archive.read("cnncli.json"))["background"] == [255, 255, 255]
    assert cli("train", "--resume", run, "--epochs", "2").code == 0
    whole = json.loads(cli("evaluate", run, data, "--json").out)
    assert whole["images"] == 48
    written = list(csv.DictReader((run / "predictions.csv").open()))
    for row in written[:3]:
        said = json.loads(cli("predict", run, data / row["file"], "--json").out)
        assert said["predicted"] == row["predicted"]
        assert said["probability"] == pytest.approx(float(row["probability"]), rel=1e-6)
