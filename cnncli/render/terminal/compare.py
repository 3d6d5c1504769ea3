"""Networks side by side, and what differs between two of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cnncli import json_text
from cnncli.facts.compare import Change
from cnncli.facts.summary import Layer, Summary
from cnncli.render.terminal.summary import shape
from cnncli.render.terminal.table import Column, Table
from cnncli.render.terminal.units import count, size
from cnncli.spec.reference import default_of

Quantity = Callable[[Summary], int | None]
EXACT = "{:,}".format
TOTALS: dict[str, tuple[Quantity, Callable[[int], str]]] = {
    "Layers": (lambda summary: len(summary.parts), EXACT),
    "Total params": (lambda summary: summary.total_params, EXACT),
    "Trainable params": (lambda summary: summary.trainable_params, EXACT),
    "Non-trainable params": (lambda summary: summary.non_trainable_params, EXACT),
    "MACs per image": (lambda summary: summary.total_macs, count),
    "Weights": (lambda summary: summary.weight_bytes, size),
    "Activations": (lambda summary: summary.activation_bytes, size),
}


def totals(networks: Sequence[tuple[str, Summary]]) -> Table:
    """Return the totals of the networks, one column for each, with its change from the first."""
    first = networks[0][1]
    rows = []
    for name, (quantity, text) in TOTALS.items():
        base = quantity(first)
        cells = [_cell(quantity(summary), base, text) for _, summary in networks]
        rows.append([name, *cells])
    columns = [Column(label, "right", folds=True) for label, _ in networks]
    footer = _incomplete(networks)
    return Table(columns=[Column(""), *columns], rows=rows, footer=footer, parted=True)


def _incomplete(networks: Sequence[tuple[str, Summary]]) -> list[str]:
    return [
        f"{label}: MACs without those of {', '.join(summary.uncounted)} (not known)"
        for label, summary in networks
        if summary.uncounted
    ]


def _cell(value: int | None, base: int | None, text: Callable[[int], str]) -> str:
    if value is None:
        return "?"
    if not base or value == base:
        return text(value)
    return f"{text(value)} ({100 * (value - base) / base:+.1f} %)"


def difference(changes: Sequence[Change], title: str) -> Table:
    """Return a line for each layer that differs."""
    return Table(
        columns=[
            Column("Change"),
            Column("Layer"),
            Column("Arguments", priority=1),
            Column("Output shape", priority=2),
            Column("Params", "right", priority=1),
            Column("MACs", "right", priority=3),
        ],
        rows=[_row(change) for change in changes],
        title=title,
    )


def _row(change: Change) -> list[str]:
    return [
        change.kind,
        change.layer.name,
        _arguments(change),
        _both(change, lambda layer: shape(layer.output_shape), _shapes(change)),
        _both(change, lambda layer: f"{layer.params:,}"),
        _both(change, lambda layer: count(layer.macs)),
    ]


def _arguments(change: Change) -> str:
    if change.before is None or change.after is None:
        said = ", ".join(f"{name} {_value(value)}" for name, value in change.layer.arguments)
        return f"{change.layer.type}: {said}" if said else change.layer.type
    return ", ".join(
        f"{name} {_given(change.before, name, before)} → {_given(change.after, name, after)}"
        for name, (before, after) in change.arguments.items()
    )


def _given(layer: Layer, name: str, value: Any) -> str:
    """Return the value of an argument; where a spec does not say it, that of Keras, and so."""
    if value is not None:
        return _value(value)
    default = default_of(layer.type, name)
    return "default" if default is None else f"{_value(default)} (default)"


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json_text.dumps(value).replace('"', "")


def _both(change: Change, text: Callable[[Layer], str], merged: str | None = None) -> str:
    """Return "before → after", or one of them where nothing changed or there is but one."""
    texts = [text(layer) for layer in (change.before, change.after) if layer is not None]
    if len(set(texts)) == 1:
        return texts[0]
    return merged or " → ".join(texts)


def _shapes(change: Change) -> str | None:
    """Return shapes of equal rank in one: "(None, 256, 256, 8→16)"."""
    if change.before is None or change.after is None:
        return None
    before, after = change.before.output_shape, change.after.output_shape
    if len(before) != len(after):
        return None
    pairs = zip(before, after, strict=True)
    return f"({', '.join(str(a) if a == b else f'{a}→{b}' for a, b in pairs)})"
