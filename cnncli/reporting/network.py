"""The network of a report: its drawing, its layers, what goes in."""

from __future__ import annotations

from collections.abc import Sequence

from cnncli.facts.summary import Summary
from cnncli.reporting.folds import Subject
from cnncli.reporting.parts import Facts, Grid, Network, Section
from cnncli.reporting.words import NARROW
from cnncli.words import counted

PREPARED = {
    "standardize": "each image to mean 0 and variance 1, by itself, as a layer of the network",
    "rescale": "values of 0 to 255 to 0 to 1, as a layer of the network",
    "none": "values of 0 to 255, as they are",
}
FITTED = {
    "stretch": "to the size of the input, its proportions not kept",
    "pad": "into the input, its proportions kept, the rest filled",
    "crop": "to cover the input, its proportions kept, the rest cut off",
}


def section(of: Subject, summary: Summary, trained: Sequence[int] = ()) -> Section:
    """Return what the network is; `trained` parameters are those of each phase."""
    largest = summary.largest("params")
    shape = " × ".join("?" if side is None else str(side) for side in _input(summary))
    facts = [
        ("Name", of.record["name"]),
        *([("Description", of.spec.description)] if of.spec.description else []),
        ("Input", f"{shape} (height × width × channels)"),
        ("Resizing", FITTED[of.spec.resize]),
        ("Values", PREPARED[of.spec.preprocess]),
        ("Parameters", f"{summary.total_params:,}, {_trained(summary, trained)}"),
        ("Multiply-accumulates of one image", f"{summary.total_macs:,}"),
    ]
    if largest is not None:
        facts.append(("Most parameters", f"{largest[0]} ({largest[1]:,})"))
    text = (
        f"{counted(len(summary.layers), 'layer')} from the input of {shape} to the output of "
        f"{_shape(summary.layers[-1].output_shape)}, as boxes whose sides stand for height, width "
        "and channels; the table below lists each layer."
    )
    return Section(
        "network", "The network", [Network(summary, text), Facts(facts), _layers(summary)]
    )


def _trained(summary: Summary, by_phase: Sequence[int]) -> str:
    if len(by_phase) < 2:
        return f"{(by_phase or [summary.trainable_params])[0]:,} of them trained"
    each = (f"{number:,} in phase {place}" for place, number in enumerate(by_phase, start=1))
    return f"of them trained: {', '.join(each)}"


def _layers(summary: Summary) -> Grid:
    rows = [
        (
            layer.name,
            layer.type,
            _shape(layer.output_shape),
            f"{layer.params:,}",
            "" if layer.macs is None else f"{layer.macs:,}",
        )
        for layer in summary.layers
    ]
    columns = ("Layer", "Type", "Output", "Parameters", "MACs")
    return Grid("Layers", columns, rows, frozenset((3, 4)), folded=len(rows) > 25)


def _input(summary: Summary) -> tuple[int | None, ...]:
    return tuple(summary.layers[0].output_shape[1:])


def _shape(shape: tuple[int | None, ...]) -> str:
    times = f"{NARROW}×{NARROW}"  # a row of the table stays one line
    return times.join("?" if side is None else str(side) for side in shape[1:]) or "1"
