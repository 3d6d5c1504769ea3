"""How a run is left: written down, and the machine's faults turned into what a user can do."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from typing import Any

from cnncli.errors import CnncliError, ModelError, Terminated
from cnncli.runs import life
from cnncli.runs.directory import RunDirectory, resume_command
from cnncli.training.signals import Stopped
from cnncli.words import counted

UNDER_WAY = ("begun", "training")


@contextlib.contextmanager
def noted(run: RunDirectory, about: dict[str, Any]) -> Iterator[None]:
    """Write down how a run was left.

    One that was refused before it went on keeps the state that it had.
    """
    resume = resume_command(run.path)
    try:
        yield
    except (Stopped, KeyboardInterrupt, Terminated) as stop:  # within the loop, or outside of it
        where = {}
        if isinstance(stop, Stopped):
            where = {"phase": stop.phase, "epoch": stop.epoch, "step": stop.step}
        _leave(run, about, "stopped", **where)
        raise
    except CnncliError as error:
        _leave(run, about, "failed", why=error.message)
        raise
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise CnncliError(
                f"{run.path}: the disk is full; the last state there is whole",
                hint=f"Make room, then go on with: {resume}",
            ) from error
        raise
    except Exception as error:
        if type(error).__name__ == "ResourceExhaustedError" or isinstance(error, MemoryError):
            _leave(run, about, "failed", why="out of memory")
            raise ModelError(
                f"out of memory with batches of {counted(about['batch_size'], 'image')}",
                hint="Begin again with smaller batches (--batch-size) or smaller images.",
            ) from error
        raise


def _leave(run: RunDirectory, about: dict[str, Any], how: str, **facts: Any) -> None:
    with contextlib.suppress(OSError):  # the fault itself is what must be told
        if about["state"] not in UNDER_WAY:
            run.add_to_log(f"not resumed: {facts.get('why', how)}")
            return
        life.add(run, about, how, **facts)
        run.write_record({**about, "state": how})
