"""Studies: the table is the same after kills and with any number of jobs, the test is held back."""

from __future__ import annotations

import csv
import json
import shutil
import signal
import time
from pathlib import Path

import pytest

from cnncli.cli import main
from cnncli.extras import Extra
from cnncli.spec import load_file, load_text
from cnncli.spec.whole import whole
from cnncli.tuning.nursery import Nursery, Processes, Workers
from tests.conftest import Cli
from tests.forker import Forker

pytestmark = pytest.mark.tensorflow_process


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_each_trial_is_a_run_and_the_best_one_wins(studied: Path, few: Path, cli: Cli) -> None:
    rows = table(studied / "trials.csv")
    assert [row["trial"] for row in rows] == ["1", "2", "3"]
    finished = [row for row in rows if row["state"] == "finished"]
    failed = [row for row in rows if row["state"] == "failed"]
    assert finished and failed and len(finished) + len(failed) == 3
    for row in failed:
        assert row["layers[0].kernel_size"] == "13" and "13 x 13" in row["why"]
        assert not (studied / f"trial-{row['trial']}").exists()
    for row in finished:
        run = studied / f"trial-{row['trial']}"
        history = [float(epoch["val_loss"]) for epoch in table(run / "history.csv")]
        assert float(row["val_loss"]) == pytest.approx(min(history))
        assert int(row["epoch"]) == history.index(min(history)) + 1
        spec = (run / "spec.yaml").read_text()
        assert f"filters: {row['layers[0].filters']}," in spec
    best = min(finished, key=lambda row: float(row["val_loss"]))
    spec = studied / f"trial-{best['trial']}" / "spec.yaml"
    assert (studied / "best.yaml").read_bytes() == spec.read_bytes()
    assert cli("validate", studied / "best.yaml").code == 0


def test_the_test_part_is_looked_at_once_and_for_the_best_alone(studied: Path) -> None:
    about = json.loads((studied / "study.json").read_text())
    for run in studied.glob("trial-*"):
        metrics = json.loads((run / "metrics.json").read_text())
        best = run.name == about["best"]["run"]
        assert metrics["test_looks"] == int(best) == ("test" in metrics)
        assert (run / "predictions.csv").exists() == best
        assert ("test_held_back" in json.loads((run / "run.json").read_text())) is not best
        if best:
            assert metrics["test"]["accuracy"] == about["test"]["accuracy"]


def test_a_study_that_is_done_is_told_again(studied: Path, cli: Cli, tmp_path: Path) -> None:
    again = Path(shutil.copytree(studied, tmp_path / "study"))
    result = cli("tune", "--resume", again, "--quiet")
    assert (result.code, result.out) == (0, f"{again}\n")
    result = cli("tune", "--resume", again)
    assert result.code == 0 and result.out.splitlines()[-1] == str(again)
    assert (again / "trials.csv").read_bytes() == (studied / "trials.csv").read_bytes()
    assert (again / "study.json").read_bytes() == (studied / "study.json").read_bytes()
    assert "Test, of the best alone: accuracy" in result.out
    for picture in ("history.png", "parallel.png"):
        assert (again / picture).read_bytes()[:4] == b"\x89PNG"


def test_the_spec_of_a_study_is_kept_and_must_not_change(
    studied: Path, tiny: Path, cli: Cli, tmp_path: Path
) -> None:
    assert load_file(studied / "spec.yaml").body == load_text(whole(load_file(tiny))).body
    for run in studied.glob("trial-*"):
        command = json.loads((run / "run.json").read_text())["command"]
        assert f"--arch={studied / 'spec.yaml'}" in command and str(tiny) not in str(command)
    again = Path(shutil.copytree(studied, tmp_path / "study"))
    about = json.loads((again / "study.json").read_text())
    (again / "study.json").write_text(json.dumps({**about, "state": "begun"}))
    (again / "spec.yaml").write_text((studied / "spec.yaml").read_text() + "# changed\n")
    result = cli("tune", "--resume", again)
    assert result.code == 1 and "spec.yaml: was changed since the study began" in result.err


