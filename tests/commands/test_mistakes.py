"""`cnncli mistakes`: the list, and pictures with what is near, against NumPy and scikit-learn."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.metrics import confusion_matrix

from tests.conftest import Cli


@pytest.fixture(scope="module")
def confusing(images: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Images of which a third lie in the folder of the other class."""
    folder = Path(shutil.copytree(images, tmp_path_factory.mktemp("confusing") / "halves"))
    for number in range(0, 40, 3):
        left, right = (folder / name / f"{number:03}.png" for name in ("left", "right"))
        content = left.read_bytes()
        left.write_bytes(right.read_bytes())
        right.write_bytes(content)
    return folder


def test_mistakes_are_those_of_predict_the_surest_first(
    cli: Cli, trained: Path, confusing: Path, tmp_path: Path
):
    result = cli("mistakes", trained, confusing, "--json")
    assert result.code == 0, result.err
    document = json.loads(result.out)
    lines = cli("predict", trained, confusing, "--json").out.splitlines()
    predicted = {"/".join(Path(each["file"]).parts[-2:]): each for each in map(json.loads, lines)}
    wrong = {
        file: each["probability"]
        for file, each in predicted.items()
        if each["predicted"] != file.partition("/")[0]
    }
    assert len(wrong) > 20
    assert {each["file"]: each["probability"] for each in document["mistakes"]} == wrong
    sure = [each["probability"] for each in document["mistakes"]]
    assert sure == sorted(sure, reverse=True)
    truth = [file.partition("/")[0] for file in predicted]
    table = confusion_matrix(truth, [each["predicted"] for each in predicted.values()])
    kinds = {(each["label"], each["predicted"]): each["images"] for each in document["kinds"]}
    assert kinds[("left", "right")] == table[0, 1] and kinds[("right", "left")] == table[1, 0]

    cli("mistakes", trained, confusing, "-o", tmp_path / "wrong.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "wrong.csv").read_text())))
    assert [row["file"] for row in rows] == [each["file"] for each in document["mistakes"]]


def test_a_page_shows_each_kind_with_verdicts_and_what_is_near(
    cli: Cli, trained: Path, confusing: Path, tmp_path: Path
):
    result = cli("mistakes", trained, confusing, "--each", "2", "-o", tmp_path / "wrong.html")
    assert result.code == 0, result.err
    page = (tmp_path / "wrong.html").read_text(encoding="utf-8")
    assert page.count("<article>") == 4
    assert "left, taken for right" in page and "right, taken for left" in page
    assert page.count("Nearest training images:") == 4
    assert "agreement:" in page and "faithfulness:" in page
    assert "://" not in page
    assert "4 of" in result.err  # how many are explained

    result = cli("mistakes", trained, confusing, "--each", "1", "-o", tmp_path / "wrong.png")
    assert result.code == 0, result.err
    with Image.open(tmp_path / "wrong.png") as picture:
        assert min(picture.size) > 300


def test_nearest_are_those_of_the_cosine_of_what_the_last_layer_gets(trained: Path, images: Path):
    import keras

    from cnncli.commands.shared.training_hooks import hooks
    from cnncli.explain.explaining import prepare
    from cnncli.reporting.neighbours import NEAREST, Neighbours, training_images
    from cnncli.runs import model_file

    loaded = model_file.load(str(trained))
    known = training_images(loaded.run, loaded, None, hooks())
    near = Neighbours(prepare(loaded), known, lambda done, total: None)
    image = np.asarray(Image.open(images / "left" / "000.png"))[:, :, None]
    features = keras.Model(loaded.model.inputs, loaded.model.layers[-1].input)
    pixels = np.stack([np.asarray(Image.open(images / row.file))[:, :, None] for row in known.rows])
    there, here = features.predict(pixels, verbose=0), features.predict(image[None], verbose=0)[0]
    lengths = np.linalg.norm(there, axis=1) * np.linalg.norm(here)
    expected = np.argsort(-(there @ here) / lengths, kind="stable")[:NEAREST]
    assert [each.file for each in near.of(image)] == [known.rows[i].file for i in expected]


def test_looking_at_the_test_part_is_counted(cli: Cli, trained: Path, tmp_path: Path):
    run = Path(shutil.copytree(trained, tmp_path / "run"))
    before = json.loads((run / "metrics.json").read_text())["test_looks"]
    assert cli("mistakes", run).code == 0
    assert json.loads((run / "metrics.json").read_text())["test_looks"] == before + 1


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("-o", "wrong.txt"), "cannot be written as"),
        (("--each", "3"), "--each does nothing without"),
        (("other/", "--data", "images/"), "--data does nothing beside DATA"),
    ],
)
def test_wrong_usage_is_said(
    cli: Cli, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    argv: tuple[str, ...], words: str,
):  # fmt: skip
    monkeypatch.chdir(tmp_path)
    result = cli("mistakes", trained, *argv)
    assert result.code == 2
    assert words in result.err
