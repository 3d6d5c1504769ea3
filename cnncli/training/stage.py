"""One phase of a run as it is trained: a compiled network and its examples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from cnncli.runs.keep import Keep
from cnncli.training.augmentation import Augmentation
from cnncli.training.examples import Examples

Both = tuple[Examples, Examples | None]  # to train on, and to validate with


@dataclass(frozen=True)
class Stage:
    """What one phase trains.

    `model` is compiled: the network, or what is behind its frozen front. `variables` are those of
    the whole network. Where `features` is given, it returns the examples as the front makes
    them (it is told how many images are done, and may be stopped by an error): they take the
    place of the images. With `anew`, the best epoch is chosen among those of this phase.
    """

    model: Any
    variables: Sequence[Any]
    train: Examples
    validation: Examples | None
    batch_size: int
    callbacks: Sequence[Any]
    augmentation: Augmentation
    keep: Keep
    save_best: Callable[[], None]
    features: Callable[[Callable[[int, int], None]], Both] | None = None
    anew: bool = False

    @property
    def still(self) -> Sequence[Any]:
        """The variables that no step changes: those of a front whose results take its place."""
        changing = {id(each) for each in self.model.variables}
        return [each for each in self.variables if id(each) not in changing]
