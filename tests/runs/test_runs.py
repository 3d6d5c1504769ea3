"""Runs side by side, and what differs between two."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
from scipy.stats import binomtest

from cnncli.runs.directory import RunDirectory, lock
from tests.conftest import Cli


@pytest.fixture
def folder(trained: Path, undisturbed: Path, tmp_path: Path) -> Path:
    """Runs that differ: one finished, one of another recipe, one killed, one that is no run."""
    runs = tmp_path / "runs"
    shutil.copytree(trained, runs / "plain")
    shutil.copytree(undisturbed, runs / "restless")
    shutil.copytree(trained, runs / "dead")
    for name in ("metrics.json", "history.csv"):
        (runs / "dead" / name).unlink()
    _change(runs / "dead", state="training", timings={})
    (runs / "notes").mkdir()
    return runs


def _change(run: Path, **values: object) -> None:
    about = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps({**about, **values}))


def test_runs_stand_side_by_side(folder: Path, cli: Cli) -> None:
    lines = {Path(line["run"]).name: line for line in json.loads(cli("runs", folder, "--json").out)}
    assert sorted(lines) == ["dead", "plain", "restless"]
    metrics = json.loads((folder / "plain" / "metrics.json").read_text())
    plain = lines["plain"]
    assert plain["accuracy"] == metrics["test"]["accuracy"]
    assert plain["auc_interval"] == metrics["test"]["auc_interval"]
    assert (plain["state"], plain["epochs"]) == ("finished", 4)
    assert plain["best_epoch"] == metrics["best_epoch"]
    assert (lines["dead"]["state"], lines["dead"]["accuracy"]) == ("killed", None)
    with lock(RunDirectory(folder / "dead")):
        again = json.loads(cli("runs", folder / "dead", "--json").out)
    assert again[0]["state"] == "training"


def test_runs_are_sorted_by_any_column(folder: Path, cli: Cli) -> None:
    def order(column: str) -> list[str]:
        found = json.loads(cli("runs", folder, "--sort", column, "--json").out)
        return [Path(line["run"]).name for line in found]

    lines = json.loads(cli("runs", folder, "--json").out)
    loss = {Path(line["run"]).name: line["val_loss"] for line in lines}
    assert order("val_loss") == [*sorted(("plain", "restless"), key=loss.__getitem__), "dead"]
    assert order("accuracy")[-1] == "dead"
    refused = cli("runs", folder, "--sort", "beauty")
    assert refused.code == 2 and "val_loss" in refused.err


def test_what_differs_between_two_runs(folder: Path, cli: Cli) -> None:
    versions = json.loads((folder / "restless" / "run.json").read_text())["versions"]
    _change(folder / "restless", versions={**versions, "keras": "3.0.0"})
    found = json.loads(cli("runs", folder / "plain", folder / "restless", "--json").out)
    by_name = {(one["section"], one["name"]): (one["first"], one["second"]) for one in found}
    assert by_name["versions", "keras"] == (versions["keras"], "3.0.0")
    assert by_name["spec", "training.callbacks[0].EarlyStopping.patience"] == (None, 4)
    assert ("figures", "val_loss") in by_name
    assert not [name for section, name in by_name if section == "data"]
    same = cli("runs", folder / "plain", folder / "plain")
    assert same.code == 0 and "do not differ" in same.err


def test_two_runs_are_compared_image_by_image(folder: Path, cli: Cli) -> None:
    names = ("plain", "restless")
    rows = [list(csv.DictReader((folder / name / "predictions.csv").open())) for name in names]
    right = [[row["predicted"] == row["label"] for row in part] for part in rows]
    alone = [sum(a and not b for a, b in zip(*pair, strict=True)) for pair in (right, right[::-1])]
    assert [row["file"] for row in rows[0]] == [row["file"] for row in rows[1]]
    said = cli("runs", folder / "plain", folder / "restless").err
    if any(alone):
        assert f"only the first run gets {alone[0]} right, only the second {alone[1]}:" in said
        assert f"p = {binomtest(alone[0], sum(alone)).pvalue:.2g}" in said
    else:
        assert f"Of {len(right[0])} shared test images, both get the same" in said
    # The first run gets all wrong where it was right: McNemar's test cannot miss that.
    for row in rows[0]:
        row["predicted"] = "neither"
    with (folder / "plain" / "predictions.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, rows[0][0])
        table.writeheader()
        table.writerows(rows[0])
    said = cli("runs", folder / "plain", folder / "restless").err
    assert f"only the first run gets 0 right, only the second {sum(right[1])}" in said
    assert "unlikely to be chance" in said


def test_other_layers_are_one_difference(folder: Path, cli: Cli) -> None:
    spec = folder / "restless" / "spec.yaml"
    spec.write_text(spec.read_text().replace("  - MaxPool2D\n", "  - ReLU\n  - MaxPool2D\n"))
    found = json.loads(cli("runs", folder / "plain", folder / "restless", "--json").out)
    (layers,) = [one for one in found if one["name"].startswith("layers")]
    assert layers["first"] == "5, layers[1] is MaxPool2D"
    assert layers["second"] == "6, layers[1] is ReLU"


def test_folders_without_runs(tmp_path: Path, folder: Path, cli: Cli) -> None:
    for place in (tmp_path / "nowhere", folder / "notes"):
        result = cli("runs", place)
        assert result.code == 1 and str(place) in result.err
    assert cli("runs", folder, folder, folder).code == 2


@pytest.mark.parametrize("command", ["runs", "curves"])
def test_runs_in_the_current_folder_are_named(
    folder: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.chdir(folder)
    result = cli(command, "nosuch")
    assert result.code == 1 and "name it as a dot (.)" in result.err
    monkeypatch.chdir(folder / "notes")
    assert "Runs are made by `cnncli train DATA`." in cli(command, "nosuch").err


def test_a_run_json_of_another_program_is_no_run(cli: Cli, trained: Path, tmp_path: Path) -> None:
    run = tmp_path / "theirs"
    shutil.copytree(trained, run)
    (run / "run.json").write_text('{"id": 7}')
    for command in (
        ["evaluate", run],
        ["predict", run, "sample:digits/3"],
        ["train", "--resume", run],
    ):
        result = cli(*command)
        assert (result.code, result.out) == (1, "")
        assert "not the record of a run of cnncli" in result.err


def test_runs_are_chosen_by_their_validation_part(folder: Path, cli: Cli) -> None:
    """A run that is worse in validation and better in test stands behind, unless asked for."""
    for name, validation, test in (("plain", 0.5, 0.9), ("restless", 0.9, 0.5)):
        path = folder / name / "metrics.json"
        metrics = json.loads(path.read_text())
        metrics["validation"]["accuracy"], metrics["test"]["accuracy"] = validation, test
        path.write_text(json.dumps(metrics))
    about = json.loads((folder / "plain" / "run.json").read_text())
    split = {**about["data"]["split"], "folds": 5, "fold": 2}
    _change(folder / "plain", data={**about["data"], "split": split})
    for column, first in (("accuracy", "restless"), ("test_accuracy", "plain")):
        result = cli("runs", folder, "--sort", column, "--json")
        lines = json.loads(result.out)
        assert Path(lines[0]["run"]).name == first
        assert ("Sorted by val_accuracy" in result.err) == (column == "accuracy")
    assert lines[0]["fold"] == "2/5"
    assert lines[1]["fold"] is None
