"""Cross-validation: the folder of its folds, what it was asked for, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnncli.errors import ModelError
from cnncli.network.folds import CROSSVAL
from cnncli.runs.held import how_to_end
from cnncli.runs.kinds import NUMBER, TEXT, fields, listed, optional, whole
from cnncli.tuning.together import Together, options_of_train
from cnncli.words import counted

SCHEMA = "cnncli.crossval/1"
MOST_FOLDS = 1000
# Options that cross-validation says itself, or that would reach beyond its folder.
_OURS = ("--out", "--force", "--resume", "--data", "--fold", "--folds", "--split", "--split-from",
         "--no-test")  # fmt: skip

_ENDS = listed(optional(NUMBER), least=2, most=2)
_KIND = fields(
    {
        "folds": whole(least=2, most=MOST_FOLDS),
        "data": TEXT,
        "options": options_of_train(*_OURS),
        "folder": TEXT,
        "threads": whole(least=1, most=100_000),
    },
    {
        "pooled": fields(
            {},
            {
                **dict.fromkeys(("accuracy", "auc"), optional(NUMBER)),
                **dict.fromkeys(("accuracy_interval", "auc_interval"), _ENDS),
            },
        )
    },
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


class Folds(Together):
    """The folder of a cross-validation, and the names in it; scripts rely on them."""

    RECORD, KIND, COMMAND, NAME = CROSSVAL, _KIND, "crossval", "fold"

    @property
    def predictions(self) -> Path:
        return self.path / "predictions.csv"

    def begin(self, plan: Plan) -> None:
        """Make the folder; UsageError where something is there."""
        self.make({**plan.document(), "state": "begun"})

    def plan(self) -> Plan:
        """Return what was asked for; ModelError where crossval.json is not there, or not ours."""
        said = self.read()
        names = ("folds", "data", "folder", "threads")
        return Plan(options=tuple(said["options"]), **{name: said[name] for name in names})

    def pooled(self) -> Mapping[str, Any]:
        """Return the figures of all images together that crossval.json keeps; empty before."""
        found: Mapping[str, Any] = self.read().get("pooled", {})
        return found

    def finished(self) -> Plan:
        """Return the plan of a cross-validation that is done; ModelError for one that is not."""
        plan = self.plan()
        left = [fold for fold in range(1, plan.folds + 1) if not self.is_done(fold)]
        if left or not self.predictions.is_file():
            folds = f"{len(left)} of {counted(plan.folds, 'fold')}"
            what = folds if left else self.predictions.name
            raise ModelError(
                f"{self.path}: not finished: {what} still to come",
                hint=how_to_end(self.path, self.resume),
            )
        return plan


def is_crossval(path: Path) -> bool:
    """Whether a folder holds a cross-validation."""
    return (path / CROSSVAL).is_file()
