"""Pictures of `evaluate -o DIR`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli.commands.shared import outputs
from cnncli.metrics.matrix import Normalize
from cnncli.words import counted

if TYPE_CHECKING:
    from cnncli.evaluation.evaluate import Measured

CONFUSION = "confusion.png"


def folder(output: Path | None, *, force: bool) -> outputs.Destination | None:
    """Return where -o draws; UsageError for a folder that holds something else."""
    if output is None:
        return None
    return outputs.choose_folder(output, force=force, default="evaluation", holds=CONFUSION)


def draw(
    found: Measured, asked: dict[str, Any], normalize: Normalize, destination: outputs.Destination
) -> None:
    """Draw all pictures that an evaluation has into a folder."""
    from cnncli.metrics.operating import curves_of
    from cnncli.render.pictures import evaluation
    from cnncli.render.pictures.confusion import draw_confusion

    made, meaning = found.evaluation, found.meaning
    figures = made.figures
    curves = curves_of(made.labels, made.probabilities, meaning.classes, figures, meaning.positive)
    title = f"{counted(figures['images'], 'image')}, accuracy {figures['accuracy']:.3f}"
    with outputs.writing(destination, as_folder=True) as place:
        draw_confusion(figures["confusion"], meaning.classes, title, place / CONFUSION, normalize)
        if curves:
            evaluation.draw_roc(curves, figures["threshold"], place / "roc.png")
            evaluation.draw_precision_recall(
                curves, figures["threshold"], place / "precision-recall.png"
            )
        evaluation.draw_reliability(figures, place / "reliability.png")
        if "abstain" in asked:
            evaluation.draw_answered(asked["abstain"], place / "answered.png")
