"""Reads `repeat`: how many copies of a layer or a block stand in a chain."""

from __future__ import annotations

from typing import Any

from cnncli.spec.model import Param, Rounded
from cnncli.spec.problems import Problems
from cnncli.spec.rounding import is_rounding, read
from cnncli.spec.tree import Scalar, Tree, describe, kind
from cnncli.spec.types import fits


def repeats(tree: Tree, problems: Problems) -> int | Param | Rounded | None:
    """Return the number, or the parameter of a block that gives it; None where it is none."""
    value: Any = tree.value if isinstance(tree, Scalar) else None
    if is_rounding(tree):
        value = read(tree, problems)
        if value is None:  # that was reported
            return None
    if isinstance(value, Param | Rounded):
        return value
    if fits(value, "integer") and value >= 0:
        return int(value)
    said = describe(value) if is_rounding(tree) else kind(tree)
    problems.error(tree.where, f'"repeat" is a whole number from 0 on, not {said}')
    return None
