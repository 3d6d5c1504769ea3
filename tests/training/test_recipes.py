"""A recipe does what Keras does; one that cannot be meant is refused before a run begins."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnncli import build
from tests.conftest import Cli
from tests.same import best_weights
from tests.trained_runs import TINY

# Nothing random but the order of the images, so that Keras alone comes to the same weights.
PLAIN = TINY.replace("  - Dropout: {rate: 0.3}\n", "").replace("standardize", "rescale")
WARM_UP = (
    "{CosineDecay: {initial_learning_rate: 0.001, decay_steps: 12, warmup_target: 0.05, "
    "warmup_steps: 4}}"
)


def _warm_up() -> Any:
    import keras

    return keras.optimizers.schedules.CosineDecay(0.001, 12, warmup_target=0.05, warmup_steps=4)


# There are 8 batches in an epoch.
IN_EPOCHS = WARM_UP.replace("decay_steps: 12", "decay_epochs: 1.5").replace(
    "warmup_steps: 4", "warmup_epochs: 0.5"
)


# The options, and the optimizer, the loss and the class weights that they stand for.
RECIPES: dict[str, tuple[list[str], Callable[[Any], dict[str, Any]]]] = {
    "momentum": (
        ["--optimizer", "SGD: {momentum: 0.9, nesterov: true}", "--learning-rate", "0.02"],
        lambda keras: {"optimizer": keras.optimizers.SGD(0.02, momentum=0.9, nesterov=True)},
    ),
    "warm-up and cosine": (
        ["--set", f"training.optimizer={{SGD: {{learning_rate: {WARM_UP}}}}}"],
        lambda keras: {"optimizer": keras.optimizers.SGD(_warm_up())},
    ),
    "warm-up and cosine in epochs": (
        ["--set", f"training.optimizer={{SGD: {{learning_rate: {IN_EPOCHS}}}}}"],
        lambda keras: {"optimizer": keras.optimizers.SGD(_warm_up())},
    ),
    "weight decay": (
        ["--optimizer", "AdamW: {weight_decay: 0.1, learning_rate: 0.01}"],
        lambda keras: {"optimizer": keras.optimizers.AdamW(0.01, weight_decay=0.1)},
    ),
    "clipping": (
        ["--optimizer", "SGD: {learning_rate: 0.5, clipnorm: 0.01}"],
        lambda keras: {"optimizer": keras.optimizers.SGD(0.5, clipnorm=0.01)},
    ),
    "label smoothing": (
        ["--loss", "CategoricalCrossentropy: {label_smoothing: 0.2}"],
        lambda keras: {"loss": keras.losses.CategoricalCrossentropy(label_smoothing=0.2)},
    ),
    "class weights": (
        ["--class-weight", "{left: 3, right: 0.5}"],
        lambda keras: {"weights": {0: 3.0, 1: 0.5}},
    ),
}


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_gives_the_weights_that_keras_gives(
    name: str, images: Path, tmp_path: Path, cli: Cli
) -> None:
    import keras

    options, meant = RECIPES[name]
    spec, run = tmp_path / "plain.yaml", tmp_path / "run"
    spec.write_text(PLAIN)
    assert cli("train", images, "--arch", spec, "--out", run, "--epochs", "2", *options).code == 0
    said = meant(keras)
    model = build(str(run / "spec.yaml"))
    model.compile(
        said.get("optimizer", keras.optimizers.Adam(0.01)),
        said.get("loss", keras.losses.CategoricalCrossentropy()),
    )
    pixels, labels = _train_part(images, run, tmp_path / "pixels.npy", cli)
    for epoch in (1, 2):
        order = np.random.default_rng([3, epoch]).permutation(len(labels))
        for first in range(0, len(order), 8):
            rows = order[first : first + 8]
            batch = (pixels[rows] / 255, np.eye(2)[labels[rows]])
            model.train_on_batch(*batch, class_weight=said.get("weights"))
    with np.load(run / "last" / "state.npz") as state:
        for place, expected in enumerate(model.get_weights()):
            np.testing.assert_allclose(state[f"model/{place}"], expected, rtol=2e-3, atol=2e-5)


def _train_part(images: Path, run: Path, out: Path, cli: Cli) -> tuple[np.ndarray, np.ndarray]:
    """Return the pixels (float32) and class numbers of the train part, in the run's order."""
    assert cli("data", images, "--arch", run, "--array", out).code == 0
    with out.with_suffix(".csv").open(newline="") as file:
        places = {row["file"]: place for place, row in enumerate(csv.DictReader(file))}
    with (run / "split.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "train"]
    pixels = np.load(out)[[places[row["file"]] for row in rows]].astype(np.float32)
    return pixels, np.array([("left", "right").index(row["label"]) for row in rows])


def test_balanced_weights_are_those_of_scikit_learn() -> None:
    from sklearn.utils.class_weight import compute_sample_weight

    from cnncli.training.recipe import weights

    labels = np.array([0] * 7 + [1] * 2 + [2])
    expected = compute_sample_weight("balanced", labels)
    np.testing.assert_allclose(weights(labels, ["a", "b", "c"], "balanced"), expected, rtol=1e-6)


def test_metrics_keep_their_names_when_a_run_is_resumed(
    images: Path, tiny: Path, tmp_path: Path, cli: Cli
) -> None:
    run = tmp_path / "run"
    metrics = ["--set", "training.metrics=[Precision, {F1Score: {average: macro}}]"]
    assert cli("train", images, "--arch", tiny, "--out", run, "--epochs", "1", *metrics).code == 0
    assert cli("train", "--resume", run, "--epochs", "2").code == 0
    with (run / "history.csv").open(newline="") as file:
        history = list(csv.DictReader(file))
    assert len(history) == 2
    assert {"precision", "val_precision", "f1_score", "val_f1_score"} < set(history[0])


def test_a_loss_that_gives_way_keeps_its_label_smoothing(tmp_path: Path, cli: Cli) -> None:
    spec, run = tmp_path / "one.yaml", tmp_path / "run"
    spec.write_text(PLAIN.replace("units: 2, activation: softmax", "units: 1, activation: sigmoid"))
    loss = "BinaryCrossentropy: {label_smoothing: 0.1}"
    options = ["--arch", spec, "--out", run, "--epochs", "1", "--loss", loss]
    result = cli("train", "sample:digits", *options)
    assert result.code == 0
    assert "the loss is CategoricalCrossentropy" in result.err
    assert "CategoricalCrossentropy: {label_smoothing: 0.1}" in (run / "spec.yaml").read_text()


PLATEAU = "training.callbacks=[{ReduceLROnPlateau: {patience: 2}}]"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--set", "training.metrics=[F1Score]"], "F1Score gives 2 numbers"),
        (
            ["--loss", "SparseCategoricalCrossentropy", "--set", "training.metrics=[Precision]"],
            "Precision does not fit here",
        ),
        (["--set", "training.callbacks=[{EarlyStopping: {monitor: val_los}}]"], '"val_loss"?'),
        (["--set", "training.callbacks=[SwapEMAWeights]"], "use_ema: true"),
        (
            [
                "--set",
                f"training.optimizer={{SGD: {{learning_rate: {WARM_UP}}}}}",
                "--set",
                PLATEAU,
            ],
            "ReduceLROnPlateau does not fit here",
        ),
        (["--loss", "CTC"], "CTC does not fit here"),
        (["--class-weight", "{middle: 2}"], "no class middle"),
        (["--learning-rate", "nan"], "not a finite number"),
        (["--init", "nowhere.keras"], "nowhere.keras: no such file"),
        (["--init", "nowhere"], "--init nowhere: no such run"),
        (["--freeze", "nothing"], 'no layer is named "nothing"'),
        (["--freeze", "*"], "no layer is left to train"),
    ],
)
def test_what_cannot_be_meant_is_said_before_a_run_begins(
    images: Path, tiny: Path, tmp_path: Path, cli: Cli, options: list[str], said: str
) -> None:
    result = cli("train", images, "--arch", tiny, "--out", tmp_path / "run", *options)
    assert result.code in (1, 2)
    assert said in result.err and "Traceback" not in result.err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("arch", "said"),
    [
        ("plain.keras", "cnncli import plain.keras -o model.yaml"),
        ("applications:MobileNetV2", "cnncli import applications:MobileNetV2 -o model.yaml"),
        ("missing.keras", "missing.keras: no such file"),
        ("applications:NoNet", 'no "NoNet"'),
    ],
)
def test_what_has_no_spec_is_not_trained_whatever_else_is_asked(
    images: Path,
    trained: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    cli: Cli,
    arch: str,
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(trained / "model.keras", "plain.keras")
    for options in ([], ["--epochs", "3"], ["--set", "seed=3"]):
        result = cli("train", images, "--arch", arch, "--out", "run", *options)
        assert result.code == 2 and said in result.err
        assert "--set" not in result.err


def test_one_output_and_a_loss_of_several(images: Path, tmp_path: Path, cli: Cli) -> None:
    spec = tmp_path / "one.yaml"
    spec.write_text(TINY.replace("units: 2, activation: softmax", "units: 1, activation: sigmoid"))
    for loss in ("CategoricalCrossentropy", "SparseCategoricalCrossentropy"):
        result = cli("train", images, "--arch", spec, "--out", tmp_path / "run", "--loss", loss)
        assert result.code == 2 and "use BinaryCrossentropy" in result.err


def test_without_validation_what_watches_it_is_left_out(
    images: Path, tiny: Path, tmp_path: Path, cli: Cli
) -> None:
    run = tmp_path / "run"
    options = ["--split", "80/0/20", "--early-stopping", "1", "--epochs", "2"]
    result = cli("train", images, "--arch", tiny, "--out", run, *options)
    assert result.code == 0
    assert "EarlyStopping watches val_loss" in result.err
    assert "not available" not in result.err  # Keras's own complaint, once an epoch
    assert json.loads((run / "metrics.json").read_text())["best_epoch"] == 2
    (line,) = json.loads(cli("runs", run, "--json").out)
    assert line["best_epoch"] == 2


def test_callbacks_print_nothing_of_their_own(
    images: Path, tiny: Path, tmp_path: Path, cli: Cli
) -> None:
    loud = "training.callbacks=[{ReduceLROnPlateau: {patience: 1, min_delta: 9, verbose: 1}}]"
    run = tmp_path / "run"
    result = cli("train", images, "--arch", tiny, "--out", run, "--set", loud, "--epochs", "3")
    assert result.out == f"{run}\n"


@pytest.mark.parametrize("augment", ["RandomFlip", "RandomZoom: {height_factor: 0.1}"])
def test_one_augmentation_needs_no_brackets(
    images: Path, tiny: Path, tmp_path: Path, cli: Cli, augment: str
) -> None:
    run = tmp_path / "run"
    options = ["--epochs", "1", "--augment", augment]
    assert cli("train", images, "--arch", tiny, "--out", run, *options).code == 0
    assert augment.partition(":")[0] in (run / "spec.yaml").read_text()


def test_layers_are_frozen_by_pattern(images: Path, tiny: Path, tmp_path: Path, cli: Cli) -> None:
    run = tmp_path / "run"
    options = ["--epochs", "1", "--freeze", "conv*", "--freeze", "drop*"]
    assert cli("train", images, "--arch", tiny, "--out", run, *options).code == 0
    before = build(str(run / "spec.yaml")).get_weights()
    with np.load(run / "last" / "state.npz") as state:
        after = [state[f"model/{place}"] for place in range(4)]
    same = [np.array_equal(one, other) for one, other in zip(before, after, strict=True)]
    assert same == [True, True, False, False]


@pytest.mark.parametrize("kind", ["run", "keras", "weights"])
def test_first_weights_come_from_a_run_or_a_file(
    trained: Path, images: Path, tiny: Path, tmp_path: Path, cli: Cli, kind: str
) -> None:
    import keras

    source = {"run": trained, "keras": trained / "model.keras"}.get(kind)
    if source is None:
        source = tmp_path / "first.weights.h5"
        keras.models.load_model(trained / "model.keras").save_weights(source)
    run = tmp_path / "run"
    options = ["--epochs", "1", "--init", source, "--learning-rate", "0"]
    result = cli("train", images, "--arch", tiny, "--out", run, *options)
    assert result.code == 0
    assert f"2 of 2 layers with weights begin with those of {source}" in result.err
    before, after = best_weights(trained), best_weights(run)
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_only_the_layers_that_fit_are_taken(
    trained: Path, images: Path, tmp_path: Path, cli: Cli
) -> None:
    spec = tmp_path / "wide.yaml"
    spec.write_text(TINY.replace("MaxPool2D", "MaxPool2D: {pool_size: 3}"))
    options = ["--out", tmp_path / "run", "--epochs", "1", "--init", trained]
    result = cli("train", images, "--arch", spec, *options)
    assert result.code == 0
    assert "1 of 2 layers with weights begin" in result.err and "; not dense." in result.err


@pytest.mark.parametrize("keep", ["val_accuracy", "last", "loss"])
def test_the_epoch_that_is_kept(
    images: Path, tiny: Path, tmp_path: Path, cli: Cli, keep: str
) -> None:
    """Which epoch it is comes out of history.csv; resumed, the run comes to the same."""
    run = tmp_path / "run"
    begun = ["train", images, "--arch", tiny, "--out", run, "--epochs", "3", "--keep", keep]
    assert cli(*begun).code == 0
    assert cli("train", "--resume", run, "--epochs", "5").code == 0
    with (run / "history.csv").open(newline="") as file:
        rows = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]
    best = {
        "val_accuracy": lambda: max(rows, key=lambda row: row["val_accuracy"]),
        "last": lambda: rows[-1],
        "loss": lambda: min(rows, key=lambda row: row["loss"]),
    }[keep]()
    metrics = json.loads((run / "metrics.json").read_text())
    assert (metrics["keep"], metrics["best_epoch"]) == (keep, best["epoch"])
    assert metrics["kept"]["epoch"] == best["epoch"]
    assert metrics["last"]["epoch"] == 5
    assert metrics["validation"]["accuracy"] == pytest.approx(best["val_accuracy"])
    assert json.loads(cli("runs", run, "--json").out)[0]["best_epoch"] == best["epoch"]


