"""Which layers of a network are trained, by the patterns of `freeze` and `unfreeze`.

Layers within nested networks are named as `features --layer` names them: `base/block_1_expand`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cnncli.errors import ModelError
from cnncli.network.walk import is_model
from cnncli.spec.layer_names import matching, networks
from cnncli.spec.phases import Freezing

Flags = tuple[bool, ...]  # of each leaf, whether it is trained


@dataclass(frozen=True)
class Leaf:
    """A layer that is no network itself; `within` are the nested ones around it, outermost first.

    `name` begins with theirs: `base/conv1`.
    """

    name: str
    layer: Any
    within: tuple[Any, ...] = ()

    @property
    def networks(self) -> list[str]:
        """The names of the nested networks around it."""
        return networks(self.name)

    @property
    def has_weights(self) -> bool:
        return bool(self.layer.weights)


class Freezer:
    """Freezes and unfreezes layers of a model; each time as if it had just been built."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self.leaves = list(_leaves(model))
        self.built: Flags = tuple(_is_trained(leaf) for leaf in self.leaves)

    def apply(self, freezing: Sequence[Freezing]) -> frozenset[int]:
        """Freeze and unfreeze one after the other; return the ids of layers that only infer.

        These work as they do when a network is used, whatever else is trained: the layers of a
        nested network that was frozen as a whole, BatchNormalization wherever it was frozen.
        Raises ModelError for a pattern without a layer, and where no layer is left to train.
        """
        states = [self.built]
        for each in freezing:
            states.append(self._changed(states[-1], each))
        self._set(states[-1])
        if not self.model.trainable_variables:
            raise ModelError("freeze: no layer is left to train")
        return frozenset(id(self.leaves[place].layer) for place in self._inferring(states))

    def frozen(self) -> list[str]:
        """Return the names of the layers with weights of which none is trained now."""
        return [leaf.name for leaf in self.leaves if leaf.has_weights and not _is_trained(leaf)]

    def _changed(self, flags: Flags, change: Freezing) -> Flags:
        found = list(flags)
        for key, trained in (("freeze", False), ("unfreeze", True)):
            for pattern in getattr(change, key):
                for place in self._matching(key, pattern):
                    found[place] = trained
        return tuple(found)

    def _matching(self, key: str, pattern: str) -> list[int]:
        """Return the places of the layers that a pattern names, by their networks too."""
        self._refuse_results(key, pattern)
        found = matching(pattern, [leaf.name for leaf in self.leaves])
        if not found:
            raise ModelError(
                f"{key}: no layer is named {pattern}",
                hint="`cnncli summary` lists the names, with --depth those in nested networks "
                "(base/conv1); * stands for any text.",
            )
        return found

    def _refuse_results(self, key: str, pattern: str) -> None:
        """Raise ModelError for NAME/1 where that is a result of a layer, not a layer."""
        whole, _, index = pattern.rpartition("/")
        if not whole or not index.isdecimal():
            return
        results = self._results(whole)
        if int(index) >= results or results < 2:
            return
        if any(leaf.name == pattern or pattern in leaf.networks for leaf in self.leaves):
            raise ModelError(
                f'{key}: {pattern} names two things: result {index} of "{whole}", and the layer '
                f'"{index}" within it'
            )
        raise ModelError(
            f'{key}: {pattern} is a result of the layer "{whole}", which is trained or not as a '
            "whole",
            hint=f"{key}: {whole}",
        )

    def _results(self, name: str) -> int:
        """Return how many results the layer or network of a name has; 0 where there is none."""
        for leaf in self.leaves:
            named = zip([*leaf.networks, leaf.name], [*leaf.within, leaf.layer], strict=True)
            for each, layer in named:
                if each == name:
                    return len(_outputs(layer))
        return 0

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


def _set_one(network: Any, *, trained: bool) -> None:
    """Let a network be trained or not, and what is in it as it was: Keras would set that too."""
    inside = [(layer, layer.trainable) for layer in network._flatten_layers(include_self=False)]
    network.trainable = trained
    for layer, before in inside:
        layer.trainable = before


def _leaves(model: Any, prefix: str = "", within: tuple[Any, ...] = ()) -> Iterator[Leaf]:
    for layer in model.layers:
        name = prefix + layer.name
        if is_model(layer):
            yield from _leaves(layer, f"{name}/", (*within, layer))
        else:
            yield Leaf(name, layer, within)


def _is_trained(leaf: Leaf) -> bool:
    return all(each.trainable for each in (leaf.layer, *leaf.within))


def _outputs(layer: Any) -> Sequence[Any]:
    import keras

    try:
        return list(keras.tree.flatten(layer.output))
    except (AttributeError, ValueError):  # called more than once, or never
        return ()


def _normalizes(layer: Any) -> bool:
    import keras

    return any(
        isinstance(each, keras.layers.BatchNormalization) for each in layer._flatten_layers()
    )
