"""A run from its request or its directory to the last word of `train`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from cnncli import console
from cnncli.commands.shared.training_descent import taken_over, with_parent
from cnncli.errors import ExitCode, Terminated

if TYPE_CHECKING:
    from cnncli.commands.shared.training_request import NewRun
    from cnncli.runs.directory import RunDirectory
    from cnncli.training.begin import Request
    from cnncli.training.cluster.workers import Workers
    from cnncli.training.images import Images
    from cnncli.training.job import Outcome, Wishes
    from cnncli.training.signals import Stopped


@dataclass(frozen=True)
class Again:
    """How to go on with a run: with what behind --resume RUN, and on whom beside this process."""

    options: str = ""
    where: str = ""

    def said(self, run: Path, begin: str = "Go on with") -> str:
        from cnncli.runs.directory import resume_command

        return f"{begin}{self.where}:\n  {resume_command(run)}{self.options}"


ALONE = Again()


def asked_for(wanted: NewRun, wishes: Wishes) -> Request:
    """Return a new run as the core is asked for it."""
    with _nothing_kept():
        return request_of(wanted, wishes)


def request_of(wanted: NewRun, wishes: Wishes) -> Request:
    """Return the same for a worker, which does not tell alone of an interruption."""
    wanted, parent = with_parent(wanted)
    request = wanted.request(wishes.command)
    return request if parent is None else taken_over(request, parent, wanted)


def new_run(
    request: Request, wishes: Wishes, workers: Workers | None = None, again: Again = ALONE
) -> Outcome:
    """Begin the run that was asked for, and train it to its end."""
    from cnncli.commands.shared.training_hooks import hooks
    from cnncli.training.begin import begin

    with _nothing_kept():
        run, images = begin(request, hooks(), workers)
    console.note(f"Training {request.spec.name} in {run.path}")
    return _carry_on(run, wishes, images, workers, again)


@contextlib.contextmanager
def _nothing_kept() -> Iterator[None]:
    """Tell who interrupts what comes before a run that there is none to go on with."""
    try:
        yield
    except KeyboardInterrupt:
        console.say("Interrupted before the run began: nothing was kept.")
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    except Terminated:
        console.say("Terminated before the run began: nothing was kept.")
        raise typer.Exit(ExitCode.TERMINATED) from None


def resumed(
    path: Path, wishes: Wishes, workers: Workers | None = None, again: Again = ALONE
) -> Outcome:
    """Go on with the run that stands there."""
    from cnncli.runs.directory import RunDirectory

    return _carry_on(RunDirectory(path), wishes, None, workers, again)


def _carry_on(
    run: RunDirectory, wishes: Wishes, images: Images | None, workers: Workers | None, again: Again
) -> Outcome:
    from cnncli.commands.shared.training_hooks import hooks
    from cnncli.training.job import carry_on
    from cnncli.training.signals import Stopped

    try:
        return carry_on(run, hooks(), wishes, images, workers)
    except Stopped as stop:
        console.say(f"{stopped(stop)} {again.said(run.path)}")
        raise typer.Exit(stop.exit_code) from None
    except (KeyboardInterrupt, Terminated):  # before the first step, or behind the last
        console.say(again.said(run.path))
        raise


def stopped(stop: Stopped) -> str:
    """Return where training was stopped, as a sentence."""
    phase = f" (phase {stop.phase})" if stop.phase is not None else ""
    return f"Stopped in epoch {stop.epoch}{phase}, after step {stop.step}."


def _longer(outcome: Outcome) -> str | None:
    """Return the command that trains on; None for a run that comes to no more by it."""
    from cnncli.runs.directory import crossval_of, study_of

    run, curves = outcome.run.path, outcome.metrics.get("curves")
    at_its_end = curves is not None and curves["kind"] in ("rate is zero", "not begun")
    if at_its_end or outcome.phases or (crossval_of(run) or study_of(run)) is not None:
        return None
    return _more(outcome)


def tell(outcome: Outcome, *, as_json: bool) -> None:
    """Say how a run came out; its directory is the result."""
    from cnncli.render.terminal.evaluation import summary_line

    run = outcome.run.path
    if outcome.already:
        console.note(f"{run}: {outcome.state} already, nothing was done. {_how_to_go_on(outcome)}")
    elif outcome.state == "stopped early":
        console.note(f"Stopped early: best epoch {outcome.metrics['best_epoch']}.")
    if as_json:
        about = {"schema": "cnncli.train/1", "run": str(run), "state": outcome.state}
        console.json_result({**about, **outcome.metrics})
        return
    curves = outcome.metrics.get("curves")
    if outcome.holds_test_back:
        console.note(f"The test part was not looked at. When you have chosen: {_test(run)}")
    for line in summary_line(outcome.metrics, _longer(outcome)):
        console.note(line)
    if curves is not None:
        console.note(f"{outcome.run.curves}: {curves['text']}.")
    console.result(str(run))


def _test(run: Path) -> str:
    return f"cnncli evaluate {run}"


def _how_to_go_on(outcome: Outcome) -> str:
    """Return what a run that is done can be followed by."""
    from cnncli.runs.directory import crossval_of, resume_command, study_of
    from cnncli.training.length import after_phases

    run = outcome.run.path
    if (above := crossval_of(run)) is not None:
        return f"It is a fold of {above}: {resume_command(run)}"
    if outcome.phases:
        return f"Begin another run from its weights: {after_phases(outcome.run)}"
    if study_of(run) is not None:
        return f"Begin another run from its weights: cnncli train DATA --init {run}"
    if outcome.state == "stopped early":
        return (
            "It had come to the end of its patience; more of that begins a new run from its "
            f"weights: cnncli train DATA --init {run} --early-stopping N"
        )
    return f"More epochs: {_more(outcome)}"


def _more(outcome: Outcome) -> str:
    return f"cnncli train --resume {outcome.run.path} --epochs {2 * outcome.metrics['epochs']}"