@pytest.mark.parametrize(
    ("keep", "said"),
    [
        ("val_acuracy", 'keep: "val_acuracy" is no figure of this run'),
        ("[1]", '"keep" is last, or a figure of the history'),
    ],
)
def test_what_cannot_be_kept(
    images: Path, tiny: Path, tmp_path: Path, cli: Cli, keep: str, said: str
) -> None:
    result = cli("train", images, "--arch", tiny, "--out", tmp_path / "run", "--keep", keep)
    assert (result.code, said in result.err) == (2, True)
    assert not (tmp_path / "run").exists()


RAW_TINY = TINY.replace("preprocess: standardize\n", "").replace("Dropout: {rate: 0.3}", "ReLU")
PENALTY = "Dense: {units: 2, kernel_regularizer: {L2: {l2: 10.0}}, "
IMPLAUSIBLE = {
    "raw pixels": (RAW_TINY, [], ["from 0 to 255", "begin again with --set preprocess=rescale"]),
    "too high a rate": (TINY, ["--learning-rate", "50"], ["begin again with --learning-rate 5"]),
    "a penalty": (TINY.replace("Dense: {units: 2, ", PENALTY), ["--learning-rate", "1e-5"], []),
    "weighted": (TINY, ["--class-weight", "{left: 30, right: 30}", "--learning-rate", "1e-4"], []),
}


@pytest.mark.parametrize("name", IMPLAUSIBLE)
def test_a_loss_far_above_guessing_is_told_once(
    cli: Cli, tmp_path: Path, images: Path, name: str
) -> None:
    text, options, wanted = IMPLAUSIBLE[name]
    (tmp_path / "own.yaml").write_text(text)
    run = tmp_path / "run"
    result = cli(
        *("train", str(images), "--arch", str(tmp_path / "own.yaml"), "--out", str(run)),
        *("--epochs", "2", *options),
    )
    assert result.code == 0, result.err
    before, _, after = result.err.partition("\nTraining tiny")
    assert ("nothing scales the pixels" in before) == (name == "raw pixels")
    told = [line for line in after.splitlines() if "mere guessing 0.69" in line]
    assert len(told) == bool(wanted)
    assert all(each in told[0] for each in wanted)
    assert all((run / "log.txt").read_text().count(line.partition(": ")[2]) == 1 for line in told)
    with (run / "history.csv").open() as file:
        first = float(next(csv.DictReader(file))["loss"])
    assert first > 4 * 0.6932  # what is not told is no small loss
