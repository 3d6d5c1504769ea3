"""Cross-validation: the folder of its folds, what it was asked for, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnncli import files, json_text
from cnncli.errors import ModelError, UsageError
from cnncli.runs.directory import CROSSVAL, FINISHED, STOPPED_EARLY, RunDirectory, is_run
from cnncli.runs.kinds import NUMBER, TEXT, check, fields, listed, optional, plain, whole

SCHEMA = "cnncli.crossval/1"
MOST_FOLDS = 1000
# What a fold may hold whose beginning was cut short: no run yet.
BEGUN = ("spec.yaml", "split.csv", "log.txt", ".lock")
# Options that cross-validation says itself, or that would reach beyond its folder.
OURS = ("--out", "--force", "--resume", "--data", "--fold", "--folds", "--split", "--split-from")

_ENDS = listed(optional(NUMBER), least=2, most=2)
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
        said = self._read()
        names = ("folds", "data", "folder", "threads")
        return Plan(options=tuple(said["options"]), **{name: said[name] for name in names})

    def pooled(self) -> Mapping[str, Any]:
        """Return the figures of all images together that crossval.json keeps; empty before."""
        found: Mapping[str, Any] = self._read().get("pooled", {})
        return found

    def _read(self) -> dict[str, Any]:
        try:
            said = json.loads(self.record.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise ModelError(f"{self.path}: holds no {CROSSVAL}") from error
        except (ValueError, RecursionError) as error:
            raise ModelError(f"{self.record}: not readable as JSON ({error})") from error
        check(self.record, said, _KIND)
        return dict(said)

    def finished(self) -> Plan:
        """Return the plan of a cross-validation that is done; ModelError for one that is not."""
        plan = self.plan()
        left = [fold for fold in range(1, plan.folds + 1) if not self.is_done(fold)]
        if left or not self.predictions.is_file():
            what = f"fold {left[0]} of {plan.folds}" if left else self.predictions.name
            raise ModelError(
                f"{self.path}: not finished: {what} is still to come",
                hint=f"Go on with it: cnncli crossval --resume {self.path}",
            )
        return plan

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
