"""`evaluate --calibrate`: a temperature within the weights, fitted on the validation part alone."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.special import expit, logit

from cnncli.images import samples
from cnncli.metrics import calibration
from cnncli.runs import model_file
from tests.conftest import Cli
from tests.trained_runs import TINY

HARD = TINY.replace("epochs: 4", "epochs: 40").replace("rate: 0.3", "rate: 0.0")

# Large for 150 digits: it learns them by heart.
WIDE = """\
name: wide
input: [8, 8, 1]
preprocess: standardize
layers:
  - Conv2D: {filters: 32, kernel_size: 3, padding: same, activation: relu}
  - MaxPool2D
  - Conv2D: {filters: 64, kernel_size: 3, padding: same, activation: relu}
  - Flatten
  - Dense: {units: 128, activation: relu}
  - Dense: {units: 10, activation: softmax}
training:
  optimizer: {Adam: {learning_rate: 0.003}}
  epochs: 80
  batch_size: 16
"""


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def chances(path: Path, name: str) -> np.ndarray:
    return np.array([float(row[name]) for row in rows(path)])


@pytest.fixture(scope="module")
def noisy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Images that tell little, so that a network which learns them by heart is too sure."""
    folder = tmp_path_factory.mktemp("noisy")
    draws = np.random.default_rng(2)
    for name, more in (("left", 0), ("right", 6)):
        (folder / name).mkdir()
        for number in range(60):
            pixels = draws.integers(0, 240, (12, 12))
            pixels[:, more : more + 6] += 12
            Image.fromarray(pixels.astype(np.uint8)).save(folder / name / f"{number:03}.png")
    return folder


