"""Several networks on the same images: which is better, and which differ only by chance?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli.data import classing
from cnncli.data.index import Index
from cnncli.data.labels import Labels
from cnncli.errors import DataError, UsageError
from cnncli.evaluation.evaluate import Evaluated, Request, evaluate
from cnncli.metrics import intervals, paired
from cnncli.metrics.delong import delong
from cnncli.runs import life, record
from cnncli.runs.directory import RunDirectory, is_run
from cnncli.training import images
from cnncli.training.hooks import Hooks

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Several:
    """Evaluations of the same images in the same order, and what each two of them differ by.

    `tied` are the places of the networks that cannot be told from the one of the highest accuracy,
    which is at `best`.
    """

    data: str
    part: str | None
    measured: tuple[Evaluated, ...]
    pairs: tuple[dict[str, Any], ...]
    best: int
    tied: frozenset[int]


def evaluate_several(
    models: Sequence[str], on: str, labels: Labels | None, group_by: str | None, hooks: Hooks
) -> Several:
    """Evaluate networks on a folder of images, or on the test part of a run."""
    if len(set(models)) < max(2, len(models)):
        raise UsageError("--on compares several models, each named once")
    run = RunDirectory(Path(on)) if is_run(Path(on)) else None
    if run is not None and labels is not None:
        raise UsageError(f"--labels: {on} is a run, and its images have their classes")
    found = _test_part(run) if run is not None else classing.find(on, labels, strict=False)
    measured = []
    for model in models:
        request = Request(model, found.data, None, group_by=group_by, found=found)
        measured.append(evaluate(request, hooks))
    if run is not None:
        life.look(run, len(found.items), "evaluate --on")
    first = measured[0].evaluation.files
    if any(each.evaluation.files != first for each in measured):
        raise DataError(f"{on}: the networks could not read the same images of it")
    numbers = min((each.evaluation.units for each in measured), key=lambda each: len(set(each)))
    pairs = tuple(_pair(one, other, numbers) for one, other in combinations(measured, 2))
    best = max(range(len(models)), key=lambda i: measured[i].evaluation.figures["accuracy"])
    part = "test" if run is not None else None
    return Several(found.data, part, tuple(measured), pairs, best, _tied(models, pairs, best))


def _test_part(run: RunDirectory) -> Index:
    """Return the images of the test part of a run, with their groups."""
    about = run.read_record()
    rows = record.read_split(run.split, about["classes"])
    groups = {row.file: row.group for row in rows if row.part == "test"}
    if not groups:
        raise DataError(f"{run.path}: it has no test images to compare on")
    found = images.listed(about, None)
    items = [item._replace(group=groups[item.file]) for item in found.items if item.file in groups]
    if len(items) < len(groups):
        missing = sorted(set(groups) - {item.file for item in items})
        raise DataError(f"{found.name}: {len(missing):,} images are gone, as {missing[0]}")
    return replace(found, items=tuple(items))


def _pair(one: Evaluated, other: Evaluated, numbers: np.ndarray) -> dict[str, Any]:
    """Return by how much two networks differ, and how likely chance alone does that.

    Exact McNemar's test where images are independent; where groups belong together, a permutation
    test of groups.
    """
    import numpy as np

    first, second = (_right(each) for each in (one, other))
    grouped = len(np.unique(numbers)) < len(numbers)
    return {
        "first": str(one.path),
        "second": str(other.path),
        "first_alone": int((first & ~second).sum()),
        "second_alone": int((second & ~first).sum()),
        "difference": float(first.mean() - second.mean()),
        "difference_interval": paired.difference_interval(first, second, numbers),
        "test": "permutation" if grouped else "mcnemar",
        "p_value": paired.permutation(first, second, numbers)
        if grouped
        else paired.mcnemar(first, second),
        **_auc(one, other, numbers, grouped=grouped),
    }


def _right(each: Evaluated) -> np.ndarray:
    return each.evaluation.labels == each.evaluation.predicted


def _auc(one: Evaluated, other: Evaluated, numbers: np.ndarray, *, grouped: bool) -> dict[str, Any]:
    """Return by how much the AUCs of the positive class differ; DeLong's p without groups alone."""
    positive = one.meaning.positive
    none: dict[str, Any] = dict.fromkeys(
        ("auc_difference", "auc_difference_interval", "auc_p_value")
    )
    if positive is None or positive != other.meaning.positive:
        return none
    truth, first = _scores(one, positive)
    _, second = _scores(other, positive)
    if truth.all() or not truth.any():
        return none
    found = delong(truth, first, second)
    drawn = intervals.bootstrap(numbers, 2 * intervals.pairs_of([truth]))
    return {
        "auc_difference": found.first - found.second,
        "auc_difference_interval": intervals.interval(
            intervals.auc_draws([truth], [first], drawn)
            - intervals.auc_draws([truth], [second], drawn)
        ),
        "auc_p_value": None if grouped else found.p_value,
    }


def _scores(each: Evaluated, positive: str) -> tuple[np.ndarray, np.ndarray]:
    place = each.meaning.classes.index(positive)
    made = each.evaluation
    return made.labels == place, made.probabilities[:, place]


def _tied(models: Sequence[str], pairs: Sequence[dict[str, Any]], best: int) -> frozenset[int]:
    """Return the places of networks that the best does not differ from, by Holm's correction."""
    places = list(combinations(range(len(models)), 2))
    with_best = [(set(place) - {best}, pair) for place, pair in zip(places, pairs, strict=True)
                 if best in place]  # fmt: skip
    corrected = paired.holm([pair["p_value"] for _, pair in with_best])
    return frozenset(
        place.pop()
        for (place, _), p_value in zip(with_best, corrected, strict=True)
        if p_value >= intervals.CHANCE
    )
