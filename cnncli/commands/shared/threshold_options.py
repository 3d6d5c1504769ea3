"""Options that decide between two classes, or not to decide, defined once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cnncli import console
from cnncli.commands.shared.applies import Needs, NotWith
from cnncli.errors import UsageError

if TYPE_CHECKING:
    from cnncli.evaluation.evaluate import Evaluated
    from cnncli.evaluation.thresholds import Rule

RULES = ("threshold", "at_sensitivity", "at_specificity", "best")

ThresholdOption = Annotated[
    float | None,
    typer.Option(
        min=0.0,
        max=1.0,
        metavar="T",
        help="Of two classes: take an image for the positive one above this probability, "
        "rather than above the threshold that the run keeps, or 0.5.",
    ),
]
AtSensitivityOption = Annotated[
    float | None,
    typer.Option(
        min=0.0,
        max=1.0,
        metavar="SHARE",
        help="Choose the highest threshold that has this sensitivity on the validation part.",
    ),
    NotWith("threshold", "at_specificity", "best"),
]
AtSpecificityOption = Annotated[
    float | None,
    typer.Option(
        min=0.0,
        max=1.0,
        metavar="SHARE",
        help="Choose the lowest threshold that has this specificity on the validation part.",
    ),
    NotWith("threshold", "best"),
]
BestOption = Annotated[
    Literal["f1", "youden"] | None,
    typer.Option(
        help="Choose the threshold of the highest F1, or of the highest sensitivity plus "
        "specificity, on the validation part.",
    ),
    NotWith("threshold"),
]
KeepOption = Annotated[
    bool,
    typer.Option(
        "--keep",
        help="Write the threshold into the run: prediction, evaluation and exports obey it.",
    ),
    Needs(*RULES),
]
AbstainOption = Annotated[
    float | None,
    typer.Option(
        min=0.0,
        max=1.0,
        metavar="P",
        help="Give no answer where the predicted class is less probable than this.",
    ),
]


def rule(
    threshold: float | None,
    at_sensitivity: float | None,
    at_specificity: float | None,
    best: Literal["f1", "youden"] | None,
) -> Rule | None:
    """Return how the threshold is to be chosen; None where nothing says so."""
    from cnncli.evaluation.thresholds import Rule

    if best is not None:
        return Rule("best", best)
    if threshold is not None:
        return Rule("threshold", threshold)
    if at_sensitivity is not None:
        return Rule("at-sensitivity", at_sensitivity)
    return Rule("at-specificity", at_specificity) if at_specificity is not None else None


def refuse_to_keep(model: str) -> None:
    """Raise UsageError where there is no run to keep a threshold in."""
    from cnncli.runs import model_file

    if model_file.find(model)[1] is None:
        raise UsageError(
            f"--keep writes into a run, and {model} is a file", hint="Name the run directory."
        )


def keep_threshold(found: Evaluated) -> None:
    """Write the threshold of an evaluation into its run."""
    from cnncli.runs import threshold

    run = found.trained.run
    assert run is not None and found.decision is not None
    threshold.write(run, found.decision.threshold)
    console.note(f"Wrote {run.threshold}: predict, evaluate and export obey it from now on.")
