"""Phases of a run: each with its recipe, frozen layers in front computed once, resumed anywhere."""

from __future__ import annotations

import csv
import json
import shlex
import shutil
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnncli import build
from cnncli.cli import main
from cnncli.spec import load_file, load_text
from cnncli.spec.phases import judged_anew, stages
from cnncli.training import features
from cnncli.training.freezing import Freezer, trained_parameters
from tests.conftest import Cli
from tests.forker import Forker
from tests.same import assert_same_bits, best_weights, facts
from tests.training.test_resume import SAVING, STATE, Planted

BASE = """\
name: phased
seed: 3
input: [12, 12, 1]
preprocess: standardize
layers:
  - Sequential:
      name: base
      trainable: false
      layers:
        - Conv2D: {filters: 4, kernel_size: 3, name: first}
        - BatchNormalization: {name: bn}
        - ReLU
        - Conv2D: {filters: 4, kernel_size: 3, activation: relu, name: second}
  - MaxPool2D
  - Flatten
  - Dropout: {rate: 0.3}
  - Dense: {units: 2, activation: softmax}
"""
PHASED = (
    BASE
    + """\
training:
  optimizer: {Adam: {learning_rate: 0.01}}
  batch_size: 8
  phases:
    - {epochs: 2}
    - {epochs: 2, unfreeze: base/second, optimizer: {SGD: {momentum: 0.9, learning_rate: 0.001}}}
    - {epochs: 1, unfreeze: bn, augmentation: [RandomFlip], metrics: [AUC], keep: last}
"""
)


@pytest.fixture(scope="module")
def phased(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("spec") / "phased.yaml"
    path.write_text(PHASED)
    return path


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory, images: Path, phased: Path) -> Path:
    """A run in phases that nobody disturbed; tests only look at it."""
    out = tmp_path_factory.mktemp("phased") / "run"
    assert main(["train", str(images), "--arch", str(phased), "--out", str(out), "-q"]) == 0
    return out


def history(run: Path) -> list[dict[str, float]]:
    with (run / "history.csv").open(newline="") as file:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]


def test_what_a_phase_does_not_say_stays_as_it_was(alone: Path) -> None:
    rows = history(alone)
    assert [row["epoch"] for row in rows] == [1, 2, 3, 4, 5]
    assert [row["phase"] for row in rows] == [1, 1, 2, 2, 3]
    assert [row["learning_rate"] for row in rows] == pytest.approx([0.01] * 2 + [0.001] * 3)
    measured = [not np.isnan(row["auc"]) for row in rows]
    assert measured == [False] * 4 + [True]
    about = json.loads((alone / "run.json").read_text())
    assert about["epochs"] == 5
    assert [each["epochs"] for each in about["phases"]] == [2, 2, 1]


def test_batch_normalization_that_was_frozen_keeps_its_statistics(alone: Path) -> None:
    import keras

    before = build(str(alone / "spec.yaml")).get_layer("base").get_layer("bn")
    after = keras.models.load_model(alone / "model.keras").get_layer("base").get_layer("bn")
    assert np.array_equal(after.moving_mean, before.moving_mean)
    assert np.array_equal(after.moving_variance, before.moving_variance)
    assert not np.array_equal(after.beta, before.beta)  # which the last phase trains


def test_dead_in_every_phase_and_while_frozen_layers_compute(
    images: Path, phased: Path, alone: Path, tmp_path: Path, cli: Cli, fresh_cache: Path
) -> None:
    run = tmp_path / "run"
    command = ["train", images, "--arch", phased, "--out", run]
    for phase, step in ((1, None), (1, 3), (2, None), (2, 5), (3, 1)):
        with pytest.MonkeyPatch.context() as patch, pytest.raises(Planted):
            _die(patch, phase, step)
            cli(*command, *SAVING)
        command = ["train", "--resume", run]
    assert cli(*command).code == 0
    assert_same_bits(run, alone)


FEATURES = ".features.npy"  # renamed to once they are whole


