"""What goes wrong with data, runs and machines, and what is then said and kept."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import threading
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import Cli
from tests.forker import Forker
from tests.trained_runs import TINY, draw_images


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _nothing(folder: Path, images: Path) -> Path:
    return folder / "missing"


def _empty(folder: Path, images: Path) -> Path:
    (folder / "empty").mkdir()
    return folder / "empty"


def _one_class(folder: Path, images: Path) -> Path:
    shutil.copytree(images / "left", folder / "one" / "left")
    return folder / "one"


@pytest.mark.parametrize("make", [_nothing, _empty, _one_class])
def test_folders_that_cannot_be_trained_on(
    make, images: Path, tiny: Path, tmp_path: Path, cli: Cli
) -> None:
    data = make(tmp_path, images)
    result = cli("train", data, "--arch", tiny, "--out", tmp_path / "run")
    assert result.code == 1
    assert str(data) in result.err and "Traceback" not in result.err
    assert not (tmp_path / "run").exists()


def test_broken_files_are_named_and_left_out(tiny: Path, tmp_path: Path, cli: Cli) -> None:
    data = draw_images(tmp_path / "images", 12)
    whole = (data / "left" / "003.png").read_bytes()
    (data / "left" / "003.png").write_bytes(whole[: len(whole) // 2])
    (data / "right" / "text.jpg").write_text("no image")
    out = tmp_path / "run"
    result = cli("train", data, "--arch", tiny, "--out", out, "--epochs", "1")
    assert result.code == 0
    assert "left/003.png" in result.err and "right/text.jpg" in result.err
    assert len(rows(out / "split.csv")) == 23


def test_an_out_that_is_not_empty_is_refused(
    trained: Path, images: Path, tiny: Path, tmp_path: Path, cli: Cli
) -> None:
    full = tmp_path / "full"
    full.mkdir()
    (full / "thesis.txt").write_text("dear")
    for force in ([], ["--force"]):
        result = cli("train", images, "--arch", tiny, "--out", full, *force)
        assert result.code == 2 and str(full) in result.err
    assert (full / "thesis.txt").read_text() == "dear"
    run = tmp_path / "run"
    shutil.copytree(trained, run)
    result = cli("train", images, "--arch", tiny, "--out", run, "--force", "--epochs", "1")
    assert result.code == 0
    assert (tmp_path / "run.old" / "metrics.json").exists()


def test_a_loss_that_is_no_number_ends_it(
    images: Path, tiny: Path, tmp_path: Path, cli: Cli
) -> None:
    out = tmp_path / "run"
    result = cli("train", images, "--arch", tiny, "--out", out, "--learning-rate", "1e38")
    assert result.code == 1
    assert "the loss became" in result.err and "--learning-rate" in result.err
    assert json.loads((out / "run.json").read_text())["state"] == "failed"


def test_mixed_precision_is_refused_where_it_is_slower(
    images: Path, tiny: Path, tmp_path: Path, cli: Cli
) -> None:
    import tensorflow as tf

    if tf.config.list_physical_devices("GPU"):
        pytest.skip("this machine has a graphics card")
    out = tmp_path / "run"
    result = cli("train", images, "--arch", tiny, "--out", out, "--set", "dtype=mixed_float16")
    assert result.code == 1
    assert "slower than float32" in result.err
    assert not out.exists()


@pytest.mark.parametrize(
    ("number", "code", "word"),
    [(signal.SIGINT, 130, "Interrupted"), (signal.SIGTERM, 143, "Terminated")],
)
@pytest.mark.usefixtures("signals_heard")
def test_what_is_interrupted_before_a_run_begins_says_that_there_is_none(
    images: Path, tiny: Path, tmp_path: Path, cli: Cli, number: int, code: int, word: str
) -> None:
    table = tmp_path / "labels.csv"
    os.mkfifo(table)

    def interrupt() -> None:
        with table.open("w"):  # waits until the table is being read
            os.kill(os.getpid(), number)
            done.wait()

    done = threading.Event()
    sender = threading.Thread(target=interrupt, daemon=True)
    sender.start()
    result = cli("train", images, "--labels", table, "--arch", tiny, "--out", tmp_path / "run")
    done.set()
    sender.join()
    assert result.code == code
    assert result.err.splitlines()[-1] == f"{word} before the run began: nothing was kept."
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda data, run: (data / "left" / "000.png").unlink(), "left/000.png"),
        (
            lambda data, run: shutil.copy(data / "left" / "001.png", data / "left" / "002.png"),
            "002",
        ),
        (lambda data, run: (run / "spec.yaml").open("a").write("\n# changed\n"), "spec.yaml"),
        (lambda data, run: data.rename(data.with_name("moved")), "no such folder"),
    ],
)
def test_a_run_whose_images_or_spec_changed_is_not_resumed(
    trained: Path, images: Path, tmp_path: Path, cli: Cli, change, said: str
) -> None:
    data = shutil.copytree(images, tmp_path / "images")
    run = shutil.copytree(trained, tmp_path / "run")
    change(data, run)
    result = cli("train", "--resume", run, "--epochs", "9", "--data", data)
    assert result.code == 1
    assert said in result.err and "Traceback" not in result.err


def test_images_may_move(trained: Path, images: Path, tmp_path: Path, cli: Cli) -> None:
    data = shutil.copytree(images, tmp_path / "moved")
    run = shutil.copytree(trained, tmp_path / "run")
    assert cli("train", "--resume", run, "--epochs", "5", "--data", data).code == 0
    assert len(rows(run / "history.csv")) == 5


def test_images_that_moved_are_asked_for(
    trained: Path, images: Path, tmp_path: Path, cli: Cli
) -> None:
    run = shutil.copytree(trained, tmp_path / "run")
    about = json.loads((run / "run.json").read_text())
    about["data"]["path"] = str(tmp_path / "before")
    (run / "run.json").write_text(json.dumps(about))
    for argv in (("evaluate", run), ("train", "--epochs", "9", "--resume", run)):
        result = cli(*argv)
        assert result.code == 1
        assert f"{tmp_path / 'before'}: no such folder" in result.err
        assert "--data DATA" in result.err
    said = json.loads(cli("evaluate", run, "--data", images, "--json").out)
    kept = json.loads((trained / "metrics.json").read_text())["test"]
    assert {name: said[name] for name in kept} == kept
    assert said["data"] == str(images) and said["part"] == "test"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("{images}", "--data", "{images}"), "--data does nothing beside DATA"),
        (("--labels", "table.csv"), "--labels does nothing without DATA"),
        (("{images}", "--label-column", "x"), "--label-column does nothing without --labels"),
        (("{images}", "--classes", "a,a"), "different names"),
        (("{images}", "--classes", "a,b"), "have names already"),
    ],
)
def test_options_of_evaluate_that_cannot_be_meant(
    trained: Path, images: Path, cli: Cli, options: tuple[str, ...], said: str
) -> None:
    result = cli("evaluate", trained, *(each.format(images=images) for each in options))
    assert result.code == 2 and said in result.err


def test_one_process_at_a_time(trained: Path, tmp_path: Path, cli: Cli) -> None:
    from cnncli.runs.directory import RunDirectory, lock

    run = tmp_path / "run"
    shutil.copytree(trained, run)
    with lock(RunDirectory(run)):
        result = cli("train", "--resume", run, "--epochs", "9")
    assert result.code == 1 and "in use by process" in result.err
    (run / ".lock").write_text("process 1")  # what a dead process leaves
    assert cli("train", "--resume", run).code == 0


@pytest.mark.parametrize("command", ["evaluate", "predict"])
def test_what_is_no_model_is_refused(command: str, images: Path, tmp_path: Path, cli: Cli) -> None:
    broken = tmp_path / "broken.keras"
    broken.write_bytes(b"PK\x03\x04 and no more")
    for model in (tmp_path / "missing.keras", broken, images):
        result = cli(command, model, images)
        assert result.code == 1
        assert str(model) in result.err and "Traceback" not in result.err


def test_first_weights_that_are_gone_do_not_keep_a_run_from_going_on(
    trained: Path, images: Path, tiny: Path, tmp_path: Path, cli: Cli
) -> None:
    first, run = shutil.copytree(trained, tmp_path / "first"), tmp_path / "run"
    options = ["--epochs", "1", "--init", first]
    assert cli("train", images, "--arch", tiny, "--out", run, *options).code == 0
    shutil.rmtree(first)
    assert cli("train", "--resume", run, "--epochs", "2").code == 0


def test_what_is_no_run_is_not_resumed_and_left_alone(
    images: Path, tmp_path: Path, cli: Cli
) -> None:
    for place in (tmp_path / "nowhere", images):
        result = cli("train", "--resume", place)
        assert result.code == 1 and f"{place}: no run" in result.err
    assert sorted(path.name for path in images.iterdir()) == ["left", "right"]


def test_a_taken_out_is_said_before_the_images_are_read(trained: Path, cli: Cli) -> None:
    result = cli("train", "no-such-folder", "--out", trained)
    assert result.code == 2 and str(trained) in result.err


def test_a_state_keeps_numbers_of_sixteen_bits(tmp_path: Path) -> None:
    import keras

    from cnncli.training import state
    from cnncli.training.loop import Position

    facts = {"position": dict(vars(Position())), "callbacks": []}
    kept = [keras.Variable([1.5, -2.25], dtype=kind) for kind in ("bfloat16", "float16")]
    state.write(tmp_path / "state.npz", state.capture({"model": kept}, facts))
    fresh = [keras.Variable([0.0, 0.0], dtype=kind) for kind in ("bfloat16", "float16")]
    found = state.read(tmp_path / "state.npz")
    assert found is not None
    state.restore(found, {"model": fresh})
    assert [np.asarray(v, np.float32).tolist() for v in fresh] == [[1.5, -2.25]] * 2


@pytest.mark.tensorflow_process
def test_too_little_memory_is_said(forker: Forker, images: Path, tmp_path: Path) -> None:
    spec, run = tmp_path / "huge.yaml", tmp_path / "run"
    huge = "  - UpSampling2D: {size: 20000}\n  - GlobalMaxPooling2D\n"  # 5 TB for each batch
    spec.write_text(TINY.replace("  - MaxPool2D\n  - Flatten\n", huge))
    process = forker.start("train", images, "--arch", spec, "--out", run, memory=2**36)
    assert process.wait() == 1, process.output.read_text()
    said = process.output.read_text()
    assert 'its layer "up_sampling2d", for batches of 8, would take 5.12 TB of memory' in said
    assert not run.exists()
    assert "Traceback" not in said


def test_other_versions_and_threads_are_named(trained: Path, tmp_path: Path, cli: Cli) -> None:
    run = shutil.copytree(trained, tmp_path / "run")
    about = json.loads((run / "run.json").read_text())
    about["versions"]["keras"], about["threads"] = "3.0.0", about["threads"] + 1
    (run / "run.json").write_text(json.dumps(about))
    result = cli("train", "--resume", run, "--epochs", "5")
    assert result.code == 0
    assert "keras 3.0.0 ->" in result.err
    assert f"the run began with {about['threads']}" in result.err
    assert json.loads((run / "run.json").read_text())["threads"] == about["threads"]
