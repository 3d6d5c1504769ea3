"""What the document of `evaluate` will hold, known before anything is measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnncli.commands.shared import assertions
from cnncli.commands.shared.evaluation_answers import Answer, shown_figures

OF_ONE = (
    *("schema", "model", "data", "part", "positive", "loss"),
    *("trained_on", "trained_on_near", "trained_on_group", "trained_on_name"),
    *("threshold_rule", "threshold_chosen_on"),
)
OF_FOLDS = ("schema", "model", "data", "part", "positive", "loss", "folds", "over_folds")


def check(
    answer: Answer,
    classes: Sequence[str],
    positive: str | None,
    *,
    strata: bool,
    about: Sequence[str] = OF_ONE,
) -> None:
    """Raise UsageError for what is asserted of a key that the document will not have."""
    if answer.asserted:
        asked = {
            "confusion_normalized": answer.normalize is not None,
            "abstain": answer.abstain is not None,
            "by": strata,
        }
        keys = [*about, *(key for key, given in asked.items() if given)]
        assertions.check_all(answer.asserted, example(classes, positive, keys))


def example(classes: Sequence[str], positive: str | None, more: Sequence[str]) -> dict[str, Any]:
    """Return a document of such classes: keys and kinds are true, the values mean nothing.

    What is null may be anything: what is in `more`, and without `classes` that of each of them.
    """
    import numpy as np

    from cnncli.metrics.figures import figures

    known = tuple(classes) or ("", " ", "  ")
    shown = shown_figures(figures(np.arange(2), np.eye(2, len(known)), known, positive))
    if not classes:
        shown.update(dict.fromkeys(("classes", "confusion", "confusion_cells")))
    return {**dict.fromkeys(more), **shown}
