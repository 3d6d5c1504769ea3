"""Training, evaluation and prediction, as a user types them."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn import metrics

from cnncli.metrics import figures
from cnncli.runs.directory import RunDirectory
from cnncli.training import finish
from tests.conftest import Cli
from tests.same import assert_same_bits
from tests.trained_runs import TINY

FILES = {
    "spec.yaml",
    "run.json",
    "split.csv",
    "history.csv",
    "model.keras",
    "last",
    "metrics.json",
    "predictions.csv",
    "validation-predictions.csv",
    "curves.png",
    "confusion.png",
    "log.txt",
}


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_run_leaves_its_files(trained: Path) -> None:
    found = {path.name for path in trained.iterdir() if not path.name.startswith(".")}
    assert found == FILES
    history = rows(trained / "history.csv")
    assert [row["epoch"] for row in history] == ["1", "2", "3", "4"]
    assert list(history[0])[:5] == ["epoch", "loss", "accuracy", "val_loss", "val_accuracy"]
    best = min(history, key=lambda row: float(row["val_loss"]))
    said = json.loads((trained / "metrics.json").read_text())
    assert (said["best_epoch"], said["epochs"]) == (int(best["epoch"]), 4)


def test_figures_are_those_of_scikit_learn(trained: Path) -> None:
    found = rows(trained / "predictions.csv")
    figures = json.loads((trained / "metrics.json").read_text())["test"]
    truth = [row["label"] for row in found]
    predicted = [row["predicted"] for row in found]
    chances = np.array([[float(row["p_left"]), float(row["p_right"])] for row in found])
    positive = np.array(truth) == "right"
    assert figures["accuracy"] == metrics.accuracy_score(truth, predicted)
    assert figures["balanced_accuracy"] == metrics.balanced_accuracy_score(truth, predicted)
    assert figures["auc"] == metrics.roc_auc_score(positive, chances[:, 1])
    assert figures["average_precision"] == metrics.average_precision_score(positive, chances[:, 1])
    assert figures["log_loss"] == metrics.log_loss(truth, chances, labels=["left", "right"])
    assert figures["confusion"] == metrics.confusion_matrix(truth, predicted).tolist()
    columns = metrics.precision_recall_fscore_support(truth, predicted, labels=["left", "right"])
    for place, name in enumerate(("left", "right")):
        row = figures["classes"][name]
        expected = [float(column[place]) for column in columns]
        assert [row["precision"], row["recall"], row["f1"], row["support"]] == expected
    for row in found:
        assert row["probability"] == row[f"p_{row['predicted']}"]


def test_evaluate_repeats_the_figures(trained: Path, cli: Cli) -> None:
    said = json.loads(cli("evaluate", trained, "--json").out)
    kept = json.loads((trained / "metrics.json").read_text())["test"]
    assert {name: said[name] for name in kept} == kept


def test_predictions_of_any_images_can_be_written(
    trained: Path, images: Path, tmp_path: Path, cli: Cli
) -> None:
    out = tmp_path / "all.csv"
    assert cli("evaluate", trained, images, "--predictions", out).code == 0
    written = {row["file"]: row for row in rows(out)}
    for name in ("predictions.csv", "validation-predictions.csv"):
        kept = rows(trained / name)
        assert kept and all(written[row["file"]] == row for row in kept)
    parts = [row["split"] for row in rows(trained / "split.csv")]
    assert len(rows(trained / "validation-predictions.csv")) == parts.count("validation")
    before = out.read_bytes()
    assert cli("evaluate", trained, images, "--predictions", out).code == 2
    assert cli("evaluate", trained, images, "--predictions", "-").code == 2
    assert cli("evaluate", trained, images, "--predictions", "all.json").code == 2
    assert out.read_bytes() == before


@pytest.mark.parametrize("name", ["", "model.keras"])
def test_evaluate_on_other_images_says_which_were_trained_on(
    trained: Path, images: Path, cli: Cli, name: str
) -> None:
    result = cli("evaluate", trained / name, images, "--json")
    said = json.loads(result.out)
    assert said["model"] == str(trained / name)
    split = [row["split"] for row in rows(trained / "split.csv")]
    assert said["images"] == len(split) == 80
    assert said["trained_on"] == split.count("train") == 58
    assert "58 of 80 images were training images of" in result.err


@pytest.mark.parametrize("units", [1, 2])
def test_the_classes_of_a_plain_keras_file_can_be_named(
    images: Path, tmp_path: Path, cli: Cli, units: int
) -> None:
    """A network that takes the brighter half for the second class, as Keras numbers them."""
    import keras

    path = tmp_path / "plain.keras"
    kernel = np.repeat([-1.0, 1.0], 6).reshape(1, 12, 1).repeat(12, axis=0).reshape(144, 1)
    dense = keras.layers.Dense(units, "sigmoid" if units == 1 else "softmax")
    network = keras.Sequential([keras.Input((12, 12, 1)), keras.layers.Flatten(), dense])
    network.set_weights([kernel if units == 1 else np.hstack([-kernel, kernel]), np.zeros(units)])
    network.save(path)
    refused = cli("evaluate", path, images)
    assert refused.code == 1
    assert "knows no class left, right" in refused.err and "--classes NAME,NAME" in refused.err
    said = json.loads(cli("evaluate", path, images, "--classes", "left,right", "--json").out)
    assert said["accuracy"] > 0.9 and said["positive"] == "right"
    image = images / "right" / "000.png"
    row = json.loads(cli("predict", path, image, "--classes", "left,right", "--json").out)
    assert list(row["probabilities"]) == ["left", "right"] and row["predicted"] == "right"
    few = cli("predict", path, image, "--classes", "left,right,up")
    assert few.code == 2 and "3 names, and the network tells 2 classes apart" in few.err


def test_evaluate_by_a_table_of_labels(
    trained: Path, images: Path, tmp_path: Path, cli: Cli
) -> None:
    pixels = tmp_path / "pixels"
    pixels.mkdir()
    lines = ["picture,side"]
    for file in sorted(images.rglob("*.png")):
        name = f"{file.parent.name}-{file.name}"
        (pixels / name).write_bytes(file.read_bytes())
        lines.append(f"{name},{file.parent.name}")
    table = tmp_path / "table.csv"
    table.write_text("\n".join(lines))
    columns = ("--image-column", "picture", "--label-column", "side")
    by_table = cli("evaluate", trained, pixels, "--labels", table, *columns, "--json")
    by_folder = json.loads(cli("evaluate", trained, images, "--json").out)
    assert {**json.loads(by_table.out), "data": str(images)} == by_folder


@pytest.mark.parametrize("command", ["evaluate", "predict"])
def test_of_a_run_that_is_not_finished_that_is_said(
    trained: Path, images: Path, tmp_path: Path, cli: Cli, command: str
) -> None:
    run = shutil.copytree(trained, tmp_path / "run")
    assert "not finished" not in cli(command, run, images).err
    about = json.loads((run / "run.json").read_text())
    for state, shown in (("stopped", "stopped"), ("failed", "failed"), ("training", "killed")):
        (run / "run.json").write_text(json.dumps({**about, "state": state, "epochs": 10}))
        result = cli(command, run, images)
        said = f"{run} is not finished ({shown}, 4 of 10 epochs): its best model so far is used."
        assert result.code == 0 and said in result.err


def test_one_image_is_predicted_as_among_many(trained: Path, images: Path, cli: Cli) -> None:
    """Each row is the same whatever stands beside it, and is that of predictions.csv."""
    kept = {row["file"]: row for row in rows(trained / "predictions.csv")}
    whole = [
        json.loads(line) for line in cli("predict", trained, images, "--json").out.splitlines()
    ]
    of_file = {str(Path(row["file"]).relative_to(images)): row for row in whole}
    assert len(of_file) == 80
    for file, row in kept.items():
        assert f"{of_file[file]['probability']:.9g}" == row["probability"]
        assert of_file[file]["predicted"] == row["predicted"]
    alone = json.loads(cli("predict", trained, images / "right" / "007.png", "--json").out)
    assert alone == of_file["right/007.png"]


def test_predict_goes_on_behind_what_it_cannot_read(
    trained: Path, images: Path, tmp_path: Path, cli: Cli
) -> None:
    text = tmp_path / "text.png"
    text.write_text("no image")
    result = cli("predict", trained, text, images / "left" / "000.png", "--json")
    first, second = (json.loads(line) for line in result.out.splitlines())
    assert result.code == 1
    assert first["file"] == str(text) and "error" in first
    assert second["predicted"] in ("left", "right")
    table = cli("predict", trained, text, images / "left" / "000.png", "--format", "csv")
    assert table.code == 1
    assert table.out.splitlines()[0] == "file,predicted,probability,p_left,p_right,error"
    assert table.out.splitlines()[1].startswith(f"{text},,,,,")
    assert str(text) in table.err


def test_the_same_command_gives_the_same_bits(
    trained: Path, images: Path, tiny: Path, tmp_path: Path, cli: Cli
) -> None:
    result = cli("train", images, "--arch", tiny, "--out", tmp_path / "again")
    assert result.out.splitlines()[-1] == str(tmp_path / "again")
    assert_same_bits(tmp_path / "again", trained)


@pytest.mark.tensorflow_process
def test_the_model_is_plain_keras(trained: Path, images: Path, tmp_path: Path, cli: Cli) -> None:
    """Loaded by Keras alone, on the pixels of `cnncli data --array`, matched by file name."""
    pixels = tmp_path / "pixels.npy"
    assert cli("data", images, "--arch", trained, "--array", pixels).code == 0
    code = (
        "import sys, numpy as np, keras\n"
        "assert 'cnncli' not in sys.modules\n"
        f"model = keras.models.load_model({str(trained / 'model.keras')!r})\n"
        f"np.save({str(tmp_path / 'out.npy')!r}, model.predict(np.load({str(pixels)!r})))\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, cwd=tmp_path)
    outputs = np.load(tmp_path / "out.npy")
    places = {row["file"]: i for i, row in enumerate(rows(tmp_path / "pixels.csv"))}
    for row in rows(trained / "predictions.csv"):
        expected = [float(row["p_left"]), float(row["p_right"])]
        np.testing.assert_allclose(outputs[places[row["file"]]], expected, atol=1e-6)


@pytest.mark.parametrize(
    ("last", "said"),
    [
        ("Dense: {units: 10, activation: softmax}", "2 softmax outputs"),
        ("Dense: {units: 7}", "1 sigmoid output"),
    ],
)
def test_the_last_layer_is_adapted_and_that_is_said(
    images: Path, tmp_path: Path, cli: Cli, last: str, said: str
) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_text(TINY.replace("Dense: {units: 2, activation: softmax}", last))
    command = ("train", images, "--arch", spec, "--out", tmp_path / "run", "--epochs", "1")
    refused = cli(*command, "--no-adapt")
    assert refused.code == 2 and f"{spec}:10:" in refused.err
    assert not (tmp_path / "run").exists()
    result = cli(*command)
    assert result.code == 0
    assert said in result.err
    assert cli("validate", tmp_path / "run" / "spec.yaml").code == 0


def test_two_classes_have_a_positive_one(
    images: Path, tiny: Path, tmp_path: Path, cli: Cli
) -> None:
    out = tmp_path / "run"
    result = cli(
        "train", images, "--arch", tiny, "--out", out, "--epochs", "1", "--positive", "left"
    )
    assert result.code == 0
    assert json.loads((out / "run.json").read_text())["positive"] == "left"
    said = json.loads((out / "metrics.json").read_text())
    assert said["positive"] == "left"
    assert said["test"]["recall"] == said["test"]["classes"]["left"]["recall"]


def test_options_beat_set_which_beats_the_spec(
    images: Path, tiny: Path, tmp_path: Path, cli: Cli
) -> None:
    changes = ["--set", "training.epochs=3", "--set", "training.batch_size=5", "--epochs", "1"]
    out = tmp_path / "run"
    assert cli("train", images, "--arch", tiny, "--out", out, *changes).code == 0
    said = json.loads((out / "run.json").read_text())
    assert (said["epochs"], said["batch_size"]) == (1, 5)


@pytest.mark.parametrize("quiet", [False, True])
def test_piped_output_is_plain_and_quiet_says_the_result_alone(
    images: Path, tiny: Path, tmp_path: Path, cli: Cli, quiet: bool
) -> None:
    run = tmp_path / "run"
    options = ["--epochs", "2", *(["--quiet"] if quiet else [])]
    result = cli("train", images, "--arch", tiny, "--out", run, *options)
    assert result.code == 0
    assert result.out == f"{run}\n"
    assert not [c for c in result.err if ord(c) < 32 and c != "\n"]
    lines = result.err.splitlines()
    assert len([line for line in lines if line.startswith("epoch ")]) == (0 if quiet else 2)
    assert not quiet or not lines


def test_early_stopping_ends_a_run_well(images: Path, tiny: Path, tmp_path: Path, cli: Cli) -> None:
    out = tmp_path / "run"
    options = ["--epochs", "30", "--early-stopping", "1", "--learning-rate", "2.0"]
    result = cli("train", images, "--arch", tiny, "--out", out, *options)
    assert result.code == 0
    assert "Stopped early" in result.err
    assert len(rows(out / "history.csv")) < 30
    again = cli("train", "--resume", out)
    assert again.code == 0 and "stopped early already" in again.err


def test_a_frozen_layer_stays_and_init_gives_weights(
    trained: Path, images: Path, tiny: Path, tmp_path: Path, cli: Cli
) -> None:
    out = tmp_path / "run"
    options = ["--epochs", "1", "--init", trained, "--freeze", "conv2d"]
    result = cli("train", images, "--arch", tiny, "--out", out, *options)
    assert result.code == 0
    assert f"2 of 2 layers with weights begin with those of {trained}" in result.err
    from tests.same import best_weights

    before, after = best_weights(trained), best_weights(out)
    kernels = [name for name in before if name.startswith("layers/conv2d/")]
    assert kernels
    for name in before:
        assert np.array_equal(before[name], after[name]) == (name in kernels)


def test_tensorboard_reads_the_history(images: Path, tiny: Path, tmp_path: Path, cli: Cli) -> None:
    import tensorflow as tf

    run = tmp_path / "run"
    options = ["--epochs", "1", "--tensorboard"]
    assert cli("train", images, "--arch", tiny, "--out", run, *options).code == 0
    assert cli("train", "--resume", run, "--epochs", "2").code == 0  # still asked for
    found = {}
    for file in (run / "tensorboard").iterdir():
        for event in tf.compat.v1.train.summary_iterator(str(file)):
            for value in event.summary.value:
                found[value.tag, event.step] = float(tf.make_ndarray(value.tensor))
    for row in rows(run / "history.csv"):
        assert found["val_loss", int(row["epoch"])] == pytest.approx(float(row["val_loss"]))


def test_a_run_without_images_to_be_measured_on(
    cli: Cli, images: Path, tiny: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    options = ("--arch", tiny, "--epochs", "1", "--split", "100/0/0", "--out", out)
    assert cli("train", images, *options).code == 0
    result = cli("evaluate", out)
    assert (result.code, result.out) == (1, "")
    assert "neither test nor validation images" in result.err
    assert f"cnncli evaluate {out} DATA" in result.err
    assert cli("evaluate", out, images).code == 0


def test_groups_travel_with_the_split(cli: Cli, tmp_path: Path, images: Path, tiny: Path) -> None:
    """Eight images of each of ten patients: intervals are those of patients, by every way."""
    by_name = r"(\d)\.png"
    first, second = tmp_path / "first", tmp_path / "second"
    brief = ("--arch", tiny, "--epochs", 1, "--json")
    made = json.loads(cli("train", images, "--group-by", by_name, "--out", first, *brief).out)
    groups = made["test"]["groups"]
    assert groups < made["test"]["images"]
    rows = list(csv.DictReader((first / "split.csv").open()))
    assert {row["group"] for row in rows} == set("0123456789")
    # taken over by another run, from its table alone
    over = json.loads(cli("train", images, "--split-from", first, "--out", second, *brief).out)
    assert over["test"]["accuracy_interval"] == made["test"]["accuracy_interval"]
    assert list(csv.DictReader((second / "split.csv").open())) == rows
    # evaluated again, and on other images
    assert json.loads(cli("evaluate", first, "--json").out)["groups"] == groups
    other = cli("evaluate", first, images, "--json")
    assert json.loads(other.out)["groups"] == 10
    assert "by the run's --group-by" in other.err
    asked = json.loads(cli("evaluate", second, images, "--group-by", r"^\d(\d)", "--json").out)
    assert asked["groups"] == 4
    table = tmp_path / "labels.csv"
    table.write_text(
        "file,label,patient\n"
        + "".join(f"{r['file']},{r['label']},p{r['file'][-6]}\n" for r in rows)
    )
    labels = ("--labels", table, "--group-column", "patient")
    assert json.loads(cli("evaluate", second, images, *labels, "--json").out)["groups"] == 4
    report = json.loads(cli("data", images, *labels, "--json").out)["groups"]
    assert (report["pattern"], report["count"], report["in_several_parts"]) == (None, 4, 0)


def test_confusion_as_shares(trained: Path, cli: Cli) -> None:
    said = json.loads(cli("evaluate", trained, "--normalize", "true", "--json").out)
    counts = np.array(said["confusion"])
    expected = counts / counts.sum(axis=1, keepdims=True)
    assert np.array(said["confusion_normalized"]) == pytest.approx(expected)
    assert "shares of the true class" in cli("evaluate", trained, "--normalize", "true").out


def test_the_matrix_of_many_classes_has_a_file_of_its_own(tmp_path: Path) -> None:
    classes = [f"class {number}" for number in range(101)]
    labels = np.arange(101)
    made = figures.figures(labels, np.eye(101)[np.r_[1, 1:101]], classes)
    evaluation = finish.Evaluation([], labels, labels, np.eye(101), made, labels)
    kept = finish._kept(RunDirectory(tmp_path), "test", evaluation, classes)
    assert kept["confusion"] is None and len(made["confusion"]) == 101
    rows = list(csv.DictReader((tmp_path / kept["confusion_file"]).open()))
    assert rows[0] == {"true": "class 0", "predicted": "class 1", "images": "1"}
    assert len(rows) == 101
