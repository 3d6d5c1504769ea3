"""The end of a run: its best model on the validation and test parts, with figures and pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from cnncli import csv_text, files, json_text
from cnncli.errors import ModelError
from cnncli.metrics import curves, deciding, figures, matrix
from cnncli.metrics.rounding import as_written
from cnncli.network.faults import describe
from cnncli.runs import keep as keeping
from cnncli.runs import life, model_file, record
from cnncli.runs.directory import RunDirectory
from cnncli.runs.record import SplitRow
from cnncli.runs.trained import Trained
from cnncli.training import probabilities, recipe
from cnncli.training.hooks import Hooks
from cnncli.training.images import Images
from cnncli.training.loop import Position
from cnncli.words import counted

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Evaluation:
    """Predictions for images whose classes are known, and the figures that come of them.

    `probabilities` is N x C, rounded to what predictions.csv holds; `units` (N) are the numbers
    of the groups of the images.
    """

    files: Sequence[str]
    labels: np.ndarray
    predicted: np.ndarray
    probabilities: np.ndarray
    figures: dict[str, Any]
    units: np.ndarray

    @property
    def confidences(self) -> np.ndarray:
        """The probabilities of the predicted classes (N)."""
        return self.probabilities[range(len(self.predicted)), self.predicted]


def finish(
    run: RunDirectory, about: dict[str, Any], images: Images, position: Position, hooks: Hooks
) -> dict[str, Any]:
    """Evaluate the best model, write metrics.json, predictions and pictures; return figures.

    A look at the test part is counted in `about`, which becomes run.json; one that it holds back
    is not looked at.
    """
    parts = [part for part in ("test", "validation") if part != "test" or not held_back(about)]
    kept = _evaluated(run, about, images, parts, hooks)
    by = keeping.keep(about.get("keep"), validates=images.has("validation"))
    metrics = {
        **kept,
        "epochs": len(position.history),
        "best_epoch": position.best_epoch,
        "curves": asdict(curves.read(position.history)),
        "best_because": by.because,
        **keeping.beside(by, position.history, position.best_epoch),
        "test_looks": life.looks(about),
        "classes": list(images.classes),
        "positive": images.positive,
    }
    write_metrics(run, metrics)
    return metrics


def held_back(about: Mapping[str, Any]) -> bool:
    """Whether nobody is to look at the test part of a run yet, by its run.json."""
    return bool(about.get("test_held_back"))


def test(run: RunDirectory, about: dict[str, Any], images: Images, hooks: Hooks) -> dict[str, Any]:
    """Evaluate the best model of a finished run on its test part alone, as `finish` would have.

    Adds to metrics.json, and returns it; a look is counted in `about`.
    """
    kept = _evaluated(run, about, images, ["test"], hooks)
    metrics = {**kept, **run.read_metrics(), "test_looks": life.looks(about)}
    write_metrics(run, metrics)
    return metrics


def write_metrics(run: RunDirectory, metrics: Mapping[str, Any]) -> None:
    """Write metrics.json, whole."""
    files.write_text(run.metrics, json_text.dumps(dict(metrics), indent=2) + "\n")


def _evaluated(
    run: RunDirectory,
    about: dict[str, Any],
    images: Images,
    parts: Sequence[str],
    hooks: Hooks,
) -> dict[str, Any]:
    """Evaluate the best model on parts that there are; return their figures for metrics.json."""
    trained = model_file.load(str(run.path))
    predict = probabilities.predictor(trained.model)
    with hooks.progress("Evaluating") as progress:
        made = {
            part: evaluate(trained, images, part, progress, predict)
            for part in parts
            if images.has(part)
        }
    places = {"test": run.predictions, "validation": run.validation_predictions}
    for part, each in made.items():
        files.write_text(places[part], predictions_csv(each, images.classes))
    if "test" in made:
        by = "tune" if held_back(about) else "train"
        life.add(run, about, life.TESTED, images=len(made["test"].files), by=by)
        _tell_test(run, made["test"], images.classes, hooks)
    return {part: _kept(run, part, each, images.classes) for part, each in made.items()}


def _tell_test(run: RunDirectory, made: Evaluation, classes: Sequence[str], hooks: Hooks) -> None:
    """Draw what came of the test part, and say what must be known of its figures."""
    images_tested = counted(len(made.files), "image")
    title = f"Test part: {images_tested}, accuracy {made.figures['accuracy']:.3f}"
    hooks.draw_confusion(made.figures["confusion"], classes, title, run.confusion)
    for said in (figures.missing(made.figures), figures.too_small(made.figures)):
        if said is not None:
            hooks.note(said)
    only = figures.one_answer(made.figures, classes)
    if only is not None:
        hooks.warn(f"every test image is taken for {only}: the network has not learnt yet")


def _kept(run: RunDirectory, part: str, made: Evaluation, classes: Sequence[str]) -> dict[str, Any]:
    """Return the figures of a part for metrics.json; a large matrix gets a file of its own."""
    kept = matrix.bounded(made.figures)
    if kept["confusion"] is None:
        path = run.confusion_cells(part)
        rows = [(classes[t], classes[p], n) for t, p, n in matrix.cells(made.figures["confusion"])]
        files.write_text(path, csv_text.lines([("true", "predicted", "images"), *rows]))
        kept["confusion_file"] = path.name
    return kept


def evaluate(
    trained: Trained,
    images: Images,
    part: str | None,
    progress: Any,
    predict: Any = None,
) -> Evaluation:
    """Predict the images of one part (all with None) and compute the figures."""
    rows = images.of_part(part)
    meaning = trained.meaning
    positive = meaning.classes.index(meaning.positive) if meaning.positive else None
    places = images.places[rows]
    outputs = probabilities.outputs_of(trained.model, images.pixels, places, progress, predict)
    chances = as_written(probabilities.to_classes(outputs, positive))
    labels = images.labels[rows]
    chosen = [images.rows[i] for i in rows]
    numbers = units(chosen)
    made = figures.figures(
        labels, chances, meaning.classes, meaning.positive, numbers, meaning.threshold
    )
    made = {"accuracy": made.pop("accuracy"), "loss": loss_of(trained, outputs, labels), **made}
    return Evaluation(
        [row.file for row in chosen],
        labels,
        deciding.decide(chances, positive, meaning.threshold),
        chances,
        made,
        numbers,
    )


def units(rows: Sequence[SplitRow]) -> np.ndarray:
    """Return the number of the group of each image; one that is in none is a group of its own."""
    import numpy as np

    numbers: dict[tuple[str, str | None], int] = {}
    named = [("", row.group) if row.group else (row.file, None) for row in rows]
    return np.array([numbers.setdefault(name, len(numbers)) for name in named], np.int64)


def loss_of(trained: Trained, outputs: np.ndarray, labels: np.ndarray) -> float:
    """Return the loss that the network was trained with (the mean over the images).

    `outputs` are probabilities, whatever the loss was given while it was trained.
    """
    meaning = trained.meaning
    if meaning.loss is None or not len(labels):
        return float("nan")
    positive = meaning.classes.index(meaning.positive) if meaning.positive else None
    try:
        loss = recipe.loss_of_probabilities(meaning.loss)
        wanted = recipe.targets(labels, loss, outputs.shape[1], positive)
        return float(loss(wanted, outputs))
    except MemoryError:
        raise
    except Exception as error:
        name = meaning.loss["class_name"]
        raise ModelError(
            f"{trained.path}: its loss {name} cannot be computed: {describe(error)}"
        ) from error


def predictions_csv(
    evaluation: Evaluation, classes: Sequence[str], abstain: float | None = None
) -> str:
    """Return the rows of predictions.csv; `predicted` is empty where it is less probable than
    `abstain`.
    """
    header = ["file", "label", "predicted", "probability", *(f"p_{name}" for name in classes)]
    rows: list[list[Any]] = [header]
    for file, label, predicted, chances in zip(
        evaluation.files,
        evaluation.labels,
        evaluation.predicted,
        evaluation.probabilities,
        strict=True,
    ):
        shown = [record.number(value) for value in chances]
        is_sure = abstain is None or chances[predicted] >= abstain
        said = classes[predicted] if is_sure else ""
        rows.append([file, classes[label], said, shown[predicted], *shown])
    return csv_text.lines(rows)
