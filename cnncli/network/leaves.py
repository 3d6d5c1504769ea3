"""The layers of a network that are none themselves, as `base/conv1` where they are nested."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from cnncli.errors import SpecError
from cnncli.network.walk import functional, is_model
from cnncli.spec import freezing
from cnncli.spec.layer_names import networks
from cnncli.spec.model import Spec
from cnncli.spec.phases import patterns


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


def leaves(model: Any, prefix: str = "", within: tuple[Any, ...] = ()) -> Iterator[Leaf]:
    """Yield the layers of a model; of a nested one, those in it."""
    for layer in model.layers:
        name = prefix + layer.name
        if is_model(layer):
            yield from leaves(layer, f"{name}/", (*within, layer))
        else:
            yield Leaf(name, layer, within)


def collapsed(chosen: Iterable[Leaf], others: Iterable[Leaf]) -> list[str]:
    """Return the names of layers; of a network in which there are no others, its own."""
    some = {around for leaf in others for around in leaf.networks}
    named = (next((n for n in leaf.networks if n not in some), leaf.name) for leaf in chosen)
    return list(dict.fromkeys(named))


def refuse_patterns(model: Any, spec: Spec) -> None:
    """Raise SpecError for what `freeze` and `unfreeze` of a spec name, and its model has not."""
    if not any(patterns(spec.training)):
        return
    found = list(leaves(model))
    nested = {
        name: each for leaf in found for name, each in zip(leaf.networks, leaf.within, strict=True)
    }
    known = freezing.Known(
        layers=[leaf.name for leaf in found],
        results={name: len(functional(each).outputs) for name, each in nested.items()},
    )
    problems = list(freezing.faults(spec.training, known, spec.source))
    if problems:
        raise SpecError(problems)
