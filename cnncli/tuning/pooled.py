"""The test images of all folds together: each as the network of its own fold has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnncli import csv_text
from cnncli.errors import DataError, ModelError
from cnncli.metrics.figures import figures
from cnncli.runs import record, tables
from cnncli.runs.record import SplitRow
from cnncli.training import images
from cnncli.tuning.folds import Folds, Plan

if TYPE_CHECKING:
    import numpy as np

# Figures of an evaluation of which the mean and the spread over folds are told.
SPREAD = (
    *("accuracy", "balanced_accuracy", "auc", "sensitivity", "specificity"),
    *("positive_predictive_value", "negative_predictive_value"),
    *("precision", "recall", "f1", "average_precision", "loss", "log_loss"),
)


@dataclass(frozen=True)
class Tested:
    """The test images of all folds: `rows` are those of predictions.csv, `split` of split.csv.

    `labels` are places of classes (N), `chances` are probabilities (N x C, float64), `units` the
    numbers of the groups (N), `fold_of` the fold that tested each, from 1 (N).
    """

    classes: tuple[str, ...]
    positive: str | None
    rows: Sequence[Sequence[str]]
    split: Sequence[SplitRow]
    labels: np.ndarray
    chances: np.ndarray
    units: np.ndarray
    fold_of: np.ndarray

    @property
    def files(self) -> list[str]:
        return [row.file for row in self.split]

    @property
    def folds_of_files(self) -> dict[str, int]:
        """The fold that tested each file."""
        return dict(zip(self.files, self.fold_of.tolist(), strict=True))

    @property
    def place(self) -> int | None:
        """The place of the positive class, of two."""
        return self.classes.index(self.positive) if self.positive is not None else None

    def csv(self) -> str:
        """Return predictions.csv of all images, with the fold that tested each."""
        header = [*_columns(self.classes), "fold"]
        return csv_text.lines([header, *self.rows])

    def figures(
        self, inside: np.ndarray | None = None, threshold: np.ndarray | None = None
    ) -> dict[str, Any]:
        """Return the figures of all images, or of those `inside`; `threshold` is of each (N)."""
        import numpy as np

        chosen = np.ones(len(self.labels), bool) if inside is None else inside
        return figures(
            self.labels[chosen],
            self.chances[chosen],
            self.classes,
            self.positive,
            self.units[chosen],
            threshold[chosen] if threshold is not None else None,
        )


@dataclass(frozen=True)
class Pooled:
    """A cross-validation that is done: what was tested, the figures of each fold and of all."""

    tested: Tested
    folds: Sequence[Mapping[str, Any]]
    figures: Mapping[str, Any]


def spread(folds: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return mean, standard deviation (n - 1) and values of each figure over the folds.

    None where a fold has no value.
    """
    import statistics

    found = {}
    for name in SPREAD:
        values = [_known(fold.get(name)) for fold in folds]
        known = [value for value in values if value is not None]
        whole = len(known) == len(values)
        found[name] = {
            "mean": statistics.fmean(known) if whole else None,
            "standard_deviation": statistics.stdev(known) if whole else None,
            "folds": values,
        }
    return found


def _known(value: float | None) -> float | None:
    return None if value is None or value != value else value


def pool(folds: Folds, count: int) -> Pooled:
    """Put the test images of all folds together.

    Raises DataError where an image was tested twice or classes differ, ModelError for files that
    are none of a run.
    """
    tested = read(folds, count)
    made = [folds.run(fold).read_metrics().get("test", {}) for fold in range(1, count + 1)]
    return Pooled(tested, made, tested.figures())


def read(folds: Folds, count: int, group_by: str | None = None) -> Tested:
    """Read what each fold tested; `group_by` finds groups in the names, as `--group-by` does."""
    import numpy as np

    abouts = [folds.run(fold).read_record() for fold in range(1, count + 1)]
    classes, positive = tuple(abouts[0]["classes"]), abouts[0]["positive"]
    rows: list[list[str]] = []
    split: list[SplitRow] = []
    seen: dict[str, int] = {}
    for fold, about in enumerate(abouts, start=1):
        run = folds.run(fold)
        if tuple(about["classes"]) != classes or about["positive"] != positive:
            raise DataError(f"{run.path}: has other classes than {folds.run(1).path}")
        _require_alike(folds, fold, about, abouts[0])
        placed = {row.file: row for row in record.read_split(run.split, classes)}
        for row in tables.read(run.predictions, _columns(classes)):
            file = row["file"]
            if file in seen:
                raise DataError(f"{file}: was tested in fold {seen[file]} and in fold {fold}")
            if file not in placed:
                raise ModelError(f"{run.predictions}: {file} is no image of {run.split.name}")
            seen[file] = fold
            rows.append([*(row[name] for name in _columns(classes)), str(fold)])
            split.append(placed[file])
    if group_by is not None:
        split = images.grouped(split, group_by)
    labels, chances = _numbers(folds, rows, classes)
    named = [f"group {row.group}" if row.group else f"image {row.file}" for row in split]
    units = np.unique(np.array(named), return_inverse=True)[1]
    fold_of = np.array([seen[row.file] for row in split], np.int64)
    return Tested(classes, positive, rows, split, labels, chances, units, fold_of)


def _require_alike(
    folds: Folds, fold: int, about: Mapping[str, Any], first: Mapping[str, Any]
) -> None:
    """Raise DataError for a fold that began after a file that all are made from was changed."""
    pairs = {
        "spec": (about["spec_digest"], first["spec_digest"]),
        "corrections": tuple(
            (of["data"].get("corrections") or {}).get("digest") for of in (about, first)
        ),
    }
    for what, (its, of_first) in pairs.items():
        if its != of_first:
            run = folds.run(fold).path
            raise DataError(
                f"{run}: began with another {what} than {folds.run(1).path}",
                hint=f"The file was changed in between. Put it back, remove {run}, and go on: "
                f"cnncli crossval --resume {folds.path}",
            )


def _columns(classes: Sequence[str]) -> list[str]:
    return ["file", "label", "predicted", "probability", *(f"p_{name}" for name in classes)]


def _numbers(
    folds: Folds, rows: Sequence[Sequence[str]], classes: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Return labels (N) and probabilities (N x C, float64) of rows of predictions."""
    import numpy as np

    place = {name: number for number, name in enumerate(classes)}
    try:
        labels = np.array([place[row[1]] for row in rows], np.int64)
        chances = np.array([[float(value) for value in row[4:-1]] for row in rows])
    except (KeyError, ValueError) as error:
        raise ModelError(f"{folds.path}: predictions of no run of these classes: {error}") from None
    if not ((chances >= 0) & (chances <= 1)).all():
        raise ModelError(f"{folds.path}: the predictions of a fold hold what is no probability")
    return labels, chances.reshape(len(rows), len(classes))


def document(plan: Plan, pooled: Pooled) -> dict[str, Any]:
    """Return crossval.json of a cross-validation that is finished."""
    from cnncli.metrics import matrix

    return {
        **plan.document(),
        "state": "finished",
        "runs": [f"fold-{fold}" for fold in range(1, plan.folds + 1)],
        "positive": pooled.tested.positive,
        "over_folds": spread(pooled.folds),
        "pooled": matrix.bounded(dict(pooled.figures)),
    }
