"""What the commands about training hand to the core: notes, progress, display, pictures."""

from __future__ import annotations

from cnncli import console
from cnncli.commands.shared.keras_session import keras
from cnncli.commands.shared.progress import progress
from cnncli.training.hooks import Hooks


def hooks() -> Hooks:
    """Return the functions of this process's terminal."""
    from cnncli.render.pictures.confusion import draw_confusion
    from cnncli.render.pictures.curves import draw_curves
    from cnncli.render.terminal.training_display import TrainingDisplay

    return Hooks(
        note=console.note,
        warn=console.warn,
        load_keras=keras,
        progress=progress,
        display=TrainingDisplay,
        draw_curves=draw_curves,
        draw_confusion=draw_confusion,
    )
