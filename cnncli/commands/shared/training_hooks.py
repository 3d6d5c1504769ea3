"""What the commands about training hand to the core: notes, progress, display, pictures."""

from __future__ import annotations

import contextlib

from cnncli import console
from cnncli.commands.shared.keras_session import keras
from cnncli.commands.shared.progress import progress
from cnncli.training.hooks import Hooks
from cnncli.training.moment import Moment


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


def quiet_hooks() -> Hooks:
    """Return functions that show, tell and draw nothing: those of a worker beside the chief."""
    from cnncli.network.backend import load_keras

    def nothing(*anything: object) -> None:
        pass

    return Hooks(
        note=nothing,
        warn=nothing,
        load_keras=load_keras,
        progress=lambda label: contextlib.nullcontext(nothing),
        display=_Silence,
        draw_curves=nothing,
        draw_confusion=nothing,
    )


class _Silence(contextlib.AbstractContextManager["_Silence"]):
    """A display that shows nothing."""

    def __exit__(self, *anything: object) -> None:
        pass

    def moment(self, moment: Moment) -> None:
        pass

    def epoch_done(self, *anything: object) -> None:
        pass

    def stopping(self) -> None:
        pass
