"""The phases of a run, each made when it begins: what is frozen, compiled, and trained on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cnncli.data import store
from cnncli.errors import DataError
from cnncli.runs.keep import keep
from cnncli.spec.model import Spec
from cnncli.spec.phases import Stage as Said
from cnncli.spec.phases import judged_anew, spec_of, stages
from cnncli.training import features, recipe
from cnncli.training.devices import Devices
from cnncli.training.examples import Examples
from cnncli.training.freezing import Freezer
from cnncli.training.front_notes import of_features, of_inference, of_phase
from cnncli.training.hooks import Hooks
from cnncli.training.images import Images
from cnncli.training.parts import Parts, split
from cnncli.training.recipe import Recipe
from cnncli.training.stage import Both, Stage


@dataclass
class Course:
    """What all phases of a run share; `model` is the network as it was built.

    `save` writes the model of the run, as one that was trained with a loss.
    """

    network: Spec
    model: Any
    images: Images
    devices: Devices
    seed: int
    hooks: Hooks
    save: Callable[[Any], None]
    cache: bool = True

    @cached_property
    def freezer(self) -> Freezer:
        return Freezer(self.model)

    @cached_property
    def said(self) -> tuple[Said, ...]:
        return stages(self.network.training)

    def stage(self, number: int) -> Stage:
        """Make a phase (from 1 on): layers frozen, a fresh optimizer, its own examples."""
        if number > 1:  # as if this process had begun with it
            self._seed(number)
        spec = spec_of(self.network, self.said[number - 1])
        inferring = self.freezer.apply(self.said[number - 1].freezing)
        validates = self.images.has("validation")
        with self.devices.scope():
            parts = split(self.model, inferring)
            made = recipe.compile_model(parts.head, spec, validates=validates)
        train, validation = examples(self.images, spec, made.loss, self.model.output_shape[-1])
        size, separate = spec.training.batch_size, self._is_separate(parts, made)
        for line in self._notes(number, parts, made, inferring):
            self.hooks.note(line)
        return Stage(
            model=parts.head,
            variables=self.model.variables,
            train=train,
            validation=validation,
            batch_size=size,
            callbacks=made.callbacks,
            augmentation=made.augmentation,
            keep=keep(spec.training.keep, validates=validates),
            save_best=lambda: self.save(made.loss),
            front=parts.front,
            features=self._features(parts, size, (train, validation)) if separate else None,
            anew=judged_anew(self.said, number),
        )

    def _seed(self, number: int) -> None:
        import keras
        import numpy as np

        (drawn,) = np.random.SeedSequence([self.seed, number]).generate_state(1).tolist()
        keras.utils.set_random_seed(drawn)

    def _is_separate(self, parts: Parts, made: Recipe) -> bool:
        """Whether the frozen front sees the same pixels in each epoch, and can work ahead."""
        same = not made.augmentation.layers and not parts.random
        return parts.front is not None and same and self.devices.strategy is None

    def _features(
        self, parts: Parts, size: int, both: Both
    ) -> Callable[[Callable[[int, int], None]], Both]:
        """Return what makes examples of the results of a frozen front, once it is asked."""

        def made(done: Callable[[int, int], None]) -> Both:
            images = self.images
            front = features.front_of(parts, images.pixels.shape[1:], size)
            kept = None
            if self.cache:
                kept = features.kept(front, images.pixels, images.places, done)
                if kept is None:
                    self.hooks.note(f"{store.no_room()}: {parts.last} computes in each epoch.")
            train, validation = both
            return (
                _of(kept, front, images, train, "train"),
                _of(kept, front, images, validation, "validation") if validation else None,
            )

        return made

    def _notes(
        self, number: int, parts: Parts, made: Recipe, inferring: frozenset[int]
    ) -> Iterator[str]:
        if len(self.said) > 1:
            yield of_phase(number, self.said, self.freezer)
        if parts.front is not None:
            why = None if self._is_separate(parts, made) else _why(parts, made)
            yield of_features(parts, why, self.images, kept=self.cache)
        yield from of_inference(self.freezer, inferring)


def _why(parts: Parts, made: Recipe) -> str:
    """Say why the results of a frozen front cannot be kept."""
    if made.augmentation.layers:
        return "augmentation changes the images"
    if parts.random:
        return f"{', '.join(parts.random)} changes the images"
    return "several devices share each batch"


def _of(kept: Any, front: features.Front, images: Images, part: Examples, name: str) -> Examples:
    """Return a part of the images as a frozen front makes them: kept, or computed when asked."""
    if kept is None:
        pixels = features.Computed(front, images.pixels)
        return Examples(pixels, part.rows, part.targets, part.weights)
    return Examples(kept, images.of_part(name), part.targets, part.weights)


def examples(images: Images, spec: Spec, loss: Any, units: int) -> Both:
    """Return the images to train on and those to validate with, which there may be none of."""
    made: dict[str, Examples] = {}
    for part in ("train", "validation"):
        rows = images.of_part(part)
        labels = images.labels[rows]
        weights = (
            recipe.weights(labels, images.classes, spec.training.class_weight)
            if part == "train"
            else None
        )
        targets = recipe.targets(labels, loss, units, images.positive_index)
        if len(rows):
            made[part] = Examples(images.pixels, images.places[rows], targets, weights)
    if "train" not in made:
        raise DataError("no image is left to train on")
    return made["train"], made.get("validation")
