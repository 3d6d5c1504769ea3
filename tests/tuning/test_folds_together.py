"""DIR of `crossval` where commands take a run: all folds as one, without a network run."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, log_loss, recall_score, roc_auc_score, roc_curve

from cnncli.runs.directory import RunDirectory, lock
from tests.conftest import Cli
from tests.trained_runs import FOLDS

pytestmark = pytest.mark.tensorflow_process


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def cv(crossed: Path, tmp_path: Path) -> Path:
    """A copy of the shared cross-validation, to be looked at and changed."""
    return Path(shutil.copytree(crossed, tmp_path / "cv"))


@pytest.mark.parametrize("command", ["evaluate", "report"])
def test_all_folds_that_are_to_come_are_counted(cv: Path, cli: Cli, command: str) -> None:
    for fold in range(1, FOLDS + 1):
        shutil.rmtree(cv / f"fold-{fold}")
    result = cli(command, cv)
    assert result.code == 1
    assert f"not finished: {FOLDS} of {FOLDS} folds still to come" in result.err


def test_who_asks_while_folds_train_is_not_sent_to_train_them(cv: Path, cli: Cli) -> None:
    _unfinished(cv)
    assert f"Train it to its end: cnncli crossval --resume {cv}" in cli("evaluate", cv).err
    with lock(RunDirectory(cv)):
        result = cli("evaluate", cv)
    assert result.code == 1 and "--resume" not in result.err
    assert result.err.endswith("\nA process trains it now: wait until that is done.\n")


def test_evaluate_gives_the_pooled_figures_of_scikit_learn(cv: Path, cli: Cli) -> None:
    found = json.loads(cli("evaluate", cv, "--json").out)
    kept = json.loads((cv / "crossval.json").read_text())
    assert {key: found[key] for key in kept["pooled"]} == kept["pooled"]
    assert found["over_folds"] == kept["over_folds"]
    table = rows(cv / "predictions.csv")
    truth = [row["label"] == "right" for row in table]
    scores = [float(row["p_right"]) for row in table]
    assert found["auc"] == pytest.approx(roc_auc_score(truth, scores))
    assert found["log_loss"] == pytest.approx(log_loss(truth, scores))
    losses = [each["loss"] for each in found["folds"]]
    assert found["loss"] == pytest.approx(np.average(losses, weights=[20, 20]))
    for each in found["folds"]:
        of_it = [row for row in table if row["fold"] == str(each["fold"])]
        pair = [[row[name] for row in of_it] for name in ("label", "predicted")]
        assert each["accuracy"] == accuracy_score(*pair)
        assert each["images"] == len(of_it)


def test_evaluate_answers_as_of_a_run(cv: Path, cli: Cli, tmp_path: Path) -> None:
    result = cli(
        "evaluate", cv, "--by", r"0(\d)\d\.", "--abstain", "0.6", "-o", tmp_path / "pictures"
    )
    assert result.code == 0, result.err
    for words in ("pooled", "By stratum", "Largest difference", "over 2 folds", "From 0.6 on"):
        assert words in result.out
    assert {path.name for path in (tmp_path / "pictures").iterdir()} == {
        "confusion.png", "roc.png", "precision-recall.png", "reliability.png", "answered.png",
    }  # fmt: skip
    failed = cli("evaluate", cv, "--assert", "over_folds.accuracy.mean > 1", "--json")
    assert failed.code == 1 and "over_folds.accuracy.mean is" in failed.err
    looks = json.loads((cv / "fold-2" / "metrics.json").read_text())["test_looks"]
    assert looks == 3  # at the end of training, and these two


def test_each_fold_chooses_its_threshold_on_its_own_validation_part(cv: Path, cli: Cli) -> None:
    found = json.loads(cli("evaluate", cv, "--best", "youden", "--keep", "--json").out)
    table = rows(cv / "predictions.csv")
    taken = []
    for each in found["folds"]:
        run = cv / f"fold-{each['fold']}"
        kept = json.loads((run / "threshold.json").read_text())
        assert kept["threshold"] == each["threshold"] and kept["rule"] == "best youden"
        validation = rows(run / "validation-predictions.csv")
        truth = np.array([row["label"] == "right" for row in validation])
        scores = np.array([float(row["p_right"]) for row in validation])
        false, true, _ = roc_curve(truth, scores)
        said = scores > each["threshold"]
        reached = said[truth].mean() - said[~truth].mean()
        assert reached == pytest.approx((true - false).max())
        of_it = [row for row in table if row["fold"] == str(each["fold"])]
        taken += [(row["label"], float(row["p_right"]) > each["threshold"]) for row in of_it]
    truth, said = zip(*taken, strict=True)
    assert found["sensitivity"] == recall_score([one == "right" for one in truth], said)
    again = json.loads(cli("evaluate", cv, "--json").out)
    assert again["sensitivity"] == found["sensitivity"]
    assert [each["threshold_rule"] for each in again["folds"]] == ["best youden"] * FOLDS


def test_the_test_labels_move_no_threshold(cv: Path, cli: Cli) -> None:
    before = json.loads(cli("evaluate", cv, "--best", "f1", "--json").out)
    turned = {"left": "right", "right": "left"}
    for name in (f"fold-{fold}" for fold in range(1, FOLDS + 1)):
        for path in (cv / name / "predictions.csv", cv / name / "split.csv"):
            lines = rows(path)
            for row in lines:
                if row.get("split", "test") == "test":
                    row["label"] = turned[row["label"]]
            with path.open("w", newline="") as file:
                writer = csv.DictWriter(file, list(lines[0]), lineterminator="\n")
                writer.writeheader()
                writer.writerows(lines)
    assert cli("crossval", "--resume", cv).code == 0
    after = json.loads(cli("evaluate", cv, "--best", "f1", "--json").out)
    pairs = zip(before["folds"], after["folds"], strict=True)
    assert all(one["threshold"] == other["threshold"] for one, other in pairs)
    assert after["accuracy"] == pytest.approx(1 - before["accuracy"])


def test_mistakes_are_those_of_all_folds_each_explained_by_its_own(
    cv: Path, cli: Cli, tmp_path: Path
) -> None:
    table = rows(cv / "predictions.csv")
    wrong = [row for row in table if row["label"] != row["predicted"]]
    found = json.loads(cli("mistakes", cv, "--json").out)
    assert found["images"] == len(table)
    surest_first = sorted(wrong, key=lambda row: -float(row["probability"]))
    said = [(each["file"], str(each["fold"])) for each in found["mistakes"]]
    assert said == [(row["file"], row["fold"]) for row in surest_first]
    page = tmp_path / "mistakes.html"
    result = cli("mistakes", cv, "--each", "2", "-o", page)
    assert result.code == 0, result.err
    text = page.read_text()
    for each in found["mistakes"]:
        if f"<h3>{each['file']}" in text:
            assert f"by the network of fold {each['fold']}" in text
    assert "Nearest training images" in text and "by the network of fold" in text
    assert cli("mistakes", cv, "-o", tmp_path / "list.csv").code == 0
    assert {row["fold"] for row in rows(tmp_path / "list.csv")} == {row["fold"] for row in wrong}


def test_runs_shows_the_folds_and_all_of_them_as_one(cv: Path, cli: Cli) -> None:
    shown = json.loads(cli("runs", cv, "--json").out)
    assert [Path(run["run"]).name for run in shown] == ["fold-1", "fold-2", "cv"]
    pooled = json.loads((cv / "crossval.json").read_text())["pooled"]
    assert shown[-1]["accuracy_interval"] == pooled["accuracy_interval"]
    assert shown[-1]["val_loss"] == pytest.approx(np.mean([run["val_loss"] for run in shown[:2]]))
    assert shown[-1]["fold"] == "2 folds" and shown[-1]["images"] == 40
    assert [run["run"] for run in json.loads(cli("runs", cv.parent, "--json").out)] == [str(cv)]
    (cv / "fold-2" / "run.json").unlink()
    assert json.loads(cli("runs", cv, "--json").out)[-1]["state"] == "1 of 2 folds"


@pytest.mark.parametrize(
    "call",
    [
        ("evaluate", "DIR", "images"),
        ("evaluate", "DIR", "--calibrate", "--out", "x"),
        ("evaluate", "DIR", "--on", "images"),
        ("evaluate", "a.keras", "b.keras", "--on", "DIR"),
        ("evaluate", "DIR", "--classes", "a,b"),
        ("evaluate", "DIR", "--logits"),
        ("evaluate", "DIR", "--data", "images"),
        ("mistakes", "DIR", "images"),
    ],
)
def test_what_makes_no_sense_of_folds_is_refused(
    crossed: Path, cli: Cli, call: tuple[str, ...]
) -> None:
    result = cli(*(str(crossed) if word == "DIR" else word for word in call))
    assert result.code == 2 and result.out == ""
    assert "is a cross-validation: " in result.err and "fold-1" in result.err


@pytest.mark.parametrize("command", ["predict", "explain", "export", "summary"])
def test_where_one_network_is_needed_a_fold_is_named(crossed: Path, cli: Cli, command: str) -> None:
    image = ["sample:mri"] if command in ("predict", "explain") else []
    result = cli(command, crossed, *image)
    assert result.code in (1, 2) and str(crossed / "fold-1") in result.err


@pytest.mark.parametrize("call", ["predict DIR sample:mri", "summary DIR", "mistakes DIR images"])
def test_the_fold_that_is_named_is_there(cv: Path, cli: Cli, call: str) -> None:
    words = [str(cv) if word == "DIR" else word for word in call.split()]
    shutil.rmtree(cv / "fold-1")
    assert str(cv / "fold-2") in cli(*words).err
    shutil.rmtree(cv / "fold-2")
    said = cli(*words).err
    assert "fold-" not in said and f"cnncli crossval --resume {cv}" in said


def test_a_fold_that_was_changed_since_is_said(cv: Path, cli: Cli) -> None:
    (cv / "predictions.csv").write_text("file\n")
    result = cli("evaluate", cv)
    assert result.code == 1 and f"crossval --resume {cv}" in result.err


def _unfinished(cv: Path) -> None:
    shutil.rmtree(cv / "fold-2")


def _no_probability(cv: Path) -> None:
    path = cv / "fold-1" / "predictions.csv"
    path.write_text(path.read_text().replace("0.", "7.", 3))


def _another_image(cv: Path) -> None:
    path = cv / "fold-1" / "predictions.csv"
    path.write_text(path.read_text().replace("left/", "over/", 1))


def _no_figures(cv: Path) -> None:
    path = cv / "crossval.json"
    said = json.loads(path.read_text())
    path.write_text(json.dumps({**said, "pooled": {"accuracy": "much"}}))


@pytest.mark.parametrize(
    ("harm", "command", "words"),
    [
        (_unfinished, "evaluate", "not finished: 1 of 2 folds still to come"),
        (_unfinished, "mistakes", "not finished: 1 of 2 folds still to come"),
        (_no_probability, "evaluate", "no probability"),
        (_another_image, "evaluate", "is no image of split.csv"),
        (_no_figures, "runs", "pooled.accuracy should be a number"),
    ],
)
def test_what_is_damaged_or_not_done_is_named(
    cv: Path, cli: Cli, harm: Callable[[Path], None], command: str, words: str
) -> None:
    harm(cv)
    result = cli(command, cv)
    assert result.code == 1 and words in result.err, result.err
