"""A Summary as a table: which columns there are, how their cells read, what stands below."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from cnncli.errors import UsageError
from cnncli.facts.summary import Layer, Summary
from cnncli.render.terminal.summary_rows import Row, rows
from cnncli.render.terminal.table import Column, Table
from cnncli.render.terminal.units import count, percent, size


@dataclass(frozen=True)
class Kind:
    """A column: its header, how a cell reads, and its exact value for programs."""

    column: Column
    text: Callable[[Row, Summary], str]
    exact: Callable[[Row, Summary], object]


def shape(sizes: Sequence[int | None]) -> str:
    """Return a shape as Keras prints it: "(None, 256, 256, 8)"."""
    return f"({', '.join(map(str, sizes))}{',' if len(sizes) == 1 else ''})"


def _shapes(layer: Layer) -> str:
    return ", ".join(shape(sizes) for sizes in layer.output_shapes)


def times(sizes: Sequence[float] | str | None) -> str:
    """Return sizes along axes as "3 × 3"; "" where there are none."""
    if sizes is None:
        return ""
    if isinstance(sizes, str):
        return {"whole": "all", "unknown": "?"}[sizes]
    return " × ".join(f"{value:g}" for value in sizes)


def _trainable(layer: Layer) -> str:
    if layer.trainable is None:
        return "-"
    return "partly" if 0 < layer.trainable_params < layer.params else _yes(layer.trainable)


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _kind(
    header: str,
    text: Callable[[Layer], str],
    exact: Callable[[Layer], object] | None = None,
    *,
    priority: int = 0,
    number: bool = False,
    extra: bool = False,
    folds: bool = False,
) -> Kind:
    column = Column(header, "right" if number else "left", priority, folds, extra)
    return Kind(column, lambda row, _: text(row.layer), lambda row, _: (exact or text)(row.layer))


KINDS: dict[str, Kind] = {
    "layer": Kind(Column("Layer"), lambda row, _: row.label, lambda row, _: row.layer.name),
    "type": _kind("Type", lambda layer: layer.type, priority=2),
    "output_shape": _kind("Output shape", _shapes, priority=1),
    "params": _kind(
        "Params", lambda layer: f"{layer.params:,}", lambda layer: layer.params, number=True
    ),
    "connected_to": _kind(
        "Connected to",
        lambda layer: ", ".join(layer.inputs),
        priority=3,
        extra=True,
        folds=True,
    ),
    "macs": _kind(
        "MACs",
        lambda layer: count(layer.macs),
        lambda layer: layer.macs,
        priority=4,
        number=True,
        extra=True,
    ),
    "receptive_field": _kind(
        "Receptive field",
        lambda layer: times(layer.receptive_field),
        priority=5,
        number=True,
        extra=True,
    ),
    "memory": _kind(
        "Memory",
        lambda layer: size(layer.activation_bytes),
        lambda layer: layer.activation_bytes,
        priority=6,
        number=True,
        extra=True,
    ),
    "kernel": _kind(
        "Kernel", lambda layer: times(layer.kernel_size), priority=7, number=True, extra=True
    ),
    "strides": _kind(
        "Strides", lambda layer: times(layer.strides), priority=8, number=True, extra=True
    ),
    "share": Kind(
        Column("Share", "right", 9, extra=True),
        lambda row, summary: percent(row.layer.params, summary.total_params),
        lambda row, summary: row.layer.params / max(1, summary.total_params),
    ),
    "receptive_stride": _kind(
        "Field stride", lambda layer: times(layer.receptive_stride), priority=10, number=True
    ),
    "weights": _kind(
        "Weights",
        lambda layer: size(layer.weight_bytes),
        lambda layer: layer.weight_bytes,
        priority=11,
        number=True,
    ),
    "trainable": _kind("Trainable", _trainable, priority=12),
    "calls": _kind("Calls", lambda layer: str(layer.calls), priority=13, number=True),
    "path": _kind("Path", lambda layer: layer.path, priority=5, extra=True),
}
STANDARD = (
    *("layer", "type", "output_shape", "params", "connected_to", "macs", "receptive_field"),
    *("path", "memory", "kernel", "strides", "share"),
)


def check_columns(asked: Sequence[str]) -> None:
    """Raise UsageError for a column that there is not."""
    for name in asked:
        if name not in KINDS:
            raise UsageError(f'there is no column "{name}"', hint=f"There are {', '.join(KINDS)}.")


def column_names(summary: Summary, asked: Sequence[str] | None, everything: bool) -> list[str]:
    """Return the columns to show: those asked for, all, or what suits this network.

    Raises UsageError for a column that there is not.
    """
    if everything:
        return list(KINDS)
    if not asked:
        chain = all(len(layer.inputs) < 2 for layer in summary.layers)
        left_out = {"connected_to"} if chain else set()
        if not any(layer.path for layer in summary.layers):
            left_out.add("path")
        return [name for name in STANDARD if name not in left_out]
    check_columns(asked)
    return list(asked)


def table(
    summary: Summary,
    columns: Sequence[str] | None = None,
    *,
    everything: bool = False,
    depth: int | None = None,
) -> Table:
    """Return the table of a summary; `depth` levels of blocks and nested models (None: all)."""
    kinds = [KINDS[name] for name in column_names(summary, columns, everything)]
    asked = bool(columns) or everything
    return Table(
        columns=[_asked(kind.column, i) if asked else kind.column for i, kind in enumerate(kinds)],
        rows=[[kind.text(row, summary) for kind in kinds] for row in rows(summary.layers, depth)],
        footer=totals(summary),
    )


def _asked(column: Column, place: int) -> Column:
    """Return a column that was asked for: dropped late, from the right, and not in silence."""
    return replace(column, priority=0 if place == 0 else 1, extra=False)


def exact_table(
    summary: Summary,
    columns: Sequence[str] | None = None,
    *,
    everything: bool = False,
    depth: int | None = None,
) -> Table:
    """Return the table for programs: names of columns as in --columns, exact numbers."""
    names = column_names(summary, columns, everything or not columns)
    layers = rows(summary.layers, depth, blocks=False)
    return Table(
        columns=[Column(name) for name in names],
        rows=[[_exact(KINDS[name].exact(row, summary)) for name in names] for row in layers],
    )


def _exact(value: object) -> str:
    return "" if value is None else str(value).replace(" × ", "x")


def totals(summary: Summary) -> list[str]:
    """Return the lines below the table."""
    lines = [
        "",
        f"Total params: {summary.total_params:,}",
        f"Trainable params: {summary.trainable_params:,}",
        f"Non-trainable params: {summary.non_trainable_params:,}",
        f"MACs per image: {_total_macs(summary)}",
        f"Memory: {size(summary.weight_bytes)} of weights, {size(summary.activation_bytes)} of "
        f"activations for a batch of {summary.batch}" + _as_dtype(summary),
    ]
    if summary.total_params:
        lines.append(f"Largest: {', '.join(_largest(summary))}")
    return lines


def _as_dtype(summary: Summary) -> str:
    return f" in {summary.dtype}" if summary.dtype else ""


def _total_macs(summary: Summary) -> str:
    if not summary.uncounted:
        return count(summary.total_macs)
    missing = len(summary.uncounted)
    layers = "layer has" if missing == 1 else "layers have"
    said = f"at least {count(summary.total_macs)} ({missing} {layers} no known count"
    return f"{said}; sizes of the input are not fixed)" if _is_open(summary) else f"{said})"


def _is_open(summary: Summary) -> bool:
    """Whether an input has sizes, beside that of the batch, that are not fixed."""
    inputs = (layer for layer in summary.layers if layer.type == "InputLayer")
    return any(None in layer.output_shape[1:] for layer in inputs)


def _largest(summary: Summary) -> Iterator[str]:
    said = {
        "params": lambda amount: f"{amount:,} params",
        "macs": lambda amount: f"{count(amount)} MACs",
        "activation_bytes": lambda amount: f"{size(amount)} of activations",
    }
    for quantity, text in said.items():
        largest = summary.largest(quantity)
        if largest:
            yield f"{largest[0]} ({text(largest[1])})"
