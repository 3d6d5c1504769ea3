"""What differs between two networks, layer by layer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from cnncli.facts.summary import Layer, Summary

Kind = Literal["added", "removed", "changed", "affected"]


@dataclass(frozen=True)
class Change:
    """A layer that differs: `before` is None for one added, `after` for one removed.

    "changed": other arguments. "affected": the same arguments, but another shape or cost, because
    of a change before it.
    """

    before: Layer | None
    after: Layer | None

    @property
    def kind(self) -> Kind:
        if self.before is None:
            return "added"
        if self.after is None:
            return "removed"
        return "changed" if self.arguments or self.before.type != self.after.type else "affected"

    @property
    def layer(self) -> Layer:
        """The layer as it is now, or was."""
        layer = self.after or self.before
        assert layer is not None
        return layer

    @property
    def arguments(self) -> dict[str, tuple[object, object]]:
        """The arguments that differ: (before, after); None stands for Keras's default."""
        before = dict(self.before.arguments) if self.before else {}
        after = dict(self.after.arguments) if self.after else {}
        names = [*before, *(name for name in after if name not in before)]
        return {
            name: (before.get(name), after.get(name))
            for name in names
            if before.get(name) != after.get(name)
        }


def changes(before: Summary, after: Summary) -> list[Change]:
    """Return the layers that differ, in order; the longest common sequence is matched.

    Layers are matched by class and arguments, then by class; their names, which shift when a layer
    is added, do not count.
    """
    old, new = ([part.layer for part in summary.units] for summary in (before, after))
    pairs = _matched(old, new)
    return [Change(a, b) for a, b in pairs if a is None or b is None or _differ(a, b)]


def _differ(a: Layer, b: Layer) -> bool:
    return _effects(a) != _effects(b) or _signature(a) != _signature(b)


def _effects(layer: Layer) -> tuple[object, ...]:
    return layer.output_shapes, layer.params, layer.trainable_params, layer.macs


def _signature(layer: Layer) -> str:
    return json.dumps([layer.type, dict(layer.arguments)], sort_keys=True, default=str)


Pair = tuple[Layer | None, Layer | None]


def _matched(old: Sequence[Layer], new: Sequence[Layer]) -> Iterator[Pair]:
    for tag, i1, i2, j1, j2 in _steps(list(map(_signature, old)), list(map(_signature, new))):
        if tag == "equal":
            yield from zip(old[i1:i2], new[j1:j2], strict=True)
        else:
            yield from _alike(old[i1:i2], new[j1:j2])


def _alike(old: Sequence[Layer], new: Sequence[Layer]) -> Iterator[Pair]:
    """Pair the layers of two different stretches by class."""
    types = [layer.type for layer in old], [layer.type for layer in new]
    for tag, i1, i2, j1, j2 in _steps(*types):
        if tag == "equal":
            yield from zip(old[i1:i2], new[j1:j2], strict=True)
        else:
            yield from ((layer, None) for layer in old[i1:i2])
            yield from ((None, layer) for layer in new[j1:j2])


def _steps(old: list[str], new: list[str]) -> Sequence[tuple[str, int, int, int, int]]:
    return SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes()
