"""Cross-validation: every image tested once, the figures scikit-learn's, killed and resumed."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score, roc_auc_score

from cnncli.cli import main
from tests.conftest import Cli
from tests.forker import Forker
from tests.same import assert_same_bits
from tests.terminal import ESCAPE, Screen
from tests.trained_runs import FOLDS

pytestmark = pytest.mark.tensorflow_process


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def assert_same(first: Path, second: Path) -> None:
    tables = [(place / "predictions.csv").read_bytes() for place in (first, second)]
    assert tables[0] == tables[1]
    one, other = (json.loads((place / "crossval.json").read_text()) for place in (first, second))
    assert {**one, "folder": ""} == {**other, "folder": ""}  # each began where it was typed
    for fold in range(1, FOLDS + 1):
        assert_same_bits(first / f"fold-{fold}", second / f"fold-{fold}")


def test_every_image_is_tested_once_and_groups_stay_together(crossed: Path, few: Path):
    rows = table(crossed / "predictions.csv")
    files = {f"{path.parent.name}/{path.name}" for path in few.glob("*/*.png")}
    assert sorted(row["file"] for row in rows) == sorted(files)
    for fold in range(1, FOLDS + 1):
        run = crossed / f"fold-{fold}"
        sides = {row["group"]: set[str]() for row in table(run / "split.csv")}
        for row in table(run / "split.csv"):
            sides[row["group"]].add(row["split"])
        assert len(sides) == 10 and all(len(side) == 1 for side in sides.values())
        tested = {row["file"] for row in rows if row["fold"] == str(fold)}
        assert tested == {row["file"] for row in table(run / "predictions.csv")}


def test_figures_are_those_of_scikit_learn(crossed: Path):
    found = json.loads((crossed / "crossval.json").read_text())
    rows = table(crossed / "predictions.csv")
    truth, said = ([row[name] for row in rows] for name in ("label", "predicted"))
    pooled = found["pooled"]
    assert pooled["accuracy"] == accuracy_score(truth, said)
    assert pooled["balanced_accuracy"] == pytest.approx(balanced_accuracy_score(truth, said))
    assert pooled["f1"] == pytest.approx(f1_score(truth, said, pos_label="right"))
    scores = [float(row["p_right"]) for row in rows]
    positive = [label == "right" for label in truth]
    assert pooled["auc"] == pytest.approx(roc_auc_score(positive, scores))
    assert (pooled["images"], pooled["groups"]) == (40, 10)
    low, high = pooled["accuracy_interval"]
    assert low <= pooled["accuracy"] <= high
    for name in ("accuracy", "auc", "loss"):
        runs = [crossed / f"fold-{fold}" / "metrics.json" for fold in range(1, FOLDS + 1)]
        values = [json.loads(path.read_text())["test"][name] for path in runs]
        over = found["over_folds"][name]
        assert over["folds"] == values
        assert over["mean"] == pytest.approx(np.mean(values))
        assert over["standard_deviation"] == pytest.approx(np.std(values, ddof=1))


def test_the_line_of_a_paper_and_the_folder_stand_last(crossed: Path, cli: Cli):
    result = cli("crossval", "--resume", crossed)
    assert result.code == 0
    found = json.loads((crossed / "crossval.json").read_text())
    over, pooled = found["over_folds"]["accuracy"], found["pooled"]
    low, high = pooled["accuracy_interval"]
    lines = result.out.splitlines()
    assert lines[-1] == str(crossed)
    assert cli("crossval", "--resume", crossed, "--quiet").out == f"{crossed}\n"
    assert (
        f"accuracy {over['mean']:.3f} ± {over['standard_deviation']:.3f} over 2 folds "
        f"(standard deviation); pooled {pooled['accuracy']:.3f} ({low:.3f}-{high:.3f})"
    ) in lines
    curves = json.loads(cli("curves", crossed, "--json").out)
    assert [run["label"] for run in curves["runs"]] == ["fold 1", "fold 2"]


def killed_and_resumed(forker: Forker, asked: list[str], out: Path, wait: object) -> None:
    process = forker.start(*asked, "--out", out)
    if isinstance(wait, Path):
        process.wait_for(wait)
    else:
        time.sleep(float(wait))  # type: ignore[arg-type]
    process.send(signal.SIGKILL)
    process.wait()


def test_killed_in_its_second_fold_it_goes_on_to_the_same_bits(
    forker: Forker, asked: list[str], crossed: Path, tmp_path: Path
):
    out = tmp_path / "cv"
    killed_and_resumed(forker, asked, out, out / "fold-2" / "last" / "state.npz")
    assert not (out / "predictions.csv").exists()
    assert main(["crossval", "--resume", str(out), "--quiet"]) == 0
    assert_same(crossed, out)


@pytest.mark.slow
def test_killed_at_random_it_goes_on_to_the_same_bits(
    forker: Forker, asked: list[str], crossed: Path, tmp_path: Path
):
    out, draws = tmp_path / "cv", np.random.default_rng(1)
    killed_and_resumed(forker, asked, out, out / "crossval.json")
    for _ in range(10):
        killed_and_resumed(forker, ["crossval", "--resume", str(out)], out, draws.uniform(0.5, 15))
    assert main(["crossval", "--resume", str(out), "--quiet"]) == 0
    assert_same(crossed, out)


@pytest.mark.slow
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_what_killed_a_fold_is_said(asked: list[str], tmp_path: Path, jobs: str) -> None:
    out, screen = tmp_path / "cv", Screen()
    call = [sys.executable, "-m", "cnncli", *asked, "--out", str(out), "--jobs", jobs]
    with Path(screen.name).open("w") as terminal:
        process = subprocess.Popen([*call, "--epochs", "200"], stderr=terminal)
    while not (out / "fold-1" / "last" / "state.npz").exists():
        assert process.poll() is None
        time.sleep(0.05)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    os.kill(int(children[0]), signal.SIGKILL)
    assert process.wait() == 1
    said = ESCAPE.sub("", screen.said())
    told = "warning: fold 1 was killed, as the system does when memory runs out\r\n"
    assert said.count(f" \r\x1b[J{told}") == 1
    _, _, last = said.rpartition("error: ")
    assert last.split()[:4] == [f"{out}:", "not", "done:", "fold"]
    assert last.endswith(f" 1\r\nGo on with:\r\n  cnncli crossval --resume {out}\r\n")


@pytest.mark.slow
def test_two_at_a_time_come_to_the_same_bits(asked: list[str], crossed: Path, tmp_path: Path):
    out = tmp_path / "cv"
    assert main([*asked, "--jobs", "2", "--out", str(out), "--quiet"]) == 0
    assert_same(crossed, out)


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stop_reaches_every_fold_which_saves(
    forker: Forker, asked: list[str], crossed: Path, tmp_path: Path, number: int, code: int
):
    out = tmp_path / "cv"
    long = [*asked, "--jobs", "2", "--out", str(out)]
    process = forker.start(*long)
    for fold in range(1, FOLDS + 1):
        process.wait_for(out / f"fold-{fold}" / "run.json")
    process.send(number)
    assert process.wait() == code
    assert f"cnncli crossval --resume {out}" in process.output.read_text()
    assert main(["crossval", "--resume", str(out), "--quiet"]) == 0
    assert_same(crossed, out)


def test_what_cannot_be_meant_leaves_nothing(cli: Cli, few: Path, crossed: Path, tmp_path: Path):
    out = tmp_path / "cv"
    wrong = cli("crossval", few, "--arch", "no-such-net", "--out", out)
    assert wrong.code == 2 and not out.exists()
    assert 'no architecture "no-such-net"' in wrong.err
    for words in ([few], [], [few, "--arch", "-", "--out", out], [few, "--out", crossed]):
        assert cli("crossval", *words).code == 2
    assert "--resume" in cli("crossval", few, "--out", crossed).err
    assert cli("crossval", "--resume", few).code == 1


@pytest.mark.parametrize(
    "change",
    [{"options": ["--out=/"]}, {"options": ["x"]}, {"options": ["--force"]}, {"folds": 1},
     {"threads": 0}, {"data": 3}],
)  # fmt: skip
def test_a_record_of_others_is_checked(
    crossed: Path, cli: Cli, tmp_path: Path, change: dict[str, object]
):
    about = json.loads((crossed / "crossval.json").read_text())
    (tmp_path / "crossval.json").write_text(json.dumps({**about, **change}))
    result = cli("crossval", "--resume", tmp_path)
    assert result.code == 1 and "crossval.json: " in result.err


def test_what_no_fold_could_read_is_said_once(cli: Cli, few: Path, tiny: Path, tmp_path: Path):
    out, decided = tmp_path / "cv", tmp_path / "decided.csv"
    decided.write_text("file,action,label\nnosuch.png,drop,\n")
    options = ("--arch", tiny, "--jobs", "2", "--out", out)
    for words, said in (
        ((tmp_path / "nosuch",), "no such folder"),
        ((few, "--corrections", decided), "decided.csv:2: "),
    ):
        result = cli("crossval", *words, *options)
        assert result.code == 1 and result.err.count(said) == 1
        assert not out.exists()


def test_images_that_are_gone_are_told_once_by_a_resume(crossed: Path, cli: Cli, tmp_path: Path):
    left = Path(shutil.copytree(crossed, tmp_path / "cv"))
    about = json.loads((left / "crossval.json").read_text())
    gone = {**about, "data": str(tmp_path / "gone")}
    (left / "crossval.json").write_text(json.dumps(gone))
    assert cli("crossval", "--resume", left).code == 0  # all is done
    for fold in range(1, FOLDS + 1):
        run = left / f"fold-{fold}" / "run.json"
        run.write_text(run.read_text().replace('"finished"', '"stopped"'))
    result = cli("crossval", "--resume", left)
    assert result.code == 1 and result.err.count(f"{tmp_path}/gone: no such folder") == 1


def test_a_fold_keeps_to_the_others(crossed: Path, cli: Cli, tmp_path: Path):
    cv = Path(shutil.copytree(crossed, tmp_path / "cv"))
    before = (cv / "fold-1" / "run.json").read_bytes()
    result = cli("train", "--resume", cv / "fold-1", "--epochs", "4")
    assert result.code == 1 and f"is a fold of {cv}, whose folds train for 2 epochs" in result.err
    assert (cv / "fold-1" / "run.json").read_bytes() == before
    done = cli("train", "--resume", cv / "fold-1", "--epochs", "2")
    assert done.code == 0 and f"cnncli crossval --resume {cv}" in done.err
    assert "--epochs" not in done.err and "train --resume" not in done.err
    alone = Path(shutil.copytree(cv / "fold-1", tmp_path / "alone"))
    assert cli("train", "--resume", alone).code == 0
    assert "cnncli train --resume" in cli("train", "--resume", alone).err
