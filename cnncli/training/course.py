"""The phases of a run, each made when it begins: what is frozen, compiled, and trained on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cnncli.data import store
from cnncli.runs.keep import keep
from cnncli.runs.trained import Meaning
from cnncli.spec.model import Spec
from cnncli.spec.phases import Stage as Said
from cnncli.spec.phases import judged_anew, spec_of, stages
from cnncli.training import determinism, features, recipe
from cnncli.training.best import BestModel
from cnncli.training.devices import GPU, Devices
from cnncli.training.examples import Examples, parts_of
from cnncli.training.freezing import Freezer
from cnncli.training.front_notes import of_anew, of_inference, of_kept, of_phase
from cnncli.training.hooks import Hooks
from cnncli.training.images import Images
from cnncli.training.parts import Parts, split
from cnncli.training.stage import Both, Stage


@dataclass
class Course:
    """What all phases of a run share; `model` is the network as it was built.

    `meaning` returns what travels with a model that was trained with a loss.
    """

    network: Spec
    model: Any
    images: Images
    devices: Devices
    seed: int
    hooks: Hooks
    best: BestModel
    meaning: Callable[[Any], Meaning]
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
        size = spec.training.batch_size
        with self.devices.scope():
            parts = split(self.model, inferring)
            separate = self._works_ahead(parts, spec)
            trained = parts.head if separate else parts.whole
            steps = self.images.steps(size)
            made = recipe.compile_model(trained, spec, steps=steps, validates=validates)
        changes = made.augmentation
        if self.devices.kind == GPU:
            changes = determinism.spared(changes, self.model.input_shape[1:])
        both = parts_of(self.images, spec, made.loss, self.model.output_shape[-1])
        for line in self._notes(number, parts, spec, inferring):
            self.hooks.note(line)
        return Stage(
            model=trained,
            variables=self.model.variables,
            train=both[0],
            validation=both[1],
            batch_size=size,
            callbacks=made.callbacks,
            augmentation=changes,
            keep=keep(spec.training.keep, validates=validates),
            save_best=lambda: self.best.save(self.meaning(made.loss)),
            features=self._features(parts, both) if separate else None,
            anew=judged_anew(self.said, number),
        )

    def _seed(self, number: int) -> None:
        import keras
        import numpy as np

        (drawn,) = np.random.SeedSequence([self.seed, number]).generate_state(1).tolist()
        keras.utils.set_random_seed(drawn)

    def _works_ahead(self, parts: Parts, spec: Spec) -> bool:
        """Whether there is a frozen front, and it sees the same pixels in each epoch."""
        return parts.front is not None and self._why_not(parts, spec) is None

    def _why_not(self, parts: Parts, spec: Spec) -> str | None:
        """Say why the results of a frozen front cannot be kept; None where they can."""
        if spec.training.augmentation:
            return "augmentation changes the images"
        if parts.random:
            return f"{', '.join(parts.random)} changes the images"
        return "several devices share each batch" if self.devices.strategy is not None else None

    def _features(self, parts: Parts, both: Both) -> Callable[[Callable[[int, int], None]], Both]:
        """Return what makes examples of the results of a frozen front, once it is asked."""

        def made(done: Callable[[int, int], None]) -> Both:
            images = self.images
            front = features.front_of(parts)
            kept = None
            if self.cache:
                kept = features.kept(
                    front,
                    images.pixels,
                    images.places,
                    done,
                    lambda there: self.hooks.note(of_kept(parts, images, there=there)),
                )
                if kept is None:
                    self.hooks.note(f"{store.no_room()}: {parts.last} computes in each epoch.")
            train, validation = both
            return (
                _of(kept, front, images, train, "train"),
                _of(kept, front, images, validation, "validation") if validation else None,
            )

        return made

    def _notes(
        self, number: int, parts: Parts, spec: Spec, inferring: frozenset[int]
    ) -> Iterator[str]:
        if len(self.said) > 1:
            yield of_phase(number, self.said, self.freezer)
        if parts.front is not None and not (self.cache and self._works_ahead(parts, spec)):
            yield of_anew(parts, self._why_not(parts, spec))
        yield from of_inference(self.freezer, inferring)


def _of(kept: Any, front: features.Front, images: Images, part: Examples, name: str) -> Examples:
    """Return a part of the images as a frozen front makes them: kept, or computed when asked."""
    if kept is None:
        pixels = features.Computed(front, images.pixels)
        return Examples(pixels, part.rows, part.targets, part.weights)
    return Examples(kept, images.of_part(name), part.targets, part.weights)