def test_a_trial_is_not_trained_longer(studied: Path, cli: Cli) -> None:
    best = studied / json.loads((studied / "study.json").read_text())["best"]["run"]
    before = (best / "run.json").read_bytes()
    result = cli("train", "--resume", best, "--epochs", "9")
    assert result.code == 1 and (best / "run.json").read_bytes() == before
    assert f"is a trial of {studied}" in result.err and f"--init {best}" in result.err
    result = cli("train", "--resume", best)
    assert result.code == 0 and "--resume" not in result.err


def test_a_folder_of_another_kind_is_named_with_its_command(
    studied: Path, cli: Cli, tmp_path: Path
) -> None:
    trial = studied / "trial-1" if (studied / "trial-1").exists() else studied / "trial-2"
    (tmp_path / "crossval.json").write_text("{}")
    for words, command in (
        (("tune", "--resume", trial), f"a run\nGo on with it: cnncli train --resume {trial}"),
        (
            ("crossval", "--resume", studied),
            f"a study\nGo on with it: cnncli tune --resume {studied}",
        ),
        (("tune", "--resume", tmp_path), f"cnncli crossval --resume {tmp_path}"),
        (("train", "--resume", studied), f"cnncli tune --resume {studied}"),
    ):
        result = cli(*words)
        assert result.code == 1 and command in result.err, result.err


def test_a_study_is_one_row_beside_runs_and_below_its_trials(
    studied: Path, cli: Cli, tmp_path: Path
) -> None:
    about = json.loads((studied / "study.json").read_text())
    best = about["best"]
    (beside,) = json.loads(cli("runs", studied.parent, "--json").out)
    *trials, whole = json.loads(cli("runs", studied, "--json").out)
    assert beside == whole and whole["run"] == str(studied)
    assert (whole["state"], whole["fold"]) == ("finished", "3 trials")
    assert (whole["val_loss"], whole["values"]) == (best["value"], best["values"])
    assert whole["accuracy"] == about["test"]["accuracy"]
    tried = {each["run"]: each for each in about["tried"]}
    for each in trials:
        known = tried[Path(each["run"]).name]
        assert (each["values"], each["state"]) == (known["values"], known["state"])
    shown = cli("runs", studied, "--format", "csv").out.splitlines()
    assert shown[0].endswith(",kernel_size,filters") and len(shown) == len(trials) + 2
    again = Path(shutil.copytree(studied, tmp_path / "study"))
    for name in ("tried", "best"):
        del about[name]
    (again / "study.json").write_text(json.dumps({**about, "state": "begun"}))
    (row,) = json.loads(cli("runs", tmp_path, "--json").out)
    assert row["state"] == f"{len(trials)} of 3 trials" and row["val_loss"] is None


@pytest.mark.parametrize("command", ["summary", "evaluate", "predict", "report", "mistakes"])
def test_where_one_network_is_asked_for_the_best_trial_is_named(
    studied: Path, cli: Cli, tmp_path: Path, command: str
) -> None:
    best = json.loads((studied / "study.json").read_text())["best"]["run"]
    words = {"predict": [tmp_path], "report": ["-o", tmp_path / "report.html"]}
    result = cli(command, studied, *words.get(command, []))
    assert result.code in (1, 2) and "a study, which is several networks" in result.err
    assert f"best trial: {studied / best}" in result.err
    (tmp_path / "study.json").write_text("{}")
    result = cli(command, tmp_path, *words.get(command, []))
    assert "best trial is not known yet" in result.err and f"--resume {tmp_path}" in result.err


def test_a_run_whose_test_part_was_held_back_is_evaluated_later(
    few: Path, tiny: Path, cli: Cli, tmp_path: Path
) -> None:
    words = ("train", few, "--arch", tiny, "--epochs", "1")
    open_, held = tmp_path / "open", tmp_path / "held"
    assert cli(*words, "--out", open_).code == 0
    result = cli(*words, "--no-test", "--out", held)
    assert result.code == 0 and f"cnncli evaluate {held}" in result.err
    found = [json.loads((run / "metrics.json").read_text()) for run in (open_, held)]
    assert "test" not in found[1] and found[0]["validation"] == found[1]["validation"]
    assert not (held / "predictions.csv").exists()
    page = tmp_path / "report.html"
    assert cli("report", held, "-o", page).code == 0
    assert "The test part was not looked at yet." in page.read_text()
    later = json.loads(cli("evaluate", held, "--json").out)
    assert later["accuracy"] == found[0]["test"]["accuracy"]


