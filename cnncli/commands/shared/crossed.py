"""DIR of `crossval` where a command takes a run: what it answers, and what makes no sense of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli import console
from cnncli.errors import UsageError
from cnncli.network import folds
from cnncli.runs.directory import RunDirectory

if TYPE_CHECKING:
    from cnncli.commands.shared.evaluation_answers import Answer
    from cnncli.evaluation.strata import Finder
    from cnncli.evaluation.thresholds import Rule
    from cnncli.tuning.measured import Crossed

# Why an option makes no sense of the folds together.
ONE = "the folds are several networks, and each has tested images that the others were trained on"
OWN = "the networks of folds are cnncli's own, and say themselves what they take and tell apart"
TEMPERATURE = "a temperature belongs to one network"
SEVERAL = "no part of its images is unknown to all of its networks, to compare models on"
UNREAD = "no image is read: all stands in the predictions that its folds keep"


def is_crossval(source: str | Path) -> bool:
    """Whether DIR holds a cross-validation."""
    from cnncli.tuning.folds import is_crossval

    return is_crossval(Path(source))


def refuse(path: str | Path, given: Mapping[str, tuple[Any, str]]) -> None:
    """Raise UsageError for an option that was given and makes no sense of folds, with the reason.

    `given` maps each as it is typed to its value and the reason.
    """
    for typed, (value, why) in given.items():
        if value not in (None, False, [], ()):
            raise UsageError(
                f"{typed} is of one network, and {path} is a cross-validation: {why}",
                hint=folds.hint(Path(path), RunDirectory.MODEL),
            )


def evaluate(
    path: Path,
    rule: Rule | None,
    group_by: str | None,
    strata: tuple[str | None, str | None, str | None],
    answer: Answer,
    *,
    keep: bool,
) -> None:
    """Answer `evaluate DIR`; `strata` are --by, --by-column, and where the images are now."""
    from cnncli.commands.shared.evaluation_example import OF_FOLDS, check
    from cnncli.evaluation.thresholds import noted
    from cnncli.render.terminal import crossval as render
    from cnncli.reporting.spread import lines
    from cnncli.tuning import measured
    from cnncli.tuning.pooled import spread

    found = measured.measure(path, rule, group_by)
    finder = _finder(found, *strata)
    tested = found.tested
    check(answer, tested.classes, tested.positive, strata=finder is not None, about=OF_FOLDS)
    _tell_thresholds(found)
    if keep:
        measured.keep(found)
        console.note(f"Wrote threshold.json of each fold: what is told of {path} obeys it.")
    measured.look(found, noted("evaluate", rule))
    over = spread(found.folds)
    about = {
        "schema": "cnncli.evaluate/1",
        "model": str(path),
        "data": found.data,
        "part": found.part,
        "positive": found.tested.positive,
        "folds": found.fold_documents(),
        "over_folds": over,
    }
    table = render.table(found.folds, found.evaluation.figures)
    answer.give(found, finder, about, table, lines(over, found.evaluation.figures))


def _tell_thresholds(found: Crossed) -> None:
    for fold, decision in enumerate(found.decisions, start=1):
        if decision is not None:
            console.note(f"Fold {fold}: {decision.said}")


def _finder(
    found: Crossed, by: str | None, by_column: str | None, moved: str | None
) -> Finder | None:
    from cnncli.evaluation.evaluate import Request
    from cnncli.evaluation.strata import finder
    from cnncli.tuning.folds import Folds

    first = Folds(found.path).run(1).path
    return finder(Request(str(first), moved=moved), by, by_column, found.tested.files)
