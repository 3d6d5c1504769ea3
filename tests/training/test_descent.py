"""`train --init RUN`: another recipe from the weights of a run, whose parent is remembered."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from cnncli.reporting import ancestry, material
from tests.conftest import Cli


def record(run: Path) -> dict:
    return json.loads((run / "run.json").read_text())


@pytest.fixture(scope="module")
def family(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run of another seed's split, its child and its grandchild."""
    from cnncli.cli import main

    folder = tmp_path_factory.mktemp("family")
    data = record(trained)["data"]["path"]
    first, child, grandchild = (str(folder / name) for name in ("first", "child", "grandchild"))
    tiny = str(trained / "spec.yaml")
    begun = ["train", data, "--arch", tiny, "--split-seed", "5", "--epochs", "1", "--out", first]
    assert main([*begun, "--positive", "left", "--quiet"]) == 0
    more = ["--epochs", "1", "--learning-rate", "0.001", "--quiet"]
    assert main(["train", "--init", first, "--out", child, *more]) == 0
    assert main(["train", data, "--init", child, "--out", grandchild, *more]) == 0
    return folder


def test_network_images_and_split_are_those_of_the_parent(family: Path) -> None:
    first, child, grandchild = (family / name for name in ("first", "child", "grandchild"))
    before, after = record(first), record(child)
    assert (after["name"], after["classes"]) == (before["name"], before["classes"])
    assert after["positive"] == before["positive"] == "left"
    assert after["data"]["path"] == before["data"]["path"]
    assert after["data"]["split"]["source"] == str(first)
    for run in (child, grandchild):
        assert (run / "split.csv").read_text() == (first / "split.csv").read_text()
    assert "learning_rate: 0.001" in (child / "spec.yaml").read_text()
    assert (after["parent"], after["init"]) == (str(first), str(first))
    assert len(after["init_digest"]) == 64


def test_what_is_given_beats_the_parent(
    family: Path, images: Path, tmp_path: Path, cli: Cli
) -> None:
    child = family / "child"
    other = shutil.copytree(images, tmp_path / "other")
    spec = tmp_path / "own.yaml"
    spec.write_text((child / "spec.yaml").read_text().replace("units: 2", "units: 2, name: head"))
    for number, given in enumerate((["--arch", spec, "--split-seed", "0"], [other])):
        run = tmp_path / f"run{number}"
        result = cli("train", *given, "--init", child, "--epochs", "1", "--out", run)
        assert result.code == 0, result.err
        assert (run / "split.csv").read_text() != (child / "split.csv").read_text()
        assert record(run)["data"]["split"]["source"] is None
        assert ("Network: that of" in result.err) == ("--arch" not in given)
        assert ("Images: those of" in result.err) == (other not in given)
        assert "Split: that of" not in result.err


def test_the_report_asks_the_parents_for_the_test_part(family: Path, tmp_path: Path) -> None:
    first, of = (material.read(family / name, None) for name in ("first", "grandchild"))
    assert ancestry.ask(first) is ancestry.ask(of) is None  # of one split
    swapped = {"train": "test", "test": "train", "validation": "validation"}
    mixed = [replace(row, part=swapped[row.part]) for row in of.split]
    said = ancestry.ask(replace(of, split=mixed))
    assert said is not None and "were training images of" in said
    assert all(str(family / name) in said for name in ("first", "child"))
    gone = {**of.record, "init": str(tmp_path / "gone")}
    assert "is not known here" in str(ancestry.ask(replace(of, record=gone)))


def test_runs_show_the_line_of_descent(family: Path, cli: Cli) -> None:
    found = json.loads(cli("runs", family, "--json").out)
    descent = {Path(one["run"]).name: one["descent"] for one in found}
    first, child = str(family / "first"), str(family / "child")
    assert descent == {"first": [], "child": [first], "grandchild": [child, first]}
    rows = list(csv.DictReader(cli("runs", family, "--format", "csv").out.splitlines()))
    assert [row["from"] for row in rows] == ["first", "-", "child < first"]


def test_a_circle_of_runs_ends(family: Path, tmp_path: Path, cli: Cli) -> None:
    for name, parent in (("a", "b"), ("b", "a")):
        run = shutil.copytree(family / "child", tmp_path / name)
        changed = {**record(run), "parent": str(tmp_path / parent)}
        (run / "run.json").write_text(json.dumps(changed))
    found = json.loads(cli("runs", tmp_path, "--json").out)
    assert [len(one["descent"]) for one in found] == [2, 2]
    shutil.rmtree(tmp_path / "b")
    (found,) = json.loads(cli("runs", tmp_path, "--json").out)
    assert found["descent"] == [str(tmp_path / "b")]


def test_a_run_without_a_state_is_not_begun_again_from_other_weights(
    family: Path, tmp_path: Path, cli: Cli
) -> None:
    run, parent = shutil.copytree(family / "child", tmp_path / "run"), tmp_path / "first"
    shutil.rmtree(run / "last")
    shutil.copytree(family / "first", parent)
    shutil.copyfile(family / "child" / "model.keras", parent / "model.keras")
    (run / "run.json").write_text(json.dumps({**record(run), "init": str(parent)}))
    result = cli("train", "--resume", run)
    assert result.code == 1
    assert "its weights have changed since the run began with them" in result.err


def test_without_images_and_without_a_run_there_is_nothing_to_train_on(
    trained: Path, cli: Cli
) -> None:
    for init in ([], ["--init", trained / "model.keras"]):
        result = cli("train", *init)
        assert result.code == 2
        assert "there is nothing to train on" in result.err
    nowhere = cli("train", "--init", trained.parent / f"{trained.name}x")
    assert nowhere.code == 1
    assert f"{trained.name}x: no such run" in " ".join(nowhere.err.split())