def test_what_cannot_be_meant_leaves_nothing(
    cli: Cli, few: Path, tiny: Path, studied: Path, tmp_path: Path
) -> None:
    out = tmp_path / "study"
    asked = [few, "--arch", tiny]
    vary = ["--vary", "seed=1..9"]
    for words, said in (
        ([], "nothing to train on"),
        ([*asked, *vary], "Say --out DIR"),
        ([*asked, "--out", out], "Say --vary"),
        ([few, "--arch", "-", *vary, "--out", out], "read once only"),
        ([*asked, *vary, "--metric", "learning_rate", "--out", out], "no figure of the validation"),
        ([*asked, *vary, "--metric", "val_acc", "--out", out], 'did you mean "val_accuracy"?'),
        ([*asked, *vary, "--metric", "accuracy", "--out", out], "Say --metric val_accuracy."),
        ([*asked, *vary, "--metric", "val_auc", "--out", out], "training.metrics=[AUC]"),
        ([*asked, *vary, "--jobs", "5", "--out", out], "1<=x<=4"),
        ([*asked, *vary, "--range", "5,1", "--out", out], "--range"),
        ([*asked, *vary, "--out", studied], f"cnncli tune --resume {studied}"),
        ([*asked, "--resume", studied], "does nothing beside"),
    ):
        result = cli("tune", *words)
        assert result.code == 2 and said in result.err, result.err
        assert not out.exists()
    assert cli("tune", "--resume", few).code == 1


