"""A cross-validation where one network is asked for: which of its folds to name instead."""

from __future__ import annotations

import shlex
from pathlib import Path

CROSSVAL = "crossval.json"


def hint(folder: Path, holds: str) -> str:
    """Return the first of its folds that holds such a file, else how they come to be trained."""
    there = [each for each in folder.glob("fold-*") if (each / holds).is_file()]
    if not there:
        resume = shlex.join(["cnncli", "crossval", "--resume", str(folder)])
        return f"None of its folds is trained yet. Go on with it: {resume}"
    return f"Name the run of a fold: {min(there, key=_number)}"


def _number(fold: Path) -> int:
    number = fold.name.removeprefix("fold-")
    return int(number) if number.isdecimal() else 0
