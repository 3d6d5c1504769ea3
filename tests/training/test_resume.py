"""Killed at any moment and resumed, a run comes to the same bits as one that was left alone."""

from __future__ import annotations

import csv
import json
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import Cli
from tests.forker import Forker
from tests.same import assert_same_bits, facts
from tests.terminal import Screen

SAVING = ("--save-every", "0")  # a state after every step


STATE = "last/state.npz"  # the second state of a run is the first one that is renamed to it


def _resume_to_the_end(forker: Forker, run: Path) -> None:
    process = forker.start("train", "--resume", run, *SAVING)
    assert process.wait() == 0, process.output.read_text()


def _killed(forker: Forker, images: Path, spec: Path, run: Path, seed: int, kills: int) -> int:
    """Kill a run again and again at random moments, then let it end; return how often.

    Each time it goes on to a state drawn by chance, however long that takes, and a little beyond.
    """
    moments = random.Random(seed)
    command = ("train", images, "--arch", spec, "--out", run)
    for done in range(kills):
        pause = (STATE, moments.randint(1, 5))
        process = forker.start(*command, *SAVING, pause=pause)
        if process.wait_for_pause():
            process.go_on()
            time.sleep(moments.uniform(0.0, 0.1))
            process.send(signal.SIGKILL)
        if process.wait() == 0:
            return done  # it was done before the signal came
        command = ("train", "--resume", run)
    _resume_to_the_end(forker, run)
    return kills


@pytest.mark.tensorflow_process
def test_killed_at_random_moments(
    forker: Forker, images: Path, restless: Path, undisturbed: Path, tmp_path: Path
) -> None:
    _killed(forker, images, restless, tmp_path / "run", seed=1, kills=3)
    assert_same_bits(tmp_path / "run", undisturbed)


@pytest.mark.tensorflow_process
@pytest.mark.parametrize("keep", ["accuracy", "last"])
def test_another_epoch_is_kept_however_often_a_run_is_killed(
    forker: Forker, images: Path, restless: Path, tmp_path: Path, keep: str
) -> None:
    spec = tmp_path / "keep.yaml"
    spec.write_text(f"{restless.read_text()}  keep: {keep}\n")
    alone = tmp_path / "alone"
    whole = forker.start("train", images, "--arch", spec, "--out", alone)
    assert whole.wait() == 0, whole.output.read_text()
    _killed(forker, images, spec, tmp_path / "run", seed=2, kills=1)
    assert_same_bits(tmp_path / "run", alone)
    with (alone / "history.csv").open(newline="") as file:
        rows = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]
    best = rows[-1] if keep == "last" else max(rows, key=lambda row: row[keep])
    assert json.loads((alone / "metrics.json").read_text())["best_epoch"] == best["epoch"]


@pytest.mark.kill
def test_killed_fifty_times(
    forker: Forker, images: Path, restless: Path, undisturbed: Path, tmp_path: Path
) -> None:
    done, number = 0, 0
    while done < 50:
        number += 1
        run = tmp_path / f"run-{number}"
        done += _killed(forker, images, restless, run, seed=number, kills=5)
        assert_same_bits(run, undisturbed)


@pytest.mark.tensorflow_process
@pytest.mark.parametrize(("how", "code"), [("Ctrl-C", 130), ("SIGTERM", 143)])
def test_a_signal_stops_at_the_next_batch_and_says_how_to_go_on(
    forker: Forker, images: Path, restless: Path, undisturbed: Path, tmp_path: Path, how, code
) -> None:
    run, terminal = tmp_path / "run", Screen()
    command = ("train", images, "--arch", restless, "--out", run, *SAVING)
    process = forker.start(*command, terminal=terminal.name, pause=(STATE, 2))
    assert process.wait_for_pause(), process.output.read_text()
    if how == "Ctrl-C":
        terminal.type("\x03")
    else:
        process.send(signal.SIGTERM)
    process.go_on()
    assert process.wait() == code
    said = terminal.said()
    assert f"cnncli train --resume {run}" in said
    assert "Epoch 1/4" in said
    assert said.rfind("\x1b[?25h") > said.rfind("\x1b[?25l")  # the cursor is there again
    assert json.loads((run / "run.json").read_text())["state"] == "stopped"
    _resume_to_the_end(forker, run)
    assert_same_bits(run, undisturbed)


SECOND = """
import signal
from cnncli.training.signals import StopRequest
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, signal.default_int_handler)
with StopRequest(lambda: print("stopping", flush=True)) as stop:
    signal.raise_signal(signal.SIGTERM)
    print(stop.received.name, flush=True)
    signal.raise_signal(signal.SIGINT)
    print("still here", flush=True)
"""