def test_without_optuna_one_line_says_how_to_get_it(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cnncli.extras.TUNE", Extra("tune", ("not_installed_here",)))
    result = cli("tune", "sample:digits", "--vary", "seed=1|2", "--out", tmp_path / "study")
    assert (result.code, result.out) == (1, "")
    assert result.err == "error: tune needs not_installed_here: pip install 'cnncli[tune]'\n"


@pytest.mark.parametrize(
    "change",
    [{"options": ["--out=/"]}, {"options": ["--no-test"]}, {"trials": 0}, {"threads": 0},
     {"vary": []}, {"metric": "learning_rate"}, {"seed": -1}],
)  # fmt: skip
def test_a_record_of_others_is_checked(
    studied: Path, cli: Cli, tmp_path: Path, change: dict[str, object]
) -> None:
    about = json.loads((studied / "study.json").read_text())
    (tmp_path / "study.json").write_text(json.dumps({**about, **change}))
    result = cli("tune", "--resume", tmp_path)
    assert result.code == 1 and "study.json: " in result.err


def test_processes_of_their_own_tell_how_they_ended(tmp_path: Path) -> None:
    crew = Processes({"PATH": "", "PYTHONPATH": str(Path(__file__).parents[2])}, str(tmp_path))
    crew.start(1, ["show", "nosuch"], tmp_path / "1.txt")
    crew.start(2, ["show", "-"], tmp_path / "2.txt")  # which reads nothing
    found = dict[int, int]()
    while len(found) < 2:
        found |= crew.ended()
        time.sleep(0.01)
    assert found == {1: 2, 2: 2} and "nosuch" in (tmp_path / "1.txt").read_text()
    crew.send(1, signal.SIGTERM)  # too late
    crew.close()


DIGITS = [
    *("tune", "sample:digits", "--arch", "lenet5", "--epochs", "3", "--threads", "1"),
    *("--trials", "12", "--save-every", "0", "--quiet"),
    *("--vary", "layers[0].filters=4..16", "--vary", "training.batch_size=64|128"),
]
RATE = ["--vary", "training.optimizer.Adam.learning_rate=1e-4..1e-1 log"]


def kill(process: int) -> None:
    import os

    os.kill(process, signal.SIGKILL)


def holder(run: Path) -> int:
    """Return the process that holds a run."""
    return int((run / ".lock").read_text().removeprefix("process "))


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_kills_and_jobs_change_nothing(forker: Forker, tmp_path: Path, cli: Cli) -> None:
    alone = tmp_path / "alone"
    assert main([*DIGITS, *RATE, "--out", str(alone)]) == 0
    expected = (alone / "trials.csv").read_bytes()
    assert b"pruned" in expected
    for jobs in ("1", "2"):
        out = tmp_path / f"killed-{jobs}"
        process = forker.start(*DIGITS, *RATE, "--jobs", jobs, "--out", out)
        process.wait_for(out / "trial-2" / "last" / "state.npz")
        process.send(signal.SIGKILL)
        process.wait()
        process = forker.start("tune", "--resume", out, "--jobs", jobs)
        process.wait_for(out / "trial-4" / "last" / "state.npz")
        kill(holder(out / "trial-4"))  # which goes on
        process.wait_for(out / "trial-7" / "run.json")
        assert "trial 4: was killed" in process.output.read_text()
        process.send(signal.SIGKILL)
        process.wait()
        assert main(["tune", "--resume", str(out), "--jobs", jobs, "--quiet"]) == 0
        assert (out / "trials.csv").read_bytes() == expected
        one, other = (json.loads((place / "study.json").read_text()) for place in (alone, out))
        assert {**one, "folder": ""} == {**other, "folder": ""}
    best = alone / "best.yaml"
    assert cli("validate", best).code == 0
    again = tmp_path / "again"
    assert cli("train", "sample:digits", "--arch", best, "--out", again).code == 0
    about = json.loads((alone / "study.json").read_text())
    history = table(again / "history.csv")
    assert min(float(row["val_loss"]) for row in history) == pytest.approx(
        about["best"]["value"], abs=1e-3
    )


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stop_reaches_every_trial_which_saves(
    forker: Forker, tmp_path: Path, number: int, code: int
) -> None:
    out = tmp_path / "study"
    process = forker.start(*DIGITS, "--jobs", "2", "--out", out)
    for trial in (1, 2):
        process.wait_for(out / f"trial-{trial}" / "last" / "state.npz")
    process.send(number)
    assert process.wait() == code
    assert f"cnncli tune --resume {out}" in process.output.read_text()
    states = [json.loads(each.read_text())["state"] for each in out.glob("trial-*/run.json")]
    assert {*states} <= {"stopped", "finished"} and "stopped" in states


def memory(process: int) -> int:
    """Return how much memory a process has, in pages."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1])


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_a_worker_gives_its_memory_back(few: Path, tiny: Path, tmp_path: Path) -> None:
    import os

    crew: Workers = Nursery(dict(os.environ), str(tmp_path))
    assert isinstance(crew, Nursery)
    taken = []
    for number in range(1, 31):
        words = ["train", str(few), f"--arch={tiny}", "--epochs=1", f"--out=trial-{number}"]
        crew.start(number, words, tmp_path / "said.txt")
        while not (ended := crew.ended()):
            time.sleep(0.05)
        assert ended == {number: 0}, (tmp_path / "said.txt").read_text()
        taken.append(memory(crew.process.pid))
    crew.close()
    assert taken[-1] <= 1.3 * taken[2], f"pages after 3 and 30 trials: {taken[2]}, {taken[-1]}"


@pytest.mark.slow
def test_what_no_trial_could_begin_with_is_said_and_leaves_nothing(
    few: Path, tiny: Path, cli: Cli, tmp_path: Path
) -> None:
    out = tmp_path / "study"
    asked = ("tune", few, "--arch", tiny, "--vary", "layers[0].filters=2..9", "--out", out)
    for more, said in (
        (("--positive", "nosuch"), "there is no such class\nClasses: left, right\n"),
        (("--metric", "val_loss", "--keep", "val_f1"), "val_f1"),
    ):
        result = cli(*asked, *more)
        assert result.code == 1 and not out.exists(), result.err
        assert "every one of the first 4 trials failed" in result.err
        assert said in result.err
