"""From which run another one took its first weights, and that one, and so on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cnncli.errors import CnncliError
from cnncli.runs.directory import RunDirectory, is_run

MOST = 100  # of a line that goes in a circle, because a run was made anew


def parent_of(init: str | None) -> RunDirectory | None:
    """Return the run that `--init` names; None for other weights, and for none."""
    return RunDirectory(Path(init)) if init is not None and is_run(Path(init)) else None


def line(about: Mapping[str, Any]) -> list[str]:
    """Return the runs that a run descends from, its parent first; `about` is its record.

    The line ends at the first that is not there any more.
    """
    found: list[str] = []
    parent = about.get("parent")
    while parent is not None and parent not in found and len(found) < MOST:
        found.append(parent)
        parent = _parent(RunDirectory(Path(parent)))
    return found


def _parent(run: RunDirectory) -> str | None:
    try:
        found: str | None = run.read_record().get("parent")
    except CnncliError:
        return None
    return found