def test_a_second_signal_stops_hard() -> None:
    done = subprocess.run([sys.executable, "-c", SECOND], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (-signal.SIGINT, "stopping\nSIGTERM\n")


class Planted(BaseException):
    """What stands for the death of the process."""


# Where in the writing of a state the process dies: before the call or after it, counted from its
# start. One run dies of all of them, one after the other.
POINTS = [
    ("os.fsync", "before", 1),
    ("pathlib.Path.rename", "before", 1),
    ("pathlib.Path.rename", "after", 1),
    ("numpy.savez", "before", 1),
    ("numpy.savez", "after", 2),
    ("os.fsync", "after", 4),
    ("pathlib.Path.replace", "before", 2),
    ("pathlib.Path.replace", "after", 2),
]


def test_dead_at_every_point_of_the_writing_of_a_state(
    images: Path, restless: Path, undisturbed: Path, tmp_path: Path, cli: Cli
) -> None:
    run = tmp_path / "run"
    command = ["train", images, "--arch", restless, "--out", run]
    for call, when, count in POINTS:
        with pytest.MonkeyPatch.context() as patch, pytest.raises(Planted):
            _plant(patch, call, when, count, run)
            cli(*command, *SAVING)
        for name in ("model.keras", "last/state.npz"):
            assert not (run / name).exists() or (run / name).stat().st_size > 0
        command = ["train", "--resume", run]
    assert cli(*command).code == 0
    assert_same_bits(run, undisturbed)


def _plant(patch: pytest.MonkeyPatch, call: str, when: str, count: int, run: Path) -> None:
    """Let the `count`-th such call, from the first epoch on, end in Planted."""
    module, _, name = call.rpartition(".")
    owner = {"os": __import__("os"), "pathlib.Path": Path, "numpy": np}[module]
    original = getattr(owner, name)
    calls = 0

    def planted(*arguments, **named):
        nonlocal calls
        calls += (run / "run.json").exists()
        if calls == count and when == "before":
            raise Planted
        result = original(*arguments, **named)
        if calls == count and when == "after":
            raise Planted
        return result

    patch.setattr(owner, name, planted)


def test_dead_between_the_last_state_and_the_history(
    images: Path, restless: Path, undisturbed: Path, tmp_path: Path, cli: Cli
) -> None:
    from cnncli.training.reporter import Reporter

    run = tmp_path / "run"
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Planted):
        original = Reporter.epoch_done

        def dying(self, history, *rest):
            if len(history) == 4:
                raise Planted
            original(self, history, *rest)

        patch.setattr(Reporter, "epoch_done", dying)
        cli("train", images, "--arch", restless, "--out", run)
    assert cli("train", "--resume", run).code == 0
    assert_same_bits(run, undisturbed)


SCHEDULE = (
    "{CosineDecay: {initial_learning_rate: 0.001, decay_epochs: 4, warmup_target: 0.05, "
    "warmup_epochs: 0.6}}"
)
OTHER_RECIPES = {
    "momentum, schedule, class weights, mixed images": [
        "--optimizer", f"SGD: {{momentum: 0.9, learning_rate: {SCHEDULE}, clipnorm: 1.0}}",
        "--class-weight", "{left: 2, right: 1}", "--augment", "[RandomFlip, MixUp, CutMix]",
    ],
    "accumulated gradients, averages, decay": [
        "--optimizer", "AdamW: {gradient_accumulation_steps: 3, use_ema: true, weight_decay: 0.01}",
        "--set", "training.callbacks=[SwapEMAWeights]",
        "--augment", "RandomRotation: {factor: 0.1}",
        "--loss", "CategoricalCrossentropy: {label_smoothing: 0.1}",
    ],
}  # fmt: skip


@pytest.mark.parametrize("recipe", OTHER_RECIPES)
def test_other_recipes_come_to_the_same_bits(
    images: Path, tiny: Path, tmp_path: Path, cli: Cli, recipe: str
) -> None:
    run, alone = tmp_path / "run", tmp_path / "alone"
    command = ["train", images, "--arch", tiny, *OTHER_RECIPES[recipe], "--epochs", "3", "--out"]
    assert cli(*command, alone).code == 0
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Planted):
        _plant(patch, "numpy.savez", "after", 12, run)  # within the second epoch
        cli(*command, run, *SAVING)
    assert cli("train", "--resume", run).code == 0
    assert_same_bits(run, alone)


@pytest.mark.usefixtures("signals_heard")
def test_stopped_while_it_validates(
    images: Path, restless: Path, undisturbed: Path, tmp_path: Path, cli: Cli
) -> None:
    from cnncli.training.loop import Loop

    run = tmp_path / "run"
    with pytest.MonkeyPatch.context() as patch:
        original = Loop._measure

        def interrupted(self, part, before):
            if self.position.epoch == 2:
                signal.raise_signal(signal.SIGTERM)
            return original(self, part, before)

        patch.setattr(Loop, "_measure", interrupted)
        assert cli("train", images, "--arch", restless, "--out", run).code == 143
    position = facts(run)["position"]
    assert (position["epoch"], position["step"]) == (2, 8)  # all steps are done
    assert cli("train", "--resume", run).code == 0
    assert_same_bits(run, undisturbed)


