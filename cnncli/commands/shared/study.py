"""A study from what was asked for to the last word of `tune`."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import typer

from cnncli import console
from cnncli.commands.shared.data_options import (
    Division,
    Source,
    background,
    look,
    refuse_two_groupings,
    value_range,
)
from cnncli.commands.shared.progress import Progress, progress
from cnncli.commands.shared.training_descent import with_parent
from cnncli.commands.shared.training_request import PATHS, NewRun, Recipe
from cnncli.errors import CnncliError, Terminated

if TYPE_CHECKING:
    from cnncli.spec.model import Spec
    from cnncli.tuning import tune as core
    from cnncli.tuning.asking import Asking, Trial
    from cnncli.tuning.studies import Plan, Study


def spec_with(data: str, options: Mapping[str, Any]) -> Callable[[Sequence[str]], Spec]:
    """Return a function that makes the spec of a trial of its values, as PATH=VALUE.

    Without values it tells what options change; with some it tells nothing.
    """
    given = {each.name: options[each.name] for each in fields(Recipe) if each.name in options}
    wanted = NewRun(Source(data), Division(), Recipe(**given), init=options["init"])
    recipe = with_parent(wanted)[0].recipe
    trial = replace(recipe, set_=None)

    def spec(values: Sequence[str]) -> Spec:
        if not values:
            return recipe.spec()
        quiet, console.settings.quiet = console.settings.quiet, True
        try:
            return replace(trial, varied=[*(recipe.set_ or ()), *values]).spec()
        finally:
            console.settings.quiet = quiet

    return spec


def beaten_by(options: Mapping[str, Any]) -> dict[str, str]:
    """Return the options that were given and beat a path of the spec, by that path."""
    optimizer = "training.optimizer"
    paths = {**PATHS, "early_stopping": "training.callbacks"}
    given = {
        path: "--" + name.replace("_", "-")
        for name, path in paths.items()
        if options[name] not in (None, [])
    }
    return given if options["learning_rate"] is None else {**given, optimizer: "--learning-rate"}


def look_closely(data: str, options: Mapping[str, Any]) -> None:
    """Tell faults once that every trial would tell: images, options that name or divide them."""
    from cnncli.data import split_table
    from cnncli.training import initial

    look(data, options)
    Division(**{each.name: options[each.name] for each in fields(Division)}).options()
    value_range(options["range_"])
    background(options["background"])
    refuse_two_groupings(options["group_by"], options["group_column"])
    if options["split_from"] is not None:
        split_table.read(split_table.path_of(options["split_from"]))
    if options["init"] is not None:
        initial.check(options["init"])


def all_trials(study: Study, plan: Plan, jobs: int) -> dict[str, Any]:
    """Run the trials that are not done, evaluate the best, write all files of the study."""
    from cnncli.runs.directory import RunDirectory, lock
    from cnncli.tuning import tune as core

    with lock(RunDirectory(study.path)):
        try:
            with _counted(plan) as count:
                asking = core.run_all(study, plan, jobs, _hooks(plan, count))
            return _finished(study, plan, asking)
        except (KeyboardInterrupt, Terminated):
            console.say(f"Go on with:\n  {study.resume}")
            raise
        except CnncliError as error:
            if not core.discard(study):
                raise
            console.error(error)
            raise typer.Exit(error.exit_code) from None


class _Count:
    """Shows how many trials have ended of those that were to come when this began."""

    def __init__(self, plan: Plan, show: Progress) -> None:
        self._trials, self._show = plan.trials, show
        self._first: int | None = None

    def began(self, number: int) -> None:
        if self._first is None:
            self._first = number
            self._show(0, self._trials - number + 1)

    def ended(self, number: int) -> None:
        if self._first is not None and number >= self._first:
            self._show(number - self._first + 1, self._trials - self._first + 1)


@contextlib.contextmanager
def _counted(plan: Plan) -> Iterator[_Count]:
    """Show a bar below the lines of the trials on a terminal; elsewhere these lines count."""
    if not console.is_lively(sys.stderr):
        yield _Count(plan, lambda done, total: None)
        return
    with progress("Training trials") as show:
        yield _Count(plan, show)


def _hooks(plan: Plan, count: _Count) -> core.Hooks:
    from cnncli.tuning import tune as core

    def began(trial: Trial) -> None:
        count.began(trial.number)
        console.note(f"Trial {trial.number} of {plan.trials}: {_values(trial)}")

    def ended(trial: Trial, is_best: bool) -> None:
        count.ended(trial.number)
        console.note(f"Trial {trial.number} of {plan.trials}: {_how(trial, plan, is_best)}")

    return core.Hooks(
        began, ended, said=lambda number, line: console.say(f"trial {number}: {line}")
    )


def _values(trial: Trial) -> str:
    from cnncli.tuning.vary import short_names, text

    names = short_names(list(trial.values))
    pairs = zip(names, trial.values.values(), strict=True)
    return ", ".join(
        f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {text(value)}"
        for name, value in pairs
    )


def _how(trial: Trial, plan: Plan, is_best: bool) -> str:
    """Return how a trial ended, in words."""
    ended = trial.ended
    assert ended is not None
    if ended.value is None:
        return f"failed: {ended.why}"
    said = f"{plan.metric} {ended.value:.4g}"
    if ended.state == "pruned":
        return f"pruned after epoch {len(ended.values)}, {said}"
    return f"{said} in epoch {ended.epoch}" + (", the best so far" if is_best else "")


def _finished(study: Study, plan: Plan, asking: Asking) -> dict[str, Any]:
    from cnncli.commands.shared.training_hooks import hooks
    from cnncli.render.pictures.study import draw_history, draw_parallel
    from cnncli.training.testing import test_once
    from cnncli.tuning import trials

    tried = asking.trials()
    best = trials.finish(study, plan, tried)
    metrics = test_once(study.run(best.number), hooks())
    document = trials.document(study, plan, tried, asking.importances(), metrics)
    draw_history(document, study.history)
    draw_parallel(document, study.parallel)
    study.write(document)
    return document


def tell(study: Study, document: Mapping[str, Any], *, as_json: bool) -> None:
    """Print the table of the trials, what mattered, and how the best one did in the test."""
    from cnncli.render.terminal.evaluation import headline
    from cnncli.render.terminal.table import show
    from cnncli.render.terminal.tune import lines, table

    if as_json:
        console.json_result(document)
        return
    if console.settings.quiet:
        console.result(str(study.path))
        return
    show(table(document))
    console.result("")
    for line in lines(document):
        console.result(line, folds=True)
    if document["test"] is not None:
        console.result(f"Test, of the best alone: {headline(document['test'])}", folds=True)
    console.note(f"Train it again: cnncli train {document['data']} --arch {study.best}")
    console.result(str(study.path))