def _kill(forker: Forker, command: tuple[object, ...], pause: tuple[str, int]) -> None:
    process = forker.start(*command, *SAVING, pause=pause)
    assert process.wait_for_pause(), process.output.read_text()
    process.send(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


def _goes_on(forker: Forker, run: Path) -> None:
    process = forker.start("train", "--resume", run)
    assert process.wait() == 0, process.output.read_text()


@pytest.mark.tensorflow_process
def test_killed_while_frozen_layers_compute(
    forker: Forker, images: Path, phased: Path, alone: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    other = tmp_path / "images"  # whose features no other test has kept
    shutil.copytree(images, other)
    command = ("train", other, "--arch", phased, "--out", run, "--seed", "5")
    _kill(forker, command, (FEATURES, 1))
    assert not (run / "last").exists()
    _goes_on(forker, run)
    whole = forker.start(*command[:-4], "--out", tmp_path / "whole", "--seed", "5")
    assert whole.wait() == 0
    assert_same_bits(run, tmp_path / "whole")


@pytest.mark.slow
@pytest.mark.tensorflow_process
def test_killed_in_every_phase_and_between_them(
    forker: Forker, images: Path, phased: Path, tmp_path: Path
) -> None:
    run, whole = tmp_path / "run", tmp_path / "whole"
    command: tuple[object, ...] = ("train", images, "--arch", phased, "--seed", "6", "--out")
    begun = (*command, run)
    # In the third process the features of the first phase are there: the next are the second's.
    pauses = [(FEATURES, 1), (STATE, 2), (FEATURES, 1), (STATE, 2), (STATE, 9)]
    reached = []
    for pause in pauses:
        _kill(forker, begun, pause)
        begun = ("train", "--resume", run)
        reached.append(facts(run)["position"]["phase"] if (run / "last").exists() else 0)
    assert reached[:4] == [0, 1, 1, 2]
    _goes_on(forker, run)
    process = forker.start(*command, whole)
    assert process.wait() == 0, process.output.read_text()
    assert_same_bits(run, whole)


def _die(patch: pytest.MonkeyPatch, phase: int, step: int | None) -> None:
    """Let a process die behind a step of a phase, or while its frozen layers compute (None)."""
    from cnncli.training.loop import Loop

    original = Loop._obey

    def dying(self: Any, asked: Any, what: str, done: int, *rest: Any) -> None:
        original(self, asked, what, done, *rest)
        if self.position.phase != phase or what != ("features" if step is None else "train"):
            return
        if done >= (step or 1):
            if step is not None:
                self._save()
            raise Planted

    patch.setattr(Loop, "_obey", dying)


@pytest.fixture
def fresh_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "cnncli" / "images"


def _kept(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.features.npy"))


def test_features_are_computed_once_and_are_those_of_every_step(
    images: Path, phased: Path, alone: Path, tmp_path: Path, cli: Cli, fresh_cache: Path
) -> None:
    without = tmp_path / "without"
    command = ("train", images, "--arch", phased)
    result = cli(*command, "--out", without, "--no-cache")
    assert result.code == 0
    assert "Frozen up to second: without the cache these layers" in result.err
    assert not fresh_cache.exists()
    assert_same_bits(without, alone)
    command = (*command, "--init", alone, "--set", "training.phases=[{epochs: 1}]")
    result = cli(*command, "--out", tmp_path / "first")
    assert "80 images is computed once (0.0 MB) and is trained on" in " ".join(result.err.split())
    (kept,) = _kept(fresh_cache)
    assert np.load(kept).shape == (80, 4 * 4 * 4)  # behind the pooling, which is smaller
    # Another seed trains from the same; damaged, they are computed again.
    before = kept.stat().st_ino
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(features, "_write", None)
        again = cli(*command, "--seed", "4", "--out", tmp_path / "second")
    assert again.code == 0
    assert "80 images was kept already" in " ".join(again.err.split())
    kept.write_bytes(kept.read_bytes()[:500])
    assert cli(*command, "--seed", "4", "--out", tmp_path / "third").code == 0
    assert kept.stat().st_ino != before
    assert_same_bits(tmp_path / "second", tmp_path / "third")


@pytest.mark.usefixtures("fresh_cache")
def test_without_room_for_features_they_are_computed_in_each_epoch(
    images: Path,
    phased: Path,
    alone: Path,
    tmp_path: Path,
    cli: Cli,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("cnncli.data.store.SPARE_BYTES", 1 << 60)
    result = cli("train", images, "--arch", phased, "--out", tmp_path / "run")
    assert "no room for decoded images" in result.err
    assert result.code == 0
    assert_same_bits(tmp_path / "run", alone)


def test_phases_give_the_weights_that_keras_gives(images: Path, tmp_path: Path, cli: Cli) -> None:
    import keras

    from tests.training.test_recipes import _train_part

    spec, run = tmp_path / "plain.yaml", tmp_path / "run"
    spec.write_text(
        PHASED.replace("  - Dropout: {rate: 0.3}\n", "").partition("    - {epochs: 1, un")[0]
    )
    assert (
        cli("train", images, "--arch", spec, "--out", run, "--set", "training.keep=last").code == 0
    )
    model = build(str(run / "spec.yaml"))
    base = model.get_layer("base")
    pixels, labels = _train_part(images, run, tmp_path / "pixels.npy", cli)
    scaled = keras.layers.LayerNormalization(
        axis=(1, 2, 3), epsilon=1e-3, center=False, scale=False
    )(pixels.astype(np.float32))
    for phase, optimizer in enumerate(
        (keras.optimizers.Adam(0.01), keras.optimizers.SGD(0.001, 0.9))
    ):
        base.trainable = bool(phase)
        for layer in base.layers:
            layer.trainable = bool(phase) and layer.name == "second"
        model.compile(optimizer, keras.losses.SparseCategoricalCrossentropy())
        for epoch in (2 * phase + 1, 2 * phase + 2):
            order = np.random.default_rng([3, epoch]).permutation(len(pixels))
            for start in range(0, len(order), 8):
                places = order[start : start + 8]
                model.train_on_batch(np.asarray(scaled)[places], labels[places])
    ours = [values for _, values in sorted(best_weights(run).items())]
    theirs = [weight.numpy() for weight in model.weights]
    assert sum(values.size for values in ours) == sum(values.size for values in theirs)
    for values in theirs:
        assert any(
            one.shape == values.shape and np.allclose(one, values, atol=2e-6) for one in ours
        )


REFUSED = {
    "--epochs": (["--epochs", "3"], "--epochs does nothing beside phases: phased has 3"),
    "a rate that each phase sets": (
        [
            *("--learning-rate", "0.1", "--set", "training.phases[0].optimizer=Adam"),
            *("--set", "training.phases[2].optimizer=Adam"),
        ],
        "--learning-rate does nothing: each phase of phased says its own optimizer",
    ),
    "a rate that the first phase sets": (
        ["--learning-rate", "0.1", "--set", "training.phases[0].optimizer=Adam"],
        "--learning-rate does nothing: the first phase of phased says its own optimizer",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_option_that_phases_leave_nothing_to_do_is_refused(
    images: Path, phased: Path, tmp_path: Path, cli: Cli, case: str
) -> None:
    options, said = REFUSED[case]
    result = cli("train", images, "--arch", phased, "--out", tmp_path / "run", *options)
    assert result.code == 2
    assert said in result.err
    assert not (tmp_path / "run").exists()


def test_up_to_which_phase_an_option_holds_is_said(phased: Path, cli: Cli) -> None:
    result = cli("train", "nowhere", "--arch", phased, "--learning-rate", "0.1")
    assert "--learning-rate holds before phase 2, which says its own optimizer" in result.err


def test_how_to_train_without_phases_is_said_and_works(
    images: Path, phased: Path, tmp_path: Path, cli: Cli
) -> None:
    words = ("train", images, "--arch", phased, "--out", tmp_path / "run", "--epochs", "1")
    way = cli(*words).err.split("without phases: ")[1].split()
    result = cli(*words, *way)
    assert result.code == 0, result.err
    assert "phases" not in (tmp_path / "run" / "spec.yaml").read_text()


def test_how_a_run_in_phases_goes_on_is_said_and_works(
    alone: Path, tmp_path: Path, cli: Cli
) -> None:
    hint = cli("train", "--resume", alone, "--epochs", "1").err.split("last phase: ")[1]
    words = shlex.split(hint)
    assert words[:2] == ["cnncli", "train"]
    result = cli(*words[1:], "--out", tmp_path / "run")
    assert result.code == 0, result.err
    spec = load_file(tmp_path / "run" / "spec.yaml")
    last = stages(load_file(alone / "spec.yaml").training)[-1].training
    assert (spec.training.phases, spec.training.epochs) == ((), 1)
    rates = [each.optimizer.arguments["learning_rate"] for each in (spec.training, last)]
    assert rates[0] == rates[1]


def test_trained_parameters_are_those_of_each_phase(alone: Path) -> None:
    spec = load_file(alone / "spec.yaml")
    by_hand = []
    for stage in stages(spec.training):
        model = build(spec)
        Freezer(model).apply(stage.freezing)
        by_hand.append(sum(weight.numpy().size for weight in model.trainable_weights))
    assert trained_parameters(spec) == by_hand
    assert len(set(by_hand)) > 1


def test_a_run_in_phases_tells_so(alone: Path, tmp_path: Path, cli: Cli) -> None:
    result = cli("train", "--resume", alone)
    assert f"cnncli train --init {alone} --set training.phases=null" in result.err
    result = cli("train", "--resume", alone, "--epochs", "9")
    assert result.code == 2
    assert result.err.rstrip().endswith("--epochs 9")
    assert "has 3 phases, each with its own number of epochs: --epochs does nothing" in result.err
    (line,) = json.loads(cli("runs", alone, "--json").out)
    assert line["phase"] == "3/3"
    assert "phases:" in cli("show", alone).out
    assert "in the first of 3 phases" not in cli("summary", alone).err  # `trainable: false` alone


@pytest.mark.usefixtures("signals_heard")
def test_stopped_while_frozen_layers_compute(
    images: Path, phased: Path, alone: Path, tmp_path: Path, cli: Cli, fresh_cache: Path
) -> None:
    from cnncli.training.loop import Loop

    run = tmp_path / "run"
    with pytest.MonkeyPatch.context() as patch:
        original = Loop._featured

        def interrupted(self: Any, done: int, number: int) -> None:
            if self.position.phase == 2 and done:
                signal.raise_signal(signal.SIGINT)
            original(self, done, number)

        patch.setattr(Loop, "_featured", interrupted)
        result = cli("train", images, "--arch", phased, "--out", run)
    assert result.code == 130
    assert "Stopped in epoch 3 (phase 2), after step 0" in result.err
    assert len(_kept(fresh_cache)) == 1  # that of the first phase; nothing is left of the second
    assert [each for each in fresh_cache.iterdir() if each.name.startswith(".")] == []
    assert cli("train", "--resume", run).code == 0
    assert_same_bits(run, alone)


SMOOTH = "{BinaryCrossentropy: {label_smoothing: 0.1}}"


@pytest.mark.parametrize(
    ("first", "second", "anew"),
    [
        ("", "", False),
        (f"loss: {SMOOTH}", f"loss: {SMOOTH}", False),  # in another line, and the same
        ("", "keep: val_loss", False),
        ("", "metrics: [AUC], optimizer: SGD, class_weight: balanced", False),
        (f"loss: {SMOOTH}", "loss: BinaryCrossentropy", True),
        ("", f"loss: {SMOOTH}", True),
        ("", "keep: val_accuracy", True),
        ("keep: last", "keep: val_loss", True),
    ],
)
def test_which_phases_can_be_compared(first: str, second: str, anew: bool) -> None:
    phases = f"[{{epochs: 1, {first}}}, {{epochs: 1, {second}}}]"
    layers = "[Dense: {units: 1, activation: sigmoid}]"
    text = f"input: [3]\nlayers: {layers}\ntraining: {{phases: {phases}}}\n".replace(", }", "}")
    assert judged_anew(stages(load_text(text).training), 2) == anew


# At a rate of 0 nothing changes: an epoch that is only as good does not become the model.
STILL = "optimizer: {SGD: {learning_rate: 0.0}}"


@pytest.mark.parametrize(
    ("second", "best"),
    [("metrics: [AUC]", 1), ("loss: MeanSquaredError", 2), ("keep: val_accuracy", 2)],
)
def test_the_best_epoch_is_that_of_all_phases_that_can_be_compared(
    images: Path, tmp_path: Path, cli: Cli, second: str, best: int
) -> None:
    spec, run = tmp_path / "net.yaml", tmp_path / "run"
    head = BASE.replace("units: 2, activation: softmax", "units: 1, activation: sigmoid")
    head = head.replace("  - Dropout: {rate: 0.3}\n", "")
    phases = f"[{{epochs: 1, keep: val_loss}}, {{epochs: 1, {second}, {STILL}}}]"
    spec.write_text(f"{head}training:\n  batch_size: 8\n  phases: {phases}\n")
    result = cli("train", images, "--arch", spec, "--out", run)
    assert result.code == 0, result.err
    metrics, rows = json.loads((run / "metrics.json").read_text()), history(run)
    assert metrics["best_epoch"] == best
    assert json.loads(cli("runs", run, "--json").out)[0]["best_epoch"] == best
    assert ("auc" in rows[1]) == ("AUC" in second)
    if "Mean" in second:  # the loss of a phase is its own
        import keras

        from tests.training.test_recipes import _train_part

        pixels, labels = _train_part(images, run, tmp_path / "pixels.npy", cli)
        said = keras.models.load_model(run / "model.keras").predict(pixels, verbose=0)[:, 0]
        positive = json.loads((run / "run.json").read_text())["positive"] == "right"
        assert rows[1]["loss"] == pytest.approx(
            np.mean((said - (labels == int(positive))) ** 2), rel=1e-4
        )


def test_a_figure_that_a_phase_does_not_measure_is_told_before_it_trains(
    images: Path, tmp_path: Path, cli: Cli
) -> None:
    spec = tmp_path / "net.yaml"
    phases = "[{epochs: 1, metrics: [AUC], keep: val_auc}, {epochs: 1, metrics: []}]"
    spec.write_text(f"{BASE}training: {{batch_size: 8, phases: {phases}}}\n")
    result = cli("train", images, "--arch", spec, "--out", tmp_path / "run")
    assert result.code in (1, 2)
    assert '"val_auc" is no figure of this run' in result.err
    assert not (tmp_path / "run").exists()
