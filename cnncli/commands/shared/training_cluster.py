"""`train` on several workers: how it is asked for, the meeting, and the process that watches."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cnncli import console
from cnncli.commands.shared.training_request import NewRun
from cnncli.commands.shared.training_run import Again
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
_OWN = {"arch", "data", "labels", "out", "force", "cache", "init", "split_from"}

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
    def again(self) -> Again:
        """How to go on with as many workers."""
        if self.local:
            return Again(options=f" --workers {self.place.count}")
        return Again(where=", on each of them")

    @property
    def apart(self) -> bool:
        """Whether this worker has a terminal of its own, on which the chief does not tell."""
        return not self.local and not self.place.is_chief


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
    try:
        started = local.start(workers)
    except BaseException:  # what a worker has handed over, or what keeps them from being started
        console.begin_line()
        raise
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

    tell = _teller(company)
    if not company.place.is_chief:
        console.settings.quiet = True
    with _one_voice(company):
        request, fault = _prepared(wanted, wishes)
        workers = _under_guard(company, _met(company, tell, wanted, wishes, request, fault))
        with awaiting_the_guard(workers):
            if not company.place.is_chief:
                _follow(company, workers, request, wishes)
                return None
            if request is not None:
                return new_run(request, wishes, workers, company.again)
            assert isinstance(wanted, Path)
            return resumed(wanted, wishes, workers, company.again)


def _teller(company: Company) -> Callable[[str], None]:
    """Return what tells of a wait: once on each terminal, unless --quiet."""
    told = (company.place.is_chief or company.apart) and not console.settings.quiet
    return console.say if told else lambda text: None


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
    tell: Callable[[str], None],
    wanted: NewRun | Path,
    wishes: Wishes,
    request: Request | None,
    fault: CnncliError | None,
) -> Met:
    from cnncli.training.cluster.meeting import meet

    claims = _claims(wanted, wishes, request, fault)
    try:
        return meet(company.place, claims, company.timeout, tell)
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
        said = asdict(wanted)
        said |= said.pop("source") | said.pop("recipe") | said.pop("division")
        said |= {f"no_{name}": not said.pop(name) for name in ("adapt", "test")}
        said["range"] = said.pop("value_range")
    options = {"--" + name.rstrip("_").replace("_", "-"): said[name] for name in said.keys() - _OWN}
    return {
        option: _after(option, value)
        for option, value in options.items()
        if value is not None and value is not False and value != ()
    }


def _after(option: str, value: Any) -> str:
    """Return what is typed behind an option that is given once for each of several values."""
    if value is True:
        return ""
    return f" {option} ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _under_guard(company: Company, met: Met) -> Workers:
    """Go on in a process of its own; this one watches over it, and ends with its exit code."""
    from cnncli.training.cluster import pair
    from cnncli.training.cluster.guard import ASKED_FOR, Guard
    from cnncli.training.cluster.workers import Workers

    told, telling = os.pipe()
    folder = Path(tempfile.mkdtemp(prefix="cnncli-worker-"))
    child = pair.fork()
    if child == 0:
        os.close(told)
        for line in met.watch.values():
            line.close()
        return Workers(met.place, met.talk, telling, folder)
    os.close(telling)
    for line in met.talk.values():
        line.close()
    guard = Guard(met, child, told, lambda how, run: _tell_loss(company, how, run))
    try:
        code = guard.watch_over()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if company.apart and code in ASKED_FOR and guard.run is not None:
        console.say(company.again.said(Path(guard.run)))
    raise typer.Exit(code)


def _tell_loss(company: Company, how: str, run: str | None) -> None:
    """Say which worker is lost, and how to go on; once, where several share a terminal."""
    again = "The run had not begun: call all workers again."
    if run is not None:
        again = company.again.said(Path(run), "Go on with as many workers or others")
    loss = CnncliError(f"{how}; the other workers were ended", hint=again)
    if not company.voice.hand_over(loss):
        console.begin_line()
        console.error(loss)


def _follow(company: Company, workers: Workers, request: Request | None, wishes: Wishes) -> None:
    from cnncli.commands.shared.training_hooks import quiet_hooks
    from cnncli.commands.shared.training_run import stopped
    from cnncli.training.follow import follow
    from cnncli.training.signals import Stopped

    data = request.data if request is not None else wishes.data
    labels = request.labels if request is not None else None
    try:
        follow(workers, data, labels, quiet_hooks(), wishes)
    except Stopped as stop:
        if company.apart:  # how to go on is told by the process that watches, which knows the run
            console.say(stopped(stop))
        raise typer.Exit(stop.exit_code) from None


@contextlib.contextmanager
def _one_voice(company: Company) -> Iterator[None]:
    """Let one worker tell of what ends all of them, and none write into the chief's display."""
    try:
        yield
    except typer.Exit:
        raise
    except (Exception, KeyboardInterrupt, Terminated) as error:
        if company.local and not company.place.is_chief:
            company.voice.hand_over(error)
        elif company.voice.is_mine():
            raise
        raise typer.Exit(_exit_code(error)) from None


def _exit_code(error: BaseException) -> int:
    if isinstance(error, CnncliError):
        return error.exit_code
    ends = {KeyboardInterrupt: ExitCode.INTERRUPTED, Terminated: ExitCode.TERMINATED}
    return ends.get(type(error), ExitCode.BUG)
