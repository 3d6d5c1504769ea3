"""How the numbers of a summary come about, layer by layer, as text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import replace

from cnncli.facts.sentences import explanation
from cnncli.facts.summary import Formula, Layer, Summary

_NARROWEST = 40
_NAMES = {
    "macs": "MACs",
    "memory": "memory in bytes",
    "weights": "weights in bytes",
    "field": "receptive field",
    "field_stride": "field stride",
}
_AXES = ("depth", "height", "width", "length")
_LEGEND = (
    "before: the same number of the layer before, or of the layer that it takes",
    "first, last: the pixels of the input at the ends of what a unit sees, counted from its own",
    "apart: how many pixels of the input lie between two neighbouring units before",
)


def text(summary: Summary, width: int | None) -> str:
    """Return the formulas of all layers, in lines no wider than `width` where that can be."""
    columns = max(_NARROWEST, width or 100)
    parts = ["\n".join(_layer(layer, "", columns)) for layer in summary.layers]
    legend = [line for each in _LEGEND for line in textwrap.wrap(each, columns)]
    return "\n\n".join([*parts, "\n".join(_totals(summary)), "\n".join(legend)])


def _layer(layer: Layer, around: str, columns: int) -> Iterator[str]:
    yield f"{around}{layer.name} ({layer.type})"
    sentence = explanation(layer)
    if sentence:
        yield from textwrap.wrap(sentence, columns, initial_indent="  ", subsequent_indent="  ")
    for name, formula in _named(layer.formulas).items():
        yield from _lines(name, formula, columns)
    for inner in layer.layers:
        yield ""
        yield from _layer(inner, f"{around}{layer.name}/", columns)


def _named(formulas: Sequence[Formula]) -> dict[str, Formula]:
    """Return the formulas by name; one that is the same along several axes stands once."""
    same: dict[Formula, list[str]] = {}
    for formula in formulas:
        stem, _, axis = formula.quantity.rpartition("_")
        if formula.quantity in _AXES:
            stem, axis = "", formula.quantity
        elif axis not in _AXES:
            stem, axis = formula.quantity, ""
        same.setdefault(replace(formula, quantity=stem), []).append(axis)
    found = {}
    for formula, axes in same.items():
        name = _NAMES.get(formula.quantity, formula.quantity)
        along = " and ".join(axis for axis in axes if axis)
        found[f"{name} ({along})" if name and along else name or along] = formula
    return found


def _lines(name: str, formula: Formula, columns: int) -> Iterator[str]:
    """Yield `name = symbols = numbers = value`, in two lines where one has no room for it."""
    value = f"{formula.value:,}" if isinstance(formula.value, int) else f"{formula.value:.12g}"
    parts = [name, formula.symbols, formula.numbers, value]
    if not formula.symbols or formula.symbols == formula.numbers:
        parts = [name, value]
    elif formula.numbers == str(formula.value):
        parts = [name, formula.symbols, value]
    whole = f"  {' = '.join(parts)}"
    if len(whole) <= columns or len(parts) < 4:
        yield whole
        return
    yield f"  {name} = {formula.symbols}"
    yield f"    = {formula.numbers} = {value}"


def _totals(summary: Summary) -> Iterator[str]:
    yield "Sums over all layers (weights that layers share count once)"
    yield f"  params = {summary.total_params:,}"
    yield f"  MACs = {summary.total_macs:,}"
    if summary.activation_bytes is not None:
        yield f"  memory in bytes = {summary.activation_bytes:,}"
