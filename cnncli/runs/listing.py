"""Runs side by side: read from their files, without TensorFlow."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from cnncli.errors import CnncliError, DataError, UsageError
from cnncli.runs import tables
from cnncli.runs.descent import line
from cnncli.runs.directory import FINISHED, STOPPED_EARLY, RunDirectory, is_run
from cnncli.runs.held import is_held
from cnncli.runs.keep import kept
from cnncli.words import counted

# What is sorted from the largest down; everything else from the smallest up.
LARGEST_FIRST = frozenset(("accuracy", "auc", "val_accuracy", "val_auc", "created"))
# Choosing a run by its test part would spoil that part: it must be asked for by this word.
TEST = "test_"
JUDGED = ("accuracy", "auc")


@dataclass(frozen=True)
class RunFacts:
    """A run in one line; None where it has not come to that yet. `seconds` is time in training.

    `descent` are the runs whose weights it comes from, the nearest first.
    """

    run: str
    state: str
    arch: str
    descent: Sequence[str]
    data: str
    images: int
    seed: int
    epochs: int
    best_epoch: int | None
    phase: str | None
    fold: str | None
    val_loss: float | None
    val_accuracy: float | None
    val_auc: float | None
    accuracy: float | None
    accuracy_interval: Sequence[float] | None
    auc: float | None
    auc_interval: Sequence[float] | None
    seconds: float | None
    created: str
    values: Mapping[str, Any] = field(default_factory=dict)  # that a trial of a study varies


def find(
    folder: Path, warn: Callable[[str], None], more: Sequence[RunFacts] = ()
) -> list[RunFacts]:
    """Return the runs in a folder (or the folder itself), by name, and what stands beside them.

    Of several, those whose files cannot be read are left out, and `warn` is told why. Raises
    DataError when there are none, ModelError when the only one cannot be read.
    """
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder", hint=where())
    if is_run(folder):
        return [facts(RunDirectory(folder))]
    found = list(more)
    for run in below(folder):
        try:
            found.append(facts(run))
        except CnncliError as error:
            warn(f"left out: {error.message}")
    if not found:
        raise DataError(f"{folder}: holds no runs", hint="Runs are made by `cnncli train DATA`.")
    return sorted(found, key=lambda each: natural(Path(each.run).name))


def where() -> str:
    """Say that the current folder holds runs, where it does, else what makes them."""
    with contextlib.suppress(OSError):  # a folder that may not be listed, or is gone
        if here := below(Path()):
            return f"The current folder holds {counted(len(here), 'run')}: name it as a dot (.)."
    return "Runs are made by `cnncli train DATA`."


def below(folder: Path) -> list[RunDirectory]:
    """Return the runs that stand in a folder, by name, `fold-10` behind `fold-9`."""
    places = sorted(folder.iterdir(), key=lambda each: natural(each.name))
    return [RunDirectory(place) for place in places if is_run(place)]


def natural(name: str) -> list[Any]:
    """Return what sorts `layers[10]` behind `layers[9]`."""
    import re

    return [(0, int(t), "") if t.isdigit() else (1, 0, t) for t in re.split(r"(\d+)", name)]


def facts(run: RunDirectory) -> RunFacts:
    """Return what a run's files say; ModelError when run.json cannot be read."""
    about = run.read_record()
    metrics = run.read_metrics() if run.metrics.is_file() else {}
    test, validation = metrics.get("test", {}), metrics.get("validation", {})
    history = read_history(run)
    best = kept(about, history)
    return RunFacts(
        run=str(run.path),
        state=_state(run, about),
        arch=str(about["name"]),
        descent=line(about),
        data=str(about["data"]["path"]),
        images=sum(about["data"]["images"].values()),
        seed=about["seed"],
        epochs=len(history),
        best_epoch=int(best["epoch"]) if best else None,
        phase=_phase(about, history),
        fold=_fold(about["data"]["split"]),
        val_loss=best.get("val_loss"),
        val_accuracy=validation.get("accuracy"),
        val_auc=validation.get("auc"),
        accuracy=test.get("accuracy"),
        accuracy_interval=test.get("accuracy_interval"),
        auc=test.get("auc"),
        auc_interval=test.get("auc_interval"),
        seconds=about["timings"].get("training"),
        created=about["created"],
    )


def _phase(about: Mapping[str, Any], history: Sequence[Mapping[str, float]]) -> str | None:
    """Return "1/2" of a run that came to the first of two phases so far; None without phases."""
    if "phases" not in about:
        return None
    now = history[-1].get("phase", 1) if history else 1
    return f"{now:.0f}/{len(about['phases'])}"


def _fold(split: Mapping[str, Any]) -> str | None:
    """Return "2/5" of a run whose test part is the second of five folds."""
    return f"{split['fold']}/{split['folds']}" if split.get("folds") else None


def unfinished(run: RunDirectory) -> str | None:
    """Say how far a run has come that is not done; None of one that is."""
    about = run.read_record()
    state = _state(run, about)
    if state in (FINISHED, STOPPED_EARLY):
        return None
    history = read_history(run)
    done = f"{len(history)} of {counted(about['epochs'], 'epoch')}"
    if (phase := _phase(about, history)) is not None:
        done += f", phase {phase}"
    return f"{run.path} is not finished ({state}, {done}): its best model so far is used."


def sort(found: Sequence[RunFacts], column: str) -> list[RunFacts]:
    """Sort runs by a column; what is not known comes last. UsageError for another column.

    "accuracy" and "auc" are those of the validation part; "test_accuracy" that of the test part.
    """
    names = [each.name for each in fields(RunFacts) if each.name != "values"]
    names += [f"{TEST}{name}" for name in JUDGED]
    if column not in names:
        raise UsageError(f"--sort {column}: no such column", hint=f"There are {', '.join(names)}.")
    column = f"val_{column}" if column in JUDGED else column.removeprefix(TEST)
    known = [one for one in found if getattr(one, column) is not None]
    known.sort(key=lambda one: getattr(one, column), reverse=column in LARGEST_FIRST)
    return [*known, *(one for one in found if getattr(one, column) is None)]


def read_history(run: RunDirectory) -> list[dict[str, float]]:
    """Return the rows of history.csv, none where no epoch is done."""
    if not run.history.exists():  # its first epoch is not done yet
        return []
    return tables.numbers(run.history, ("epoch",))


def _state(run: RunDirectory, about: Mapping[str, Any]) -> str:
    """Return the state; a run that trains holds its lock, and one that was killed does not."""
    said = str(about["state"])
    if said not in ("begun", "training"):
        return said
    return "training" if is_held(run.path) else "killed"
