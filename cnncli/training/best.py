"""The best model of a run so far, as it is saved: with what its outputs mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cnncli.runs import trained_file
from cnncli.runs.directory import RunDirectory
from cnncli.runs.record import SplitRow
from cnncli.runs.trained import Meaning
from cnncli.spec.model import Spec
from cnncli.training import normalization, overlap, recipe


class BestModel:
    """Saves a model under way without optimizer and metrics, which a saved one does not need."""

    def __init__(self, run: RunDirectory, model: Any) -> None:
        import keras

        self.run = run
        self.model = keras.Model(model.inputs, model.outputs, name=model.name)

    def save(self, meaning: Meaning) -> None:
        with normalization.as_on_one(self.model):
            trained_file.save(self.run.model, self.model, meaning)


def leave_it() -> None:
    """Save nothing: another worker does."""


def meaning_of(
    network: Spec, about: Mapping[str, Any], loss: Any, rows: Sequence[SplitRow]
) -> Meaning:
    """Return what travels with the model of a run that trains on the images of `rows`."""
    taken = about["data"]["options"]
    value_range: Sequence[float] | None = taken["value_range"]
    background: Sequence[int] | None = taken.get("background")
    return Meaning(
        classes=tuple(about["classes"]),
        positive=about["positive"],
        resize=network.resize,
        value_range=(value_range[0], value_range[1]) if value_range else None,
        background=(background[0], background[1], background[2]) if background else None,
        name=about["name"],
        loss=recipe.saved_loss(loss),
        trained_on=overlap.digests_of(rows),
    )
