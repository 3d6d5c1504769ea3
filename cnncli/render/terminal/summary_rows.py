"""The lines of the table of a summary: layers in order, blocks and nested models opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from cnncli.facts.summary import Layer, known_sum


@dataclass(frozen=True)
class Row:
    """A line of the table: a layer, or a block with the sums of its layers."""

    label: str
    layer: Layer


def rows(layers: Sequence[Layer], depth: int | None = None, *, blocks: bool = True) -> list[Row]:
    """Return the lines of the table: blocks and nested models open, down to `depth` levels.

    Networks from outside open only where a depth is asked for.
    """
    lines = list(_rows(layers, 0, depth, blocks))
    closed = _closed(layers, depth) if blocks and depth is not None else {}
    return [_seen_from_outside(line, closed) for line in lines] if closed else lines


def _closed(layers: Sequence[Layer], depth: int) -> dict[str, str]:
    """Return, for each layer that no line shows, the block whose line stands for it."""
    return {layer.name: layer.block[depth - 1] for layer in layers if len(layer.block) >= depth}


def _seen_from_outside(line: Row, closed: Mapping[str, str]) -> Row:
    inputs = dict.fromkeys(closed.get(name, name) for name in line.layer.inputs)
    return Row(line.label, replace(line.layer, inputs=tuple(inputs)))


def _rows(layers: Sequence[Layer], level: int, depth: int | None, blocks: bool) -> Iterator[Row]:
    indent = "  " * level
    index = 0
    while index < len(layers):
        layer = layers[index]
        same = _block(layers, index) if blocks else []
        if same:
            yield Row(f"{indent}{layer.block[0]}", _sum(same))
            inside = [_without_block(inner) for inner in same]
        else:
            yield Row(f"{indent}{layer.name}", layer)
            inside = list(layer.layers)
        if level + 1 < depth if depth is not None else not layer.is_closed:
            yield from _rows(inside, level + 1, depth, blocks)
        index += max(1, len(same))


def _block(layers: Sequence[Layer], start: int) -> list[Layer]:
    """Return the layers from `start` on that came from the same use of a block."""
    if not layers[start].block:
        return []
    name = layers[start].block[0]
    end = start
    while end < len(layers) and layers[end].block[:1] == (name,):
        end += 1
    return list(layers[start:end])


def _without_block(layer: Layer) -> Layer:
    return replace(layer, block=layer.block[1:], block_paths=layer.block_paths[1:])


def _sum(layers: Sequence[Layer]) -> Layer:
    """Return a block as one layer."""
    names = {layer.name for layer in layers}
    entering = (source for layer in layers for source in layer.inputs if source not in names)
    last = layers[-1]
    return Layer(
        name=last.block[0],
        type="block",
        path=next(iter(last.block_paths), ""),
        output_shapes=last.output_shapes,
        params=sum(layer.params for layer in layers),
        trainable_params=sum(layer.trainable_params for layer in layers),
        weight_bytes=sum(layer.weight_bytes for layer in layers),
        activation_bytes=known_sum(layer.activation_bytes for layer in layers),
        macs=known_sum(layer.macs for layer in layers),
        inputs=tuple(dict.fromkeys(entering)),
        receptive_field=last.receptive_field,
        receptive_stride=last.receptive_stride,
    )
