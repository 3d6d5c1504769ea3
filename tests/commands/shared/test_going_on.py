"""What a run that is done can be followed by."""

from __future__ import annotations

from pathlib import Path

from cnncli.commands.shared.going_on import longer
from cnncli.runs.directory import RunDirectory
from cnncli.training.job import Outcome
from cnncli.tuning.folds import Folds, Plan


def outcome(path: Path, kind: str = "falling") -> Outcome:
    return Outcome(RunDirectory(path), "finished", {"epochs": 3, "curves": {"kind": kind}})


def test_a_run_goes_on_for_twice_its_epochs(tmp_path: Path):
    run = tmp_path / "run"
    assert longer(outcome(run)) == f"cnncli train --resume {run} --epochs 6"
    assert longer(outcome(run, "rate is zero")) is None


def test_a_fold_trains_no_longer_than_the_others(tmp_path: Path):
    place = Folds(tmp_path / "cv")
    place.begin(Plan(5, "data", (), str(tmp_path), 1))
    assert longer(outcome(place.run(2).path)) is None