@pytest.fixture(scope="module")
def sure(noisy: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from cnncli.cli import main

    folder = tmp_path_factory.mktemp("sure")
    (folder / "hard.yaml").write_text(HARD)
    train = ["train", noisy, "--arch", folder / "hard.yaml", "--out", folder / "run"]
    assert main([*map(str, train), "--split", "50/25/25", "--keep", "last", "--quiet"]) == 0
    return folder / "run"


def test_a_run_of_its_own_with_the_same_classes(sure: Path, tmp_path: Path, cli: Cli) -> None:
    out = tmp_path / "out"
    before = json.loads(cli("evaluate", sure, "--threshold", "0.7", "--keep", "--json").out)
    result = cli("evaluate", sure, "--calibrate", "--out", out, "--json")
    (sure / "threshold.json").unlink()
    assert result.code == 0 and "Temperature" in result.err
    about = json.loads((out / "run.json").read_text())
    assert about["parent"] == str(sure) and about["temperature"] > 1
    assert {path.name for path in sure.iterdir()} - {"last"} <= {p.name for p in out.iterdir()}
    for name in ("predictions.csv", "validation-predictions.csv"):
        assert [row["predicted"] for row in rows(out / name)] == [
            row["predicted"] for row in rows(sure / name)
        ]
        expected = expit(logit(chances(sure / name, "p_right")) / about["temperature"])
        assert chances(out / name, "p_right") == pytest.approx(expected, abs=1e-5)
    said = json.loads(result.out)
    assert said["log_loss"] < before["log_loss"]
    assert said["confusion"] == before["confusion"], "the threshold moved with the probabilities"
    assert model_file.load(str(out)).meaning.threshold == said["threshold"]


def test_the_temperature_is_the_one_of_the_least_loss(sure: Path, tmp_path: Path, cli: Cli) -> None:
    assert cli("evaluate", sure, "--calibrate", "--out", tmp_path / "out").code == 0
    best = json.loads((tmp_path / "out" / "run.json").read_text())["temperature"]
    found = rows(sure / "validation-predictions.csv")
    truth = np.array([row["label"] == "right" for row in found])
    scores = logit(chances(sure / "validation-predictions.csv", "p_right"))

    def loss(temperature: float) -> float:
        likely = expit(np.where(truth, scores, -scores) / temperature)
        return float(-np.log(likely).mean())

    assert loss(best) <= min(loss(best * 0.98), loss(best * 1.02), loss(1.0))


def test_the_test_part_does_not_move_it(sure: Path, noisy: Path, tmp_path: Path, cli: Cli) -> None:
    run = Path(shutil.copytree(sure, tmp_path / "run"))
    other = Path(shutil.copytree(noisy, tmp_path / "other"))
    turned = {"left": "right", "right": "left"}
    table = rows(run / "split.csv")
    for row in table:
        if row["split"] == "test":
            new = Path(turned[row["label"]], f"x{Path(row['file']).name}")
            shutil.move(other / row["file"], other / new)
            row.update(file=str(new), label=turned[row["label"]])
    with (run / "split.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(table[0]))
        writer.writeheader()
        writer.writerows(table)
    found = []
    for name, argv in (("a", [sure]), ("b", [run, "--data", other])):
        result = cli("evaluate", *argv, "--calibrate", "--out", tmp_path / name, "--json")
        about = json.loads((tmp_path / name / "run.json").read_text())
        found.append((about["temperature"], json.loads(result.out)["accuracy"]))
    assert found[0][0] == found[1][0]
    assert found[0][1] != found[1][1]


def test_what_cannot_be_calibrated(
    sure: Path, trained: Path, noisy: Path, tmp_path: Path, cli: Cli
) -> None:
    out = tmp_path / "out"
    alone = shutil.copy(sure / "model.keras", tmp_path / "alone.keras")
    assert cli("evaluate", alone, noisy, "--calibrate", "--out", out).code == 2
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    assert cli("evaluate", sure, "--calibrate", "--out", tmp_path / "full").code == 2
    certain = cli("evaluate", trained, "--calibrate", "--out", out)
    assert certain.code == 1 and "every validation image is told right" in certain.err
    assert not out.exists()
    assert cli("evaluate", sure, "--calibrate", "--out", out).code == 0
    on = cli("train", "--resume", out, "--epochs", "50")
    assert on.code == 1 and "cannot be trained on" in on.err


@pytest.mark.slow
def test_over_confidence_on_digits_is_halved(tmp_path: Path, cli: Cli) -> None:
    """80 epochs on 150 digits, the others halved into validation and test; five seeds."""
    spec = tmp_path / "wide.yaml"
    spec.write_text(WIDE)
    pixels, labels = samples.digits()
    lines = [f"{label}/{place:04},{label}" for place, label in enumerate(labels)]
    errors = []
    for seed in range(5):
        order = np.random.default_rng(seed).permutation(len(pixels))
        parts = ["train"] * 150 + ["validation"] * 823 + ["test"] * 824
        table = tmp_path / f"split-{seed}.csv"
        listed = [f"{lines[place]},{part}" for place, part in zip(order, parts, strict=True)]
        table.write_text("\n".join(["file,label,split", *listed]) + "\n")
        run, out = tmp_path / f"run-{seed}", tmp_path / f"calibrated-{seed}"
        train = ("train", "sample:digits", "--arch", spec, "--keep", "last")
        more = ("--seed", str(seed), "--split-from", table, "--out", run)
        assert cli(*train, *more).code == 0
        before = json.loads((run / "metrics.json").read_text())["test"]
        after = json.loads(cli("evaluate", run, "--calibrate", "--out", out, "--json").out)
        assert after["confusion"] == before["confusion"]
        found = [made["expected_calibration_error"] for made in (before, after)]
        errors.append([*found, error_by_chance(out / "predictions.csv")])
    first, then, chance = np.mean(errors, axis=0)
    assert then <= first / 2, (first, then)
    assert then <= 1.25 * chance, (then, chance)


def error_by_chance(path: Path) -> float:
    """Return the calibration error that so many images have where probabilities are just right."""
    names = [name for name in rows(path)[0] if name.startswith("p_")]
    shares = np.stack([chances(path, name) for name in names], axis=1)
    draws = np.random.default_rng(0)
    found = []
    for _ in range(50):
        above = shares.cumsum(axis=1) > draws.random((len(shares), 1))
        bins = calibration.reliability(above.argmax(axis=1), shares)
        found.append(calibration.expected_calibration_error(bins))
    return float(np.mean(found))
