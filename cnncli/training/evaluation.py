"""Evaluating a trained network: on the test part of its run, or on other images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cnncli.errors import UsageError
from cnncli.images.prepare import Target
from cnncli.training import finish, images, model_file, record
from cnncli.training.finish import Evaluation
from cnncli.training.hooks import Hooks
from cnncli.training.model_file import Trained
from cnncli.training.run_directory import RunDirectory


@dataclass(frozen=True)
class Evaluated:
    """An evaluation, of which network and images, and how many of them it was trained on."""

    trained: Trained
    data: str
    part: str | None
    evaluation: Evaluation
    seen: int = 0


def evaluate(model: str, data: str | None, hooks: Hooks) -> Evaluated:
    """Evaluate `model` on all images of `data`, or without it on the test part of its run."""
    trained = model_file.load(model)
    run = trained.run
    if data is None:
        if run is None:
            raise UsageError(
                f"{model}: evaluate it on what? A .keras file knows no images",
                hint="Name a folder: cnncli evaluate MODEL DATA",
            )
        return _own_test_part(trained, run, hooks)
    found = images.all_of(data, target(trained), trained.meaning.classes, hooks)
    with hooks.progress("Evaluating") as progress:
        made = finish.evaluate(trained, found, None, progress)
    return Evaluated(trained, data, None, made, _seen(run, [row.digest for row in found.rows]))


def target(trained: Trained) -> Target:
    """Return what images are brought to for a network."""
    meaning = trained.meaning
    return Target(*trained.input_shape, meaning.resize, meaning.value_range)


def _own_test_part(trained: Trained, run: RunDirectory, hooks: Hooks) -> Evaluated:
    about = run.read_record()
    rows = record.read_split(run.split)
    part = "test" if any(row.part == "test" for row in rows) else "validation"
    found = images.reload(about, rows, target(trained), None, hooks)
    with hooks.progress("Evaluating") as progress:
        group_by = about["data"]["split"]["group_by"]
        made = finish.evaluate(trained, found, part, progress, group_by)
    return Evaluated(trained, found.data, part, made)


def _seen(run: RunDirectory | None, digests: Sequence[str]) -> int:
    """Count the images that the run was trained on, by their content."""
    if run is None:
        return 0
    trained_on = {row.digest for row in record.read_split(run.split) if row.part == "train"}
    return sum(digest in trained_on for digest in digests)
