"""Evaluating a trained network: on the test part of its run, or on other images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cnncli.data import classing, units
from cnncli.data.classing import PLAIN
from cnncli.data.index import Index
from cnncli.data.labels import Labels
from cnncli.errors import DataError, UsageError
from cnncli.images.prepare import Target
from cnncli.network.preparation import Preparation
from cnncli.runs import model_file, record
from cnncli.runs.directory import RunDirectory
from cnncli.runs.trained import Trained
from cnncli.training import doubts, finish, images
from cnncli.training.finish import Evaluation
from cnncli.training.hooks import Hooks


@dataclass(frozen=True)
class Evaluated:
    """An evaluation, of which network and images, and how many of them it was trained on."""

    trained: Trained
    data: str
    part: str | None
    evaluation: Evaluation
    seen: int = 0


@dataclass(frozen=True)
class Request:
    """What is asked of `evaluate`: `data` are other images, `moved` is where a run's own are now.

    `classes` names the outputs of a file that does not know their names, `preparation` says how
    it is fed and read; `group_by` finds the groups of images in their names, where the run's own
    pattern does not.
    """

    model: str
    data: str | None = None
    labels: Labels | None = None
    moved: str | None = None
    classes: Sequence[str] = ()
    preparation: Preparation = field(default_factory=Preparation)
    group_by: str | None = None


def evaluate(request: Request, hooks: Hooks) -> Evaluated:
    """Evaluate a network on all images of `data`, or without it on the test part of its run."""
    model, data = request.model, request.data
    found = _listed(request) if data is not None else None
    trained = model_file.load(model, request.classes, request.preparation)
    for note in trained.notes:
        hooks.note(note)
    if trained.doubt is not None:
        hooks.warn(trained.doubt)
    run = trained.run
    if data is None or found is None:
        if run is None:
            raise UsageError(
                f"{model}: evaluate it on what? A file knows no images",
                hint="Name a folder: cnncli evaluate MODEL DATA",
            )
        return _own_test_part(trained, run, request, hooks)
    _check_classes(found, trained)
    pattern = request.group_by or _pattern_of(run, found, hooks)
    read = images.all_of(found, target(trained), trained.meaning.classes, hooks, pattern)
    with hooks.progress("Evaluating") as progress:
        made = finish.evaluate(trained, read, None, progress)
    known = doubts.trained_on(run)
    return Evaluated(trained, data, None, made, sum(row.digest in known for row in read.rows))


def _listed(request: Request) -> Index:
    """List other images, with folders joined and classes merged as the run had it."""
    assert request.data is not None
    _, run = model_file.find(request.model)
    how = PLAIN
    if run is not None and run.record.exists():
        how = classing.recorded(run.read_record()["data"]["options"])
    return classing.find(request.data, request.labels, how, strict=False)


def _check_classes(found: Index, trained: Trained) -> None:
    classes = trained.meaning.classes
    unknown = [label for label in found.classes if label not in classes]
    if unknown:
        hint = f"It tells {', '.join(classes)} apart."
        if not trained.is_named:
            hint += " Say in their order what these are: --classes NAME,NAME,..."
        raise DataError(f"{found.name}: the network knows no class {', '.join(unknown)}", hint=hint)


def target(trained: Trained) -> Target:
    """Return what images are brought to for a network."""
    meaning = trained.meaning
    return Target(*trained.input_shape, meaning.resize, meaning.value_range, meaning.background)


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
    trained: Trained, run: RunDirectory, request: Request, hooks: Hooks
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
    if request.group_by is not None:
        rows = images.grouped(rows, request.group_by)
    found = images.reload(about, rows, target(trained), request.moved, hooks)
    with hooks.progress("Evaluating") as progress:
        made = finish.evaluate(trained, found, part, progress)
    return Evaluated(trained, found.data, part, made)
