"""All that a report on a cross-validation is made of: its folds, and their test images together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from cnncli.reporting import material
from cnncli.reporting.material import Material, Predicted
from cnncli.runs.record import SplitRow
from cnncli.spec.model import Spec
from cnncli.tuning import measured
from cnncli.tuning.folds import Folds, Plan
from cnncli.tuning.measured import Crossed
from cnncli.tuning.pooled import spread


@dataclass(frozen=True)
class FoldsMaterial:
    """What the files of all folds say; `strata` is as of a run.

    The attributes that `Material` has, too, are those of all images together.
    """

    plan: Plan
    crossed: Crossed
    folds: Sequence[Material]
    about: str | None
    strata: Mapping[str, Any] | None = None

    @property
    def path(self) -> Path:
        return self.crossed.path

    @property
    def record(self) -> Mapping[str, Any]:
        """The record of the first fold: all have the same data, recipe and seed."""
        return self.folds[0].record

    @property
    def spec(self) -> Spec:
        return self.folds[0].spec

    @property
    def split(self) -> Sequence[SplitRow]:
        """All images, each in the test part."""
        return self.crossed.tested.split

    @property
    def classes(self) -> tuple[str, ...]:
        return self.crossed.tested.classes

    @property
    def positive(self) -> str | None:
        return self.crossed.tested.positive

    @property
    def part(self) -> str:
        return "test"

    @property
    def grouped(self) -> bool:
        return any(row.group for row in self.split)

    @property
    def figures(self) -> Mapping[str, Any]:
        return self.crossed.evaluation.figures

    @property
    def decided(self) -> bool:
        """Whether another threshold than one half decides in any fold."""
        return any(each is not None for each in self.crossed.decisions)

    @property
    def threshold_said(self) -> str:
        """The threshold, or those of the folds, and where they are from."""
        found = [each.threshold for each in self.crossed.decisions if each is not None]
        values = [each["threshold"] for each in self.crossed.folds]
        rules = sorted({each.because for each in found})
        if min(values) == max(values):
            return f"{values[0]:g}" + (f" ({rules[0]})" if rules else "")
        how = ", ".join(["each fold its own", *rules])
        return f"{min(values):g} to {max(values):g} ({how})"

    @cached_property
    def predicted(self) -> Predicted:
        made, tested = self.crossed.evaluation, self.crossed.tested
        return Predicted(
            tested.split, tested.labels, made.predicted, tested.chances, tested.units,
            tested.fold_of,
        )  # fmt: skip

    @property
    def tested(self) -> Predicted:
        return self.predicted

    @cached_property
    def spread(self) -> Mapping[str, Mapping[str, Any]]:
        """Mean and standard deviation of each figure over the folds."""
        return spread(self.crossed.folds)


Subject = Material | FoldsMaterial


def read(path: Path, about: Path | None = None) -> FoldsMaterial:
    """Read a cross-validation that is finished; loads no TensorFlow.

    Raises ModelError for one that is not finished, or damaged.
    """
    crossed = measured.measure(path)
    folds = Folds(path)
    plan = folds.finished()
    made = [material.read(folds.run(fold).path) for fold in range(1, plan.folds + 1)]
    return FoldsMaterial(plan, crossed, made, material.read_about(path, about))
