"""A run with better probabilities: a temperature, fitted on the validation part, in its weights.

C. Guo et al., "On calibration of modern neural networks" (ICML 2017): the logits are divided by one
number, so that no predicted class changes.
"""

from __future__ import annotations

import math
import shutil
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli.errors import DataError, ModelError, UsageError
from cnncli.metrics import calibration
from cnncli.network import keras_file, temperature
from cnncli.network.classifier import classifier
from cnncli.runs import life, listing, model_file, record, tables, threshold, trained_file
from cnncli.runs.directory import FINISHED, RunDirectory, claim, lock, resume_command
from cnncli.runs.held import how_to_end
from cnncli.runs.trained import Meaning, Trained
from cnncli.training import finish, images, probabilities
from cnncli.training.hooks import Hooks
from cnncli.training.images import Images
from cnncli.training.loop import Position

if TYPE_CHECKING:
    import numpy as np

# What the fit divides logits by to see them: a probability of 1.0 would hide how large one is.
COOL = 64.0


@dataclass(frozen=True)
class Calibrated:
    """What a temperature does on the validation part; pairs are before and after."""

    temperature: float
    images: int
    log_loss: tuple[float, float]
    error: tuple[float, float]


def check(source: str) -> RunDirectory:
    """Return the run of a MODEL that can be calibrated; loads no TensorFlow.

    Raises UsageError for a file, ModelError for a run that is not finished, DataError for one
    without validation images.
    """
    _, run = model_file.find(source)
    if run is None:
        raise UsageError(
            f"--calibrate fits on the validation part of a run, and {source} is a file"
        )
    if listing.unfinished(run) is not None:
        raise ModelError(
            f"{run.path}: not finished, so it is not calibrated yet",
            hint=how_to_end(run.path, resume_command(run.path)),
        )
    if all(row.part != "validation" for row in record.read_split(run.split)):
        raise DataError(f"{run.path}: it has no validation images to fit a temperature on")
    return run


def calibrate(run: RunDirectory, out: Path, moved: str | None, hooks: Hooks) -> Calibrated:
    """Fit a temperature, and write the run `out`: the same network, its last weights divided."""
    about = run.read_record()
    found = images.listed(about, moved)
    rows = record.read_split(run.split, about["classes"])
    meaning = trained_file.read_meaning(run.model)
    if meaning is None:
        raise ModelError(f"{run.model}: says nothing of its classes")
    hooks.load_keras()
    model = keras_file.model_of(keras_file.read(run.model))
    trained = Trained(classifier(model, str(run.path), None, meaning.loss).model, meaning, run.path)
    read = images.reload(about, rows, trained.target, found, hooks)
    layer = temperature.last_weights(model, str(run.model))
    before = layer.get_weights()
    temperature.divide(layer, before, COOL)
    logits, labels = _logits(trained, read, hooks)
    fitted = calibration.temperature(labels, logits)
    temperature.divide(layer, before, fitted)
    made = claim(about["name"], out, force=False)
    try:
        _write(made, run, about, model, meaning, fitted, read, hooks)
    except BaseException:
        shutil.rmtree(made.path, ignore_errors=True)
        raise
    return Calibrated(fitted, len(labels), *_effects(labels, logits, fitted))


def _logits(trained: Trained, read: Images, hooks: Hooks) -> tuple[np.ndarray, np.ndarray]:
    """Return what the classes of the validation images are decided by (N x C), and their labels."""
    import numpy as np

    rows = read.of_part("validation")
    with hooks.progress("Calibrating") as progress:
        outputs = probabilities.outputs_of(trained.model, read.pixels, read.places[rows], progress)
    meaning = trained.meaning
    positive = meaning.classes.index(meaning.positive) if meaning.positive else None
    least = np.finfo(np.float32).tiny
    chances = np.maximum(probabilities.to_classes(outputs, positive), least)
    return COOL * np.log(chances), read.labels[rows]


def _effects(
    labels: np.ndarray, logits: np.ndarray, fitted: float
) -> tuple[tuple[float, float], tuple[float, float]]:
    from scipy.special import softmax

    losses = [calibration.log_loss(labels, logits, each) for each in (1.0, fitted)]
    bins = [
        calibration.reliability(labels, softmax(logits / each, axis=1)) for each in (1.0, fitted)
    ]
    errors = [calibration.expected_calibration_error(each) for each in bins]
    return (losses[0], losses[1]), (errors[0], errors[1])


def _write(
    made: RunDirectory,
    run: RunDirectory,
    about: dict[str, Any],
    model: Any,
    meaning: Meaning,
    fitted: float,
    read: Images,
    hooks: Hooks,
) -> None:
    """Write all files of the run: those that stay as they were, and what comes of its model."""
    about = {
        **about,
        "state": "calibrating",
        "created": datetime.now().astimezone().isoformat(timespec="seconds"),
        "parent": str(run.path.absolute()),
        "temperature": fitted,
    }
    with lock(made):
        for name in (run.spec, run.split, run.history, run.curves, run.log):
            if name.exists():
                shutil.copyfile(name, made.path / name.name)
        made.write_record(about)
        trained_file.save(made.model, model, replace(meaning, threshold=None))
        position = Position(
            history=_history(run), best_epoch=about.get("best_epoch"), epoch=about["epochs"]
        )
        life.add(made, about, "calibrated", parent=about["parent"], temperature=fitted)
        finish.finish(made, about, read, position, hooks)
        about["state"] = FINISHED
        made.write_record(about)
    kept = threshold.read(run)
    if kept is not None:
        threshold.write(made, replace(kept, value=_moved(kept.value, fitted)))


def _history(run: RunDirectory) -> list[dict[str, float]]:
    rows = tables.numbers(run.history, ("epoch",))
    return [{**row, "epoch": int(row["epoch"])} for row in rows]


def _moved(value: float, fitted: float) -> float:
    """Return the threshold that decides behind a temperature as `value` does before it."""
    if value in (0, 1):
        return value
    return 1 / (1 + math.exp(-math.log(value / (1 - value)) / fitted))