def test_more_epochs_are_those_of_a_longer_run(
    images: Path, tiny: Path, tmp_path: Path, cli: Cli
) -> None:
    short, long = tmp_path / "short", tmp_path / "long"
    assert cli("train", images, "--arch", tiny, "--out", short, "--epochs", "2").code == 0
    assert cli("train", "--resume", short, "--epochs", "3").code == 0
    assert cli("train", images, "--arch", tiny, "--out", long, "--epochs", "3").code == 0
    assert_same_bits(short, long)


def test_what_is_done_is_not_done_again(trained: Path, cli: Cli) -> None:
    before = (trained / "last" / "state.npz").stat().st_mtime_ns
    result = cli("train", "--resume", trained)
    assert (result.code, result.out) == (0, f"{trained}\n")
    assert "finished already" in result.err
    assert (trained / "last" / "state.npz").stat().st_mtime_ns == before


def test_a_run_tells_all_of_its_life(trained: Path, tmp_path: Path, cli: Cli) -> None:
    run = tmp_path / "run"
    shutil.copytree(trained, run)
    before = json.loads((run / "run.json").read_text())
    # Other tests may have evaluated this run, which is told, too.
    events = [each["event"] for each in before["life"]]
    assert events[:3] == ["begun", "looked at the test part", "finished"]
    looks, lived = events.count("looked at the test part"), len(events)
    epochs = before["epochs"] + 1
    result = cli("train", "--resume", run, "--epochs", str(epochs))
    assert result.code == 0
    about = json.loads((run / "run.json").read_text())
    assert about["epochs"] == epochs
    assert about["command"][-2:] == ["--epochs", str(epochs)]
    assert f"epochs: {epochs}" in (run / "spec.yaml").read_text()
    events = [each["event"] for each in about["life"]]
    assert events[lived:] == ["resumed", "looked at the test part", "finished"]
    log = (run / "log.txt").read_text()
    assert log.count("looked at the test part") == looks + 1
    assert f"resumed: command {' '.join(about['life'][lived]['command'])}, epoch {epochs}" in log
    assert json.loads((run / "metrics.json").read_text())["test_looks"] == looks + 1
    assert cli("evaluate", run).code == 0
    assert json.loads((run / "metrics.json").read_text())["test_looks"] == looks + 2
    # The spec as it has become is still the run's own.
    assert cli("train", "--resume", run, "--epochs", str(epochs + 1)).code == 0


def test_a_spec_that_was_not_rewritten_yet_is_known(
    trained: Path, tmp_path: Path, cli: Cli
) -> None:
    run = tmp_path / "run"
    shutil.copytree(trained, run)
    spec = (run / "spec.yaml").read_text()
    epochs = json.loads((run / "run.json").read_text())["epochs"] + 1
    assert cli("train", "--resume", run, "--epochs", str(epochs)).code == 0
    (run / "spec.yaml").write_text(spec)  # as if killed between run.json and spec.yaml
    assert cli("train", "--resume", run, "--epochs", str(epochs + 1)).code == 0
    assert f"epochs: {epochs + 1}" in (run / "spec.yaml").read_text()


def _of_another_network(run: Path) -> None:
    with np.load(run / "last" / "state.npz") as stored:
        arrays = dict(stored)
    facts = json.loads(arrays.pop("facts").tobytes())
    facts["variables"]["model"].pop()
    arrays["facts"] = np.frombuffer(json.dumps(facts).encode(), np.uint8)
    np.savez(run / "last" / "state.npz", **arrays)


REFUSED: dict[str, Callable[[Path], object]] = {
    "no images there": lambda run: None,
    "the spec was changed": lambda run: (run / "spec.yaml").open("a").write("# mine\n"),
    "the state is damaged": lambda run: (run / "last" / "state.npz").write_bytes(b"PK"),
    "the state does not fit": _of_another_network,
    "a part of the split is gone": lambda run: (run / "split.csv").write_text("file,label,split\n"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_refused_resume_leaves_a_finished_run_finished(
    trained: Path, tmp_path: Path, cli: Cli, case: str
) -> None:
    run = tmp_path / "run"
    shutil.copytree(trained, run)
    REFUSED[case](run)
    earlier = (run / "log.txt").read_text()  # other tests may have been refused, too
    before = [(run / name).read_text() for name in ("run.json", "spec.yaml", "history.csv")]
    moved = ["--data", tmp_path / "nowhere"] if case == "no images there" else []
    result = cli("train", "--resume", run, "--epochs", "99", *moved)
    assert (result.code, "Traceback" in result.err) == (1, False), result.err
    after = [(run / name).read_text() for name in ("run.json", "spec.yaml", "history.csv")]
    assert after == before
    logged = (run / "log.txt").read_text().removeprefix(earlier)
    assert "resumed: command" not in logged and "failed" not in logged
    assert ("not resumed: " in logged) == (case != "the state is damaged")


def test_a_run_that_is_done_says_how_to_go_on(trained: Path, cli: Cli) -> None:
    said = cli("train", "--resume", trained).err
    assert f"nothing was done. More epochs: cnncli train --resume {trained} --epochs" in said
