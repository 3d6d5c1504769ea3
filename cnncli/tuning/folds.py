"""Cross-validation: the folder of its folds, what it was asked for, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli import files, json_text
from cnncli.errors import DataError, ModelError, UsageError
from cnncli.metrics.figures import figures
from cnncli.runs import record, tables
from cnncli.runs.directory import CROSSVAL, FINISHED, STOPPED_EARLY, RunDirectory, is_run
from cnncli.runs.kinds import TEXT, check, fields, listed, plain, whole

if TYPE_CHECKING:
    import numpy as np

SCHEMA = "cnncli.crossval/1"
MOST_FOLDS = 1000
# Figures of an evaluation of which the mean and the spread over folds are told.
SPREAD = (
    *("accuracy", "balanced_accuracy", "auc", "sensitivity", "specificity"),
    *("positive_predictive_value", "negative_predictive_value"),
    *("precision", "recall", "f1", "average_precision", "loss", "log_loss"),
)
# What a fold may hold whose beginning was cut short: no run yet.
BEGUN = ("spec.yaml", "split.csv", "log.txt", ".lock")
# Options that cross-validation says itself, or that would reach beyond its folder.
OURS = ("--out", "--force", "--resume", "--data", "--fold", "--folds", "--split", "--split-from")

_KIND = fields(
    {
        "folds": whole(least=2, most=MOST_FOLDS),
        "data": TEXT,
        "options": listed(
            plain("an option of train", str, where=lambda word: word.startswith("--")
                  and word.partition("=")[0] not in OURS)
        ),
        "folder": TEXT,
        "threads": whole(least=1, most=100_000),
    }
)  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """What is asked of every fold: DATA and options of `train`, from the folder `folder` on."""

    folds: int
    data: str
    options: tuple[str, ...]
    folder: str
    threads: int

    def document(self) -> dict[str, Any]:
        """Return it as crossval.json begins."""
        return {"schema": SCHEMA, **vars(self), "options": list(self.options)}


@dataclass(frozen=True)
class Folds:
    """The folder of a cross-validation, and the names in it; scripts rely on them."""

    path: Path

    @property
    def record(self) -> Path:
        return self.path / CROSSVAL

    @property
    def predictions(self) -> Path:
        return self.path / "predictions.csv"

    def run(self, fold: int) -> RunDirectory:
        """Where a fold is kept, which count from 1."""
        return RunDirectory(self.path / f"fold-{fold}")

    def is_done(self, fold: int) -> bool:
        """Whether a fold has come to its end."""
        run = self.run(fold)
        return is_run(run.path) and run.read_record()["state"] in (FINISHED, STOPPED_EARLY)

    def begin(self, plan: Plan) -> None:
        """Make the folder; UsageError where something is there."""
        if self.path.exists() and (not self.path.is_dir() or any(self.path.iterdir())):
            resume = f"cnncli crossval --resume {self.path}" if self.record.exists() else None
            raise UsageError(
                f"{self.path}: exists and is not an empty folder",
                hint=f"Go on with it: {resume}" if resume else "Choose another --out.",
            )
        self.path.mkdir(parents=True, exist_ok=True)
        self.write({**plan.document(), "state": "begun"})

    def write(self, document: Mapping[str, Any]) -> None:
        """Write crossval.json, whole."""
        files.write_text(self.record, json_text.dumps(dict(document), indent=2) + "\n")

    def plan(self) -> Plan:
        """Return what was asked for; ModelError where crossval.json is not there, or not ours."""
        try:
            said = json.loads(self.record.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise ModelError(f"{self.path}: holds no {CROSSVAL}") from error
        except (ValueError, RecursionError) as error:
            raise ModelError(f"{self.record}: not readable as JSON ({error})") from error
        check(self.record, said, _KIND)
        names = ("folds", "data", "folder", "threads")
        return Plan(options=tuple(said["options"]), **{name: said[name] for name in names})

    def clear(self, fold: int) -> None:
        """Remove what is left of a fold that was killed before it was a run."""
        import shutil

        place = self.run(fold).path
        if not place.exists() or is_run(place):
            return
        kept = [each.name for each in place.iterdir() if each.name not in BEGUN]
        if any(not name.startswith(".") for name in kept):
            raise ModelError(f"{place}: is no run, and holds {kept[0]}", hint="Move it away.")
        shutil.rmtree(place)


def is_crossval(path: Path) -> bool:
    """Whether a folder holds a cross-validation."""
    return (path / CROSSVAL).is_file()


@dataclass(frozen=True)
class Pooled:
    """The test images of all folds: predictions.csv, and the figures of each fold and of all."""

    classes: tuple[str, ...]
    positive: str | None
    rows: Sequence[Sequence[str]]
    folds: Sequence[Mapping[str, Any]]
    figures: Mapping[str, Any]

    def spread(self) -> dict[str, dict[str, Any]]:
        """Return mean, standard deviation (n - 1) and values of each figure over the folds.

        NaN where a fold has no value, or there is one fold.
        """
        import statistics

        found = {}
        for name in SPREAD:
            values = [fold.get(name) for fold in self.folds]
            known = [value for value in values if value is not None]
            whole = len(known) == len(values)
            found[name] = {
                "mean": statistics.fmean(known) if whole else None,
                "standard_deviation": statistics.stdev(known) if whole else None,
                "folds": values,
            }
        return found

    def csv(self) -> str:
        """Return predictions.csv of all images, with the fold that tested each."""
        names = (f"p_{name}" for name in self.classes)
        header = ("file", "label", "predicted", "probability", *names, "fold")
        return record.to_csv([header, *self.rows])


def pool(folds: Folds, count: int) -> Pooled:
    """Put the test images of all folds together.

    Raises DataError where an image was tested twice or classes differ, ModelError for files that
    are none of a run.
    """
    import numpy as np

    abouts = [folds.run(fold).read_record() for fold in range(1, count + 1)]
    classes, positive = tuple(abouts[0]["classes"]), abouts[0]["positive"]
    rows: list[list[str]] = []
    groups: list[str] = []
    seen: dict[str, int] = {}
    for fold, about in enumerate(abouts, start=1):
        run = folds.run(fold)
        if tuple(about["classes"]) != classes or about["positive"] != positive:
            raise DataError(f"{run.path}: has other classes than {folds.run(1).path}")
        group_of = {row.file: row.group for row in record.read_split(run.split, classes)}
        columns = ["file", "label", "predicted", "probability", *(f"p_{c}" for c in classes)]
        for row in tables.read(run.predictions, columns):
            file = row["file"]
            if file in seen:
                raise DataError(f"{file}: was tested in fold {seen[file]} and in fold {fold}")
            seen[file] = fold
            rows.append([*(row[name] for name in columns), str(fold)])
            group = group_of.get(file)
            groups.append(f"group {group}" if group else f"image {file}")
    labels, chances = _numbers(folds, rows, classes)
    units = np.unique(np.array(groups), return_inverse=True)[1]
    made = [folds.run(fold).read_metrics().get("test", {}) for fold in range(1, count + 1)]
    return Pooled(classes, positive, rows, made, figures(labels, chances, classes, positive, units))


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
    return labels, chances.reshape(len(rows), len(classes))


def document(plan: Plan, pooled: Pooled) -> dict[str, Any]:
    """Return crossval.json of a cross-validation that is finished."""
    from cnncli.metrics import matrix

    return {
        **plan.document(),
        "state": "finished",
        "runs": [f"fold-{fold}" for fold in range(1, plan.folds + 1)],
        "positive": pooled.positive,
        "over_folds": pooled.spread(),
        "pooled": matrix.bounded(dict(pooled.figures)),
    }
