"""A trained network made ready to be explained: scores of classes, and their gradients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cnncli.errors import ModelError, UsageError
from cnncli.explain import layers
from cnncli.explain.answering import AnsweringNetwork
from cnncli.explain.head import Head, find_head, linear
from cnncli.network.entry import preprocess_of, word_of
from cnncli.network.results import Result, computed, follow, named, results
from cnncli.network.walk import Call, functional

if TYPE_CHECKING:
    import numpy as np

# What a value of 0 is behind `preprocess`.
BASELINES = {"standardize": "the mean of the image", "rescale": "black"}


class Network(AnsweringNetwork):
    """A Keras model that tells classes apart, entered behind its layer `preprocess`.

    Raises ModelError for a model that does not take one image, or does not return one number for
    each class.
    """

    def __init__(self, model: Any, classes: Sequence[str], positive: str | None = None) -> None:
        _check(model, len(classes))
        super().__init__(classes, positive)
        self.model = model
        self.results = results(model)
        self.preprocess = preprocess_of(self.results)
        self.head: Head = find_head(self.results, model.outputs[0])
        self._functions: dict[str, Any] = {}

    @property
    def units(self) -> int:
        """How many outputs there are for an image."""
        return self.head.units

    @property
    def entry_shape(self) -> Sequence[int | None]:
        """Height, width and channels where images enter."""
        return tuple(self._entry.tensor.shape[1:])

    @property
    def baseline(self) -> str:
        """What stands for "nothing is there": the value 0 where images enter, in words."""
        word = word_of(self.preprocess) if self.preprocess is not None else None
        return BASELINES.get(word or "", "black")

    @cached_property
    def layers(self) -> list[Result]:
        """The layers that maps are worth asking of, from early to late."""
        return layers.stages(self.results, self._entry.number)

    @cached_property
    def default_layer(self) -> str | None:
        """The layer that is explained unless another is named; None where none has maps."""
        return layers.default(self.layers)

    def find(self, layer: str) -> list[str]:
        """Return the names of the results that a layer has; UsageError where none are maps."""
        chosen = named(self.results, layer)
        fitting = [each for each in chosen if layers.has_maps(each) and self.is_behind(each)]
        if not fitting:
            raise UsageError(
                f"--layer {layer}: its output {tuple(chosen[0].tensor.shape)[1:]} holds no maps "
                "that could be explained",
                hint=f"Layers with maps: {', '.join(each.name for each in self.layers)}",
            )
        return [each.name for each in fitting]

    def inputs(self, pixels: np.ndarray) -> np.ndarray:
        """Return images of 0..255 (N x H x W x C) as they leave `preprocess`."""
        import numpy as np

        images = np.asarray(pixels, np.float32)
        if self.preprocess is None:
            return images
        return np.asarray(self.preprocess.call.operation(images, training=False), np.float32)

    def gradients(self, images: np.ndarray, target: int) -> np.ndarray:
        """Return how the score of a class changes with each value of the images, float64."""
        import numpy as np
        import tensorflow as tf

        def step(images: Any, towards: Any) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(images)
                score = tf.reduce_sum(self._run(images)[0] * towards)
            return tape.gradient(score, images)

        function = self._function("gradients", step, 2)
        towards = self.towards(target)
        parts = [function(batch, towards) for batch in self.batches(images)]
        return np.concatenate([np.asarray(part, np.float64) for part in parts])

    def activations(self, images: np.ndarray, layer: str, target: int) -> tuple[Any, Any]:
        """Return the maps of a layer, and how the score of a class changes with each of their
        values: two arrays of N x height x width x channels, float64.
        """
        import numpy as np
        import tensorflow as tf

        def step(images: Any, towards: Any) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(images)
                scores, _, maps = self._run(images, layer)
                score = tf.reduce_sum(scores * towards)
            # A layer that the score does not depend on has gradients of zero.
            return maps, tape.gradient(score, maps, unconnected_gradients="zero")

        function = self._function(f"activations {layer}", step, 2)
        towards = self.towards(target)
        parts = [function(batch, towards) for batch in self.batches(images)]
        maps, gradients = zip(*parts, strict=True)
        return (
            np.concatenate([np.asarray(part, np.float64) for part in maps]),
            np.concatenate([np.asarray(part, np.float64) for part in gradients]),
        )

    def features(self, images: np.ndarray) -> np.ndarray:
        """Return what the scores of images are made of, one row for each: N x F, float32.

        It is what the last layer with weights gets: what the network sees in an image.
        """
        import numpy as np

        name = self._before_head
        if name is None:
            return images.reshape(len(images), -1).astype(np.float32)
        function = self._function("features", lambda images: self._run(images, name)[2], 1)
        parts = [np.asarray(function(batch), np.float32) for batch in self.batches(images)]
        return np.concatenate([part.reshape(len(part), -1) for part in parts])

    @cached_property
    def _before_head(self) -> str | None:
        """The result that the scores are made of; None where that is the image itself."""
        by_number = {each.number: each for each in self.results if not each.is_network}
        head = next(each for each in by_number.values() if each.name == self.head.name)
        source = by_number.get(head.sources[0])
        return source.name if source is not None and self.is_behind(source) else None

    @property
    def _entry(self) -> Result:
        return self.preprocess or self.results[0]

    def is_behind(self, result: Result) -> bool:
        """Whether a result stands behind where images enter."""
        return result.number >= 0 and result.number > self._entry.number

    def forward(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return what the last activation gets, and what it makes of it (N x U each)."""
        import numpy as np

        function = self._function("forward", lambda images: self._run(images)[:2], 1)
        parts = [function(batch) for batch in self.batches(images)]
        scores, outputs = zip(*parts, strict=True)
        return (
            np.concatenate([np.asarray(part, np.float64) for part in scores]),
            np.concatenate([np.asarray(part, np.float32) for part in outputs]),
        )

    def _function(self, name: str, step: Callable[..., Any], takes: int) -> Any:
        """Return a step as a graph of TensorFlow's, which is traced once."""
        import tensorflow as tf

        if name not in self._functions:
            entering = tf.TensorSpec((None, *self._entry.tensor.shape[1:]), tf.float32)
            towards = tf.TensorSpec((self.units,), tf.float32)
            traced = tf.function(step, input_signature=[entering, towards][:takes])
            # Called as it is: TensorFlow takes steps of several layers for one that is traced
            # again and again, and warns of it.
            concrete = traced.get_concrete_function()
            self._functions[name] = lambda *given: concrete(*map(tf.constant, given))
        return self._functions[name]

    def _run(self, images: Any, layer: str | None = None) -> tuple[Any, Any, Any]:
        """Return scores and outputs (N x U), and the maps of a layer, for symbolic images."""
        import tensorflow as tf

        scores: Any = None
        maps: Any = None

        def compute(name: str, call: Call, values: Any) -> Sequence[Any]:
            nonlocal scores
            if name != self.head.name or self.head.activation is None:
                return computed(call, values)
            with linear(call.operation):
                (scores,) = computed(call, values)
            return [self.head.activation(scores)]

        values: dict[int, Any] = {id(self._entry.tensor): images}
        for name, _, made, _ in follow(self.model, values, compute):
            for index, value in enumerate(made):
                shown = f"{name}/{index}" if index else name
                if shown == layer:
                    maps = value
                if shown == self.head.name and scores is None:
                    scores = value
        outputs = values[id(functional(self.model)._outputs[0])]
        return tf.cast(scores, tf.float32), tf.cast(outputs, tf.float32), maps


def _check(model: Any, classes: int) -> None:
    graph = functional(model)
    if len(graph._inputs) != 1 or len(graph._inputs[0].shape) != 4:
        raise ModelError("the network does not take one image of height, width and channels")
    outputs = [tuple(each.shape)[1:] for each in graph._outputs]
    if len(outputs) != 1 or len(outputs[0]) != 1:
        raise ModelError(
            f"the network returns {', '.join(map(str, outputs))}, not one number for each class"
        )
