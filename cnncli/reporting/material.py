"""All that a report is made of: the files of one finished run, read with care."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli.errors import ModelError, UsageError
from cnncli.metrics import deciding, figures
from cnncli.network import several
from cnncli.runs import record, tables, threshold, trained_file
from cnncli.runs.directory import FINISHED, STOPPED_EARLY, RunDirectory, is_run, resume_command
from cnncli.runs.listing import unfinished
from cnncli.runs.record import SplitRow
from cnncli.runs.threshold import Threshold
from cnncli.runs.trained import Meaning
from cnncli.spec import load_file
from cnncli.spec.model import Spec

if TYPE_CHECKING:
    import numpy as np

MOST_ABOUT = 100_000  # bytes of about.md
KEPT = ("accuracy", "accuracy_interval", "auc", "auc_interval")


@dataclass(frozen=True)
class Predicted:
    """The predictions of a part: `labels` and `predicted` are places of classes (N, int64).

    `chances` is N x C, float64; `folds` has the fold of each, of a cross-validation (N).
    """

    rows: Sequence[SplitRow]
    labels: np.ndarray
    predicted: np.ndarray
    chances: np.ndarray
    units: np.ndarray
    folds: np.ndarray | None = None

    @property
    def files(self) -> list[str]:
        return [row.file for row in self.rows]


@dataclass(frozen=True)
class Material:
    """What the files of a run say; `about` is the user's text on its use, None where none is.

    `strata` is what `reporting.strata.found` returns, where strata were asked for.
    """

    run: RunDirectory
    record: Mapping[str, Any]
    metrics: Mapping[str, Any]
    history: Sequence[Mapping[str, float]]
    split: Sequence[SplitRow]
    spec: Spec
    meaning: Meaning | None
    about: str | None
    strata: Mapping[str, Any] | None = None

    @property
    def path(self) -> Path:
        return self.run.path

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(self.record["classes"])

    @property
    def positive(self) -> str | None:
        """The positive class, of two."""
        said: str | None = self.record["positive"]
        return said if len(self.classes) == 2 else None

    @property
    def part(self) -> str | None:
        """The part that the figures are of: the test part; without one validation, or none."""
        return next((name for name in ("test", "validation") if name in self.metrics), None)

    @cached_property
    def kept_threshold(self) -> Threshold | None:
        """The threshold that is kept in the run; ModelError for one of another class."""
        threshold.of_network(self.run, self.positive)
        return threshold.read(self.run)

    @property
    def threshold(self) -> float | None:
        """The threshold that decides between two classes; None for one half."""
        return self.kept_threshold.value if self.kept_threshold is not None else None

    @property
    def decided(self) -> bool:
        """Whether another threshold than one half decides."""
        return self.threshold is not None

    @property
    def threshold_said(self) -> str:
        """That threshold, and where it is from."""
        kept = self.kept_threshold
        return f"{deciding.HALF:g}" if kept is None else f"{kept.value:g} ({kept.because})"

    @cached_property
    def predicted(self) -> Predicted | None:
        """The predictions of that part; None where the run does not keep them."""
        return self.predictions(self.part) if self.part is not None else None

    def predictions(self, part: str) -> Predicted | None:
        """Return the predictions of the test part, or of validation; None where none are kept."""
        places = {"test": self.run.predictions, "validation": self.run.validation_predictions}
        return _predictions(self, places[part], part) if places[part].exists() else None

    @property
    def tested(self) -> Predicted | None:
        """The predictions of the test part; None of a run without one."""
        return self.predicted if self.part == "test" else None

    @cached_property
    def figures(self) -> Mapping[str, Any]:
        """The figures of that part, from its predictions; those of metrics.json without them."""
        made = self.predicted
        if made is not None:
            return figures.figures(
                made.labels, made.chances, self.classes, self.positive, made.units, self.threshold
            )
        if self.part is None:
            return {}
        kept = {name: self.metrics[self.part].get(name) for name in KEPT}
        return {**kept, "images": len(self.of_part(self.part)), "groups": None}

    def of_part(self, part: str) -> list[SplitRow]:
        """Return the images of a part."""
        return [row for row in self.split if row.part == part]

    @property
    def grouped(self) -> bool:
        """Whether images of one patient, plant or day were kept together."""
        return any(row.group for row in self.split)


def read(path: Path, about: Path | None = None) -> Material:
    """Read a finished run; loads no TensorFlow.

    Raises UsageError for what is no run, ModelError for one that is not finished or damaged.
    """
    if (together := several.told(path, RunDirectory.MODEL)) is not None:
        raise UsageError(f"{path}: {together[0]}", hint=together[1])
    if not is_run(path):
        raise UsageError(
            f"{path}: holds no run.json, so it is no run",
            hint="A report is made of the folder of a run, or of the DIR of `cnncli crossval`.",
        )
    run = RunDirectory(path)
    said = run.read_record()
    not_done = unfinished(run)
    if not_done is not None or said["state"] not in (FINISHED, STOPPED_EARLY):
        raise ModelError(
            f"{(not_done or '').partition(':')[0]}: a report is of a finished run",
            hint=f"Finish it first: {resume_command(path)}",
        )
    history = path / "history.csv"
    made = Material(
        run,
        said,
        run.read_metrics(),
        tables.numbers(history, ("epoch", "loss")) if history.exists() else [],
        record.read_split(run.split, said["classes"]),
        load_file(run.spec),
        trained_file.read_meaning(run.model) if run.model.exists() else None,
        read_about(path, about),
    )
    _ = made.predicted  # what is wrong with it is said before anything is loaded
    return made


def read_about(folder: Path, file: Path | None) -> str | None:
    """Return the text of a file, else of about.md in a folder; None where there is none."""
    place = file or folder / "about.md"
    if file is None and not place.exists():
        return None
    try:
        if place.stat().st_size > MOST_ABOUT:
            raise UsageError(f"{place}: longer than {MOST_ABOUT:,} bytes, which is no short text")
        text = place.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise UsageError(f"{place}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{place}: not text in UTF-8") from error
    return text or None


def _predictions(of: Material, path: Path, part: str) -> Predicted:
    """Read the predictions of a part; ModelError where they do not fit split.csv.

    The classes are those by the threshold of now, which may have been chosen since.
    """
    import numpy as np

    classes = of.classes
    columns = [f"p_{name}" for name in classes]
    found = tables.read(path, ("file", "label", "predicted", *columns))
    by_file = {row.file: row for row in of.of_part(part)}
    place = {name: number for number, name in enumerate(classes)}
    for number, row in enumerate(found, start=1):
        if row["file"] not in by_file:
            raise ModelError(f"{path}: row {number}: {row['file']} is no {part} image of split.csv")
        for column in ("label", "predicted"):
            if row[column] not in place:
                raise ModelError(f"{path}: row {number}: the run has no class {row[column]!r}")
    try:
        chances = np.array([[float(row[name]) for name in columns] for row in found], np.float64)
    except ValueError as error:
        raise ModelError(f"{path}: {error}") from error
    chances = chances.reshape(len(found), len(classes))
    if not all(map(math.isfinite, chances.ravel())) or ((chances < 0) | (chances > 1)).any():
        raise ModelError(f"{path}: holds what is no probability")
    rows = [by_file[row["file"]] for row in found]
    numbers: dict[tuple[str, bool], int] = {}
    keys = [(row.group, True) if row.group else (row.file, False) for row in rows]
    return Predicted(
        rows,
        np.array([place[row["label"]] for row in found], np.int64),
        deciding.decide(chances, place.get(of.positive or ""), of.threshold),
        chances,
        np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.int64),
    )
