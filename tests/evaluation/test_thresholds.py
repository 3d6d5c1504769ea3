"""The threshold of a run: chosen on its validation part, kept, obeyed, dropped with its model."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
from sklearn.metrics import roc_curve

from cnncli.runs import carried, model_file, trained_file
from cnncli.runs.directory import RunDirectory
from tests.conftest import Cli


@pytest.fixture
def run(trained: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained, tmp_path / "run"))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_chosen_on_the_validation_part_and_kept(run: Path, images: Path, cli: Cli) -> None:
    result = cli("evaluate", run, "--at-sensitivity", "1", "--keep", "--json")
    said = json.loads(result.out)
    assert "the highest with a sensitivity of at least 1 on the validation part: of" in result.err
    kept = json.loads((run / "threshold.json").read_text())
    value = said["threshold"]
    assert kept == {"threshold": value, "rule": "at-sensitivity 1", "positive": "right"}
    found = rows(run / "validation-predictions.csv")
    truth = [row["label"] == "right" for row in found]
    scores = [float(row["p_right"]) for row in found]
    false, true, _ = roc_curve(truth, scores)
    on = said["threshold_chosen_on"]
    assert on["specificity"] == pytest.approx(1 - false[true == 1].min())
    assert (on["images"], on["sensitivity"]) == (len(found), 1.0)

    tested = rows(run / "predictions.csv")
    expected = ["right" if float(row["p_right"]) > value else "left" for row in tested]
    again = cli("evaluate", run, "--predictions", run.parent / "now.csv", "--json")
    assert [row["predicted"] for row in rows(run.parent / "now.csv")] == expected
    assert json.loads(again.out)["threshold_rule"] == "at-sensitivity 1"
    files = [images / row["file"] for row in tested]
    lines = cli("predict", run, *files, "--json")
    assert [json.loads(line)["predicted"] for line in lines.out.splitlines()] == expected
    assert f"Threshold {value:g} for right of {run / 'threshold.json'}" in lines.err


def test_an_option_beats_what_is_kept_and_one_half_undoes_it(run: Path, cli: Cli) -> None:
    before = json.loads(cli("evaluate", run, "--json").out)
    assert (before["threshold"], before["threshold_rule"]) == (0.5, None)
    assert cli("evaluate", run, "--threshold", "1", "--keep").code == 0
    kept = json.loads(cli("evaluate", run, "--json").out)
    assert (kept["threshold"], kept["sensitivity"], kept["specificity"]) == (1.0, 0.0, 1.0)
    undone = json.loads(cli("evaluate", run, "--threshold", "0.5", "--json").out)
    assert undone["confusion"] == before["confusion"]
    assert cli("evaluate", run, "--threshold", "0.5", "--keep").code == 0
    assert json.loads(cli("evaluate", run, "--json").out)["confusion"] == before["confusion"]


def test_the_test_part_does_not_move_a_threshold(run: Path, tmp_path: Path, cli: Cli) -> None:
    """Other labels of the test images, in every file that has them: the same threshold."""
    images = Path(json.loads((run / "run.json").read_text())["data"]["path"])
    other = Path(shutil.copytree(images, tmp_path / "other"))
    turned = {"left": "right", "right": "left"}
    table = rows(run / "split.csv")
    choices = (["--at-sensitivity", "0.9"], ["--at-specificity", "0.8"], ["--best", "f1"])
    before = [json.loads(cli("evaluate", run, *how, "--json").out) for how in choices]
    for row in table:
        if row["split"] == "test":
            new = Path(turned[row["label"]], f"x{Path(row['file']).name}")
            shutil.move(other / row["file"], other / new)
            row.update(file=str(new), label=turned[row["label"]])
    with (run / "split.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(table[0]))
        writer.writeheader()
        writer.writerows(table)
    for how, first in zip(choices, before, strict=True):
        now = json.loads(cli("evaluate", run, "--data", other, *how, "--json").out)
        assert now["accuracy"] != first["accuracy"]
        for key in ("threshold", "threshold_rule", "threshold_chosen_on"):
            assert now[key] == first[key]


def test_a_run_that_trains_on_drops_it(run: Path, cli: Cli) -> None:
    assert cli("evaluate", run, "--best", "youden", "--keep").code == 0
    result = cli("train", "--resume", run, "--epochs", "5")
    assert result.code == 0 and "threshold.json is dropped" in result.err
    assert not (run / "threshold.json").exists()


def test_what_is_exported_takes_it_along(run: Path, tmp_path: Path, images: Path, cli: Cli) -> None:
    assert cli("evaluate", run, "--threshold", "0.9", "--keep").code == 0
    out = tmp_path / "out.keras"
    assert cli("export", run, "-o", out).code == 0
    meaning = trained_file.read_meaning(out)
    assert meaning is not None and meaning.threshold == 0.9
    image = images / "right" / "000.png"
    answers = [json.loads(cli("predict", model, image, "--json").out) for model in (run, out)]
    assert answers[0] == answers[1]
    loaded = model_file.load(str(run))
    texts = carried.texts(loaded.meaning, RunDirectory(run))
    assert texts["cnncli.threshold"] == "0.9"
    read = carried.meaning(out, texts)
    assert read is not None and read.threshold == 0.9


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "should be a mapping"),
        ("{", "not readable as JSON"),
        ('{"threshold": 2, "rule": "x", "positive": "right"}', "a number from 0 to 1"),
        ('{"threshold": NaN, "rule": "x", "positive": "right"}', "a number from 0 to 1"),
        ('{"threshold": 0.4, "rule": "x", "positive": "left"}', "is a threshold for left"),
    ],
)
def test_a_file_that_is_none(run: Path, cli: Cli, text: str, said: str) -> None:
    (run / "threshold.json").write_text(text)
    result = cli("evaluate", run)
    assert result.code == 1 and said in result.err and "threshold.json" in result.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("file,label\nx,left\n", "has no column p_right"),
        ("file,label,p_right\nx,left,much\n", "'much' is no probability"),
        ("file,label,p_right\nx,left,0.3\n", "are of one class"),
    ],
)
def test_validation_predictions_that_are_none(run: Path, cli: Cli, text: str, said: str) -> None:
    (run / "validation-predictions.csv").write_text(text)
    result = cli("evaluate", run, "--best", "f1")
    assert result.code == 1 and said in result.err


def test_where_there_is_nothing_to_choose(
    run: Path, images: Path, tmp_path: Path, cli: Cli
) -> None:
    (run / "validation-predictions.csv").unlink()
    result = cli("evaluate", run, "--best", "f1")
    assert result.code == 1 and "no validation-predictions.csv" in result.err
    alone = tmp_path / "alone.keras"
    shutil.copy(run / "model.keras", alone)
    for more in (["--best", "f1"], ["--threshold", "0.4", "--keep"]):
        result = cli("evaluate", alone, images, *more)
        assert result.code == 2 and "is a file" in result.err
    assert cli("evaluate", alone, images, "--threshold", "0.4").code == 0


def test_abstaining(run: Path, images: Path, tmp_path: Path, cli: Cli) -> None:
    out = tmp_path / "sure.csv"
    result = cli("evaluate", run, images, "--abstain", "0.999", "--predictions", out, "--json")
    said = json.loads(result.out)
    found = rows(out)
    sure = [row for row in found if float(row["probability"]) >= 0.999]
    assert 0 < len(sure) < len(found)
    assert said["abstain"]["images"] == len(sure)
    right = sum(row["label"] == row["predicted"] for row in sure)
    assert said["abstain"]["accuracy"] == pytest.approx(right / len(sure))
    assert all((row["predicted"] == "") == (row not in sure) for row in found)
    lines = cli("predict", run, images, "--abstain", "0.999", "--json").out.splitlines()
    answers = [json.loads(line) for line in lines]
    assert sum(each["predicted"] is None for each in answers) == len(found) - len(sure)
    text = cli("evaluate", run, images, "--abstain", "0.999").out
    assert f"From 0.999 on: {len(sure)} images answered" in text
