"""Which layers of a network are trained, by the patterns of `freeze` and `unfreeze`.

Layers within nested networks are named as `features --layer` names them: `base/block_1_expand`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from cnncli.errors import ModelError
from cnncli.network.build import build
from cnncli.network.leaves import Leaf, leaves
from cnncli.spec.layer_names import matching
from cnncli.spec.model import Spec
from cnncli.spec.phases import Freezing, patterns, stages

Flags = tuple[bool, ...]  # of each leaf, whether it is trained


class Freezer:
    """Freezes and unfreezes layers of a model; each time as if it had just been built."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self.leaves = list(leaves(model))
        self.names = [leaf.name for leaf in self.leaves]
        self.built: Flags = tuple(_is_trained(leaf) for leaf in self.leaves)

    def apply(self, freezing: Sequence[Freezing]) -> frozenset[int]:
        """Freeze and unfreeze one after the other; return the ids of layers that only infer.

        These work as they do when a network is used, whatever else is trained: the layers of a
        nested network that was frozen as a whole, BatchNormalization wherever it was frozen.
        Raises ModelError where no layer is left to train.
        """
        states = [self.built]
        for each in freezing:
            states.append(self._changed(states[-1], each))
        self._set(states[-1])
        if not self.model.trainable_variables:
            raise ModelError("freeze: no layer is left to train")
        return frozenset(id(self.leaves[place].layer) for place in self._inferring(states))

    def is_drawn(self, leaf: Leaf) -> bool:
        """Whether a layer begins with random numbers, as BatchNormalization does not."""
        return leaf.has_weights and not _normalizes(leaf.layer)

    def frozen(self) -> list[str]:
        """Return the names of the layers with weights of which none is trained now."""
        return [leaf.name for leaf in self.leaves if leaf.has_weights and not _is_trained(leaf)]

    def _changed(self, flags: Flags, change: Freezing) -> Flags:
        found = list(flags)
        for key, trained in (("freeze", False), ("unfreeze", True)):
            for pattern in getattr(change, key):
                for place in matching(pattern.text, self.names):
                    found[place] = trained
        return tuple(found)

    def _inferring(self, states: Sequence[Flags]) -> Iterator[int]:
        """Yield the places of the layers that only infer, whatever is trained."""
        wholes = {
            name
            for flags in states
            for name in self._networks()
            if not any(flags[place] for place in self._inside(name))
        }
        for place, leaf in enumerate(self.leaves):
            was_frozen = not all(flags[place] for flags in states)
            if (was_frozen and _normalizes(leaf.layer)) or wholes.intersection(leaf.networks):
                yield place

    def _networks(self) -> list[str]:
        return list(dict.fromkeys(name for leaf in self.leaves for name in leaf.networks))

    def _inside(self, network: str) -> list[int]:
        """Return the places of the layers of a nested network that have weights."""
        return [
            place
            for place, leaf in enumerate(self.leaves)
            if network in leaf.networks and leaf.has_weights
        ]

    def _set(self, flags: Flags) -> None:
        networks = {id(each): each for leaf in self.leaves for each in leaf.within}
        open_ = {
            id(each)
            for leaf, trained in zip(self.leaves, flags, strict=True)
            for each in leaf.within
            if trained and leaf.has_weights
        }
        for key, network in networks.items():  # an outer one before those within it
            _set_one(network, trained=key in open_)
        for leaf, trained in zip(self.leaves, flags, strict=True):
            if leaf.layer.trainable != trained:
                leaf.layer.trainable = trained


def trained_parameters(spec: Spec) -> list[int]:
    """Return how many parameters each phase of a recipe trains; none where nothing is frozen.

    Builds the network, without values.
    """
    if not any(patterns(spec.training)):
        return []
    freezer, found = Freezer(build(spec, weights=False)), []
    for stage in stages(spec.training):
        freezer.apply(stage.freezing)
        found.append(sum(math.prod(each.shape) for each in freezer.model.trainable_variables))
    return found


def _set_one(network: Any, *, trained: bool) -> None:
    """Let a network be trained or not, and what is in it as it was: Keras would set that too."""
    inside = [(layer, layer.trainable) for layer in network._flatten_layers(include_self=False)]
    network.trainable = trained
    for layer, before in inside:
        layer.trainable = before


def _is_trained(leaf: Leaf) -> bool:
    return all(each.trainable for each in (leaf.layer, *leaf.within))


def _normalizes(layer: Any) -> bool:
    import keras

    return any(
        isinstance(each, keras.layers.BatchNormalization) for each in layer._flatten_layers()
    )
