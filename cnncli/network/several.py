"""A folder of several networks where one is asked for: what it is, and which to name instead."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

from cnncli.network import folds

STUDY = "study.json"


def told(folder: Path, holds: str) -> tuple[str, str] | None:
    """Return what a folder is, and a hint to a run in it that holds such a file; None of others."""
    if (folder / folds.CROSSVAL).is_file():
        return "a cross-validation, which is several networks", folds.hint(folder, holds)
    if (folder / STUDY).is_file():
        return "a study, which is several networks", _of_study(folder, holds)
    return None


def _of_study(folder: Path, holds: str) -> str:
    best = folder / _best(folder)
    if best != folder and (best / holds).is_file():
        return f"Name the run of its best trial: {best}"
    return f"Its best trial is not known yet. Go on with it: {resume(folder)}"


def resume(folder: Path) -> str:
    """Return the command that goes on with such a folder."""
    command = "tune" if (folder / STUDY).is_file() else "crossval"
    return shlex.join(["cnncli", command, "--resume", str(folder)])


def _best(folder: Path) -> str:
    """Return the name of the best run of a study; an empty text where that is not known."""
    try:
        name = json.loads((folder / STUDY).read_text(encoding="utf-8"))["best"]["run"]
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return Path(str(name)).name
