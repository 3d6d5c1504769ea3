"""`train` on several workers: how it is asked for, the meeting, and the process that watches."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cnncli import console
from cnncli.commands.shared.training_request import NewRun
from cnncli.errors import CnncliError, ExitCode, Terminated, UsageError

if TYPE_CHECKING:
    from cnncli.training.begin import Request
    from cnncli.training.cluster.meeting import Claims, Met
    from cnncli.training.cluster.place import Place
    from cnncli.training.cluster.voice import Voice
    from cnncli.training.cluster.workers import Workers
    from cnncli.training.job import Outcome, Wishes

JOIN_TIMEOUT = 300.0  # seconds
# What may differ between the machines of a cluster: paths, which spec and images stand behind.
_OWN = ("arch", "data", "labels", "source", "out", "force", "cache", "init", "split_from")

WorkersOption = Annotated[
    int | None,
    typer.Option(
        "--workers",
        min=1,
        metavar="N",
        help="Train in N processes of this machine, which share each batch.",
    ),
]
JoinTimeoutOption = Annotated[
    float | None,
    typer.Option(
        "--join-timeout",
        min=0,
        metavar="SECONDS",
        help="How long workers wait for each other at the start; else 300.",
    ),
]


@dataclass(frozen=True)
class Company:
    """This process is a worker among others."""

    place: Place
    voice: Voice
    timeout: float
    local: bool  # started by --workers

    @property
    def again(self) -> str:
        """What to add to --resume RUN, to go on with as many workers."""
        return f" --workers {self.place.count}" if self.local else ""


def company(workers: int | None, timeout: float | None) -> Company | None:
    """Return the company that this process is in; None where it trains alone.

    With `workers` they are started here, and the process that starts them ends with them.
    """
    from cnncli.training.cluster import local
    from cnncli.training.cluster.place import here
    from cnncli.training.cluster.voice import Voice

    place = here(os.environ)
    if place is not None and workers is not None:
        raise UsageError(
            "--workers starts workers on this machine, and TF_CONFIG or Slurm name "
            f"{place.count} already",
            hint="Leave --workers out to join these.",
        )
    several = place is not None or (workers is not None and workers > 1)
    if not several and timeout is not None:
        raise UsageError("--join-timeout does nothing without other workers")
    waiting = JOIN_TIMEOUT if timeout is None else timeout
    if place is not None:
        return Company(place, Voice(), waiting, local=False)
    if workers is None or workers == 1:
        return None
    started = local.start(workers)
    if isinstance(started, int):
        raise typer.Exit(started)
    return Company(*started, waiting, local=True)


def carried_out(
    wanted: NewRun | Path, wishes: Wishes, workers: int | None, timeout: float | None
) -> Outcome | None:
    """Train alone or as one of several: a new run, or the rest of the one that stands there.

    Returns what there is to tell; None for a worker that is not the chief.
    """
    from cnncli.commands.shared.training_run import asked_for, new_run, resumed

    joined = company(workers, timeout)
    if joined is not None:
        return train_together(joined, wanted, wishes)
    if isinstance(wanted, Path):
        return resumed(wanted, wishes)
    return new_run(asked_for(wanted, wishes), wishes)


def train_together(company: Company, wanted: NewRun | Path, wishes: Wishes) -> Outcome | None:
    """Train as one of several workers."""
    from cnncli.commands.shared.training_run import new_run, resumed
    from cnncli.training.cluster.workers import awaiting_the_guard

    if not company.place.is_chief:
        console.settings.quiet = True
    with _one_voice(company.voice):
        request, fault = _prepared(wanted, wishes)
        workers = _under_guard(company, _met(company, wanted, wishes, request, fault))
        with awaiting_the_guard(workers):
            if not company.place.is_chief:
                _follow(workers, request, wishes)
                return None
            if request is not None:
                return new_run(request, wishes, workers)
            assert isinstance(wanted, Path)
            return resumed(wanted, wishes, workers)


def _prepared(wanted: NewRun | Path, wishes: Wishes) -> tuple[Request | None, CnncliError | None]:
    """Return the request of a new run, or why there is none: the others must be told, too."""
    if isinstance(wanted, Path):
        return None, None
    from cnncli.commands.shared.training_run import request_of

    try:
        return request_of(wanted, wishes), None
    except CnncliError as fault:
        return None, fault


def _met(
    company: Company,
    wanted: NewRun | Path,
    wishes: Wishes,
    request: Request | None,
    fault: CnncliError | None,
) -> Met:
    from cnncli.training.cluster.meeting import meet

    claims = _claims(wanted, wishes, request, fault)
    try:
        return meet(company.place, claims, company.timeout, console.note)
    except CnncliError as refused:
        raise fault or refused from None


def _claims(
    wanted: NewRun | Path, wishes: Wishes, request: Request | None, fault: CnncliError | None
) -> Claims:
    from cnncli import spec as language
    from cnncli.runs.record import versions
    from cnncli.training.begin import spec_digest_of
    from cnncli.training.cluster.meeting import Claims

    return Claims(
        versions(),
        _arguments(wanted, wishes),
        spec_digest_of(language.dump(request.spec)) if request is not None else None,
        fault.message if fault is not None else None,
    )


def _arguments(wanted: NewRun | Path, wishes: Wishes) -> dict[str, str]:
    """Return what was asked for, by option, without what is a matter of each machine."""
    if isinstance(wanted, Path):
        said: dict[str, Any] = {"resume": "", "epochs": wishes.epochs}
    else:
        whole = asdict(wanted)
        said = {**whole, **whole.pop("source"), **whole.pop("recipe"), **whole.pop("division")}
    return {
        "--" + name.rstrip("_").replace("_", "-"): str(value)
        for name, value in said.items()
        if name not in (*_OWN, "recipe", "division") and value is not None and value != ()
    }


def _under_guard(company: Company, met: Met) -> Workers:
    """Go on in a process of its own; this one watches over it, and ends with its exit code."""
    from cnncli.training.cluster import pair
    from cnncli.training.cluster.guard import Guard
    from cnncli.training.cluster.workers import Workers

    told, telling = os.pipe()
    folder = Path(tempfile.mkdtemp(prefix="cnncli-worker-"))
    child = pair.fork()
    if child == 0:
        os.close(told)
        for line in met.watch.values():
            line.close()
        return Workers(met.place, met.talk, telling, folder, company.again)
    os.close(telling)
    for line in met.talk.values():
        line.close()
    try:
        code = Guard(met, child, told, lambda how, run: _tell_loss(company, how, run)).watch_over()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    raise typer.Exit(code)


def _tell_loss(company: Company, how: str, run: str | None) -> None:
    """Say which worker is lost, and how to go on; once, where several share a terminal."""
    if not company.voice.is_mine():
        return
    again = "The run had not begun: call all workers again."
    if run is not None:
        where = "" if company.local else ", on each of them"
        command = f"cnncli train --resume {run}{company.again}"
        again = f"Go on with as many workers or others{where}: {command}"
    console.fail(f"{how}; the other workers were ended", hint=again)


def _follow(workers: Workers, request: Request | None, wishes: Wishes) -> None:
    from cnncli.commands.shared.training_hooks import quiet_hooks
    from cnncli.training.follow import follow
    from cnncli.training.signals import Stopped

    data = request.data if request is not None else wishes.data
    labels = request.labels if request is not None else None
    try:
        follow(workers, data, labels, quiet_hooks(), wishes)
    except Stopped as stop:  # which the chief tells
        raise typer.Exit(stop.exit_code) from None


@contextlib.contextmanager
def _one_voice(voice: Voice) -> Iterator[None]:
    """Let one worker tell of what ends all of them."""
    try:
        yield
    except CnncliError as error:
        if voice.is_mine():
            raise
        raise typer.Exit(error.exit_code) from None
    except KeyboardInterrupt:
        if voice.is_mine():
            raise
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    except Terminated:
        if voice.is_mine():
            raise
        raise typer.Exit(ExitCode.TERMINATED) from None
