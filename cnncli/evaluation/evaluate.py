"""Evaluating a trained network: on the test part of its run, or on other images."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from cnncli.data import classing, units
from cnncli.data.classing import PLAIN
from cnncli.data.index import Index
from cnncli.data.labels import Labels
from cnncli.errors import DataError, UsageError
from cnncli.evaluation import thresholds
from cnncli.evaluation.thresholds import Decision, Rule
from cnncli.network import runtimes
from cnncli.network.preparation import Preparation
from cnncli.runs import life, model_file, record, trained_file
from cnncli.runs.directory import RunDirectory
from cnncli.runs.trained import Meaning, Trained
from cnncli.training import finish, images, overlap
from cnncli.training.finish import Evaluation
from cnncli.training.hooks import Hooks

if TYPE_CHECKING:
    import numpy as np


class Measured(Protocol):
    """Figures on images: of what (`path`), what its classes are, and which images those are."""

    @property
    def path(self) -> Path: ...

    @property
    def meaning(self) -> Meaning: ...

    @property
    def data(self) -> str: ...

    @property
    def part(self) -> str | None: ...

    @property
    def evaluation(self) -> Evaluation: ...

    def threshold(self, inside: np.ndarray) -> float | np.ndarray | None:
        """Return the threshold that images are decided by; an array where each has its own."""
        ...


@dataclass(frozen=True)
class Evaluated:
    """An evaluation, of which network and images, and how many of them it was trained on.

    `tells` are the signs of that which the network tells; `seen` has 0 of the others.
    """

    trained: Trained
    data: str
    part: str | None
    evaluation: Evaluation
    seen: Counter[overlap.Kind | None] = field(default_factory=Counter)
    decision: Decision | None = None
    tells: tuple[overlap.Kind, ...] = overlap.KINDS

    @property
    def path(self) -> Path:
        return self.trained.path

    @property
    def meaning(self) -> Meaning:
        return self.trained.meaning

    def threshold(self, inside: np.ndarray) -> float | None:
        """Return the threshold of the network, which is the same for all images."""
        return self.meaning.threshold

    def trained_on(self, kind: overlap.Kind) -> int | None:
        """Return how many images it was trained on, by a sign; None where it does not tell."""
        return self.seen[kind] if kind in self.tells else None


@dataclass(frozen=True)
class Request:
    """What is asked of `evaluate`: `data` are other images, `moved` is where a run's own are now.

    `classes` names the outputs of a file that does not know their names, `preparation` says how
    it is fed and read; `group_by` finds the groups of images in their names, where the run's own
    pattern does not. `rule` is how a threshold is chosen, or None for the one that is kept;
    `found` are the images of `data`, where they are listed already. `command` is noted in the run
    with a look at its test part.
    """

    model: str
    data: str | None = None
    labels: Labels | None = None
    moved: str | None = None
    classes: Sequence[str] = ()
    preparation: Preparation = field(default_factory=Preparation)
    group_by: str | None = None
    rule: Rule | None = None
    found: Index | None = None
    command: str = "evaluate"


def evaluate(request: Request, hooks: Hooks) -> Evaluated:
    """Evaluate a network on all images of `data`, or without it on the test part of its run."""
    data = request.data
    path, run = model_file.find(request.model)
    found = listed(request, run)
    if not runtimes.is_exported(path):
        meaning = trained_file.read_meaning(path)
        if data is not None and meaning is not None:
            _check_classes(found, meaning.classes, is_named=True)
        if meaning is not None:
            thresholds.decide(request.rule, request.model, run, meaning)
        hooks.load_keras()  # what could be known without it is known
    trained = model_file.load(request.model, request.classes, request.preparation)
    for note in trained.notes:
        hooks.note(note)
    if trained.doubt is not None:
        hooks.warn(trained.doubt)
    decision = thresholds.decide(request.rule, request.model, run, trained.meaning)
    if decision is not None:
        hooks.note(decision.said)
        meaning = replace(trained.meaning, threshold=decision.threshold.value)
        trained = replace(trained, meaning=meaning)
    measured = _measured(request, trained, run, found, hooks)
    return replace(measured, decision=decision)


def _measured(
    request: Request, trained: Trained, run: RunDirectory | None, found: Index, hooks: Hooks
) -> Evaluated:
    """Measure a network that is loaded and knows its threshold."""
    data = request.data
    if data is None and run is not None:
        return _own_test_part(trained, run, found, request, hooks)
    assert data is not None
    _check_classes(found, trained.meaning.classes, is_named=trained.is_named)
    if run is not None and run.record.exists() and run.read_record()["data"].get("corrections"):
        hooks.note(
            f"{found.name}: classes as they stand there; the corrections of the run are of "
            "its own images"
        )
    pattern = request.group_by or _pattern_of(run, found, hooks)
    read = images.all_of(found, trained.target, trained.meaning.classes, hooks, pattern)
    with hooks.progress("Evaluating") as progress:
        made = finish.evaluate(trained, read, None, progress)
    before = overlap.known(run, trained.meaning)
    seen = Counter(overlap.seen(before, read.rows))
    return Evaluated(trained, data, None, made, seen, tells=before.kinds)


def listed(request: Request, run: RunDirectory | None) -> Index:
    """List the images to measure on, their classes as the run had them; reads none of them."""
    if request.found is not None:
        return request.found
    if request.data is not None:
        how = PLAIN
        if run is not None and run.record.exists():
            how = classing.recorded(run.read_record()["data"]["options"])
        return classing.find(request.data, request.labels, how, strict=False)
    if run is None:
        raise UsageError(
            f"{request.model}: evaluate it on what? A file knows no images",
            hint="Name a folder: cnncli evaluate MODEL DATA",
        )
    return images.listed(run.read_record(), request.moved)


def _check_classes(found: Index, classes: Sequence[str], *, is_named: bool) -> None:
    unknown = [label for label in found.classes if label not in classes]
    if unknown:
        hint = f"It tells {', '.join(classes)} apart."
        if not is_named:
            hint += " Say in their order what these are: --classes NAME,NAME,..."
        raise DataError(f"{found.name}: the network knows no class {', '.join(unknown)}", hint=hint)


def _pattern_of(run: RunDirectory | None, found: Index, hooks: Hooks) -> str | None:
    """Return what the images of the run were grouped by, where it finds groups in these, too."""
    if run is None or any(item.group for item in found.items):
        return None
    pattern: str | None = run.read_record()["data"]["split"]["group_by"]
    if pattern is None:
        return None
    try:
        units.groups([item.file for item in found.items], pattern)
    except UsageError:
        hooks.warn(
            f"the run's --group-by {pattern} matches none of these names: each image counts as "
            "independent of the others (another by --group-by REGEX)"
        )
        return None
    hooks.note(f"Groups of images by the run's --group-by {pattern}")
    return pattern


def _own_test_part(
    trained: Trained, run: RunDirectory, listed: Index, request: Request, hooks: Hooks
) -> Evaluated:
    about = run.read_record()
    rows = record.read_split(run.split, about["classes"])
    there = {row.part for row in rows}
    if not there & {"test", "validation"}:
        raise DataError(
            f"{run.path}: it has neither test nor validation images to be measured on",
            hint=f"Name others: cnncli evaluate {run.path} DATA",
        )
    part = "test" if "test" in there else "validation"
    if part == "validation" and request.rule is not None and request.rule.name != "threshold":
        hooks.warn("the threshold is chosen on the images that it is measured on")
    if request.group_by is not None:
        rows = images.grouped(rows, request.group_by)
    found = images.reload(about, rows, trained.target, listed, hooks)
    with hooks.progress("Evaluating") as progress:
        made = finish.evaluate(trained, found, part, progress)
    if part == "test":
        by = thresholds.noted(request.command, request.rule)
        life.look(run, len(made.files), by)
    return Evaluated(trained, found.data, part, made)
