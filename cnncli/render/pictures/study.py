"""Pictures of a study: how it went trial by trial, and which values went with which result."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli import files
from cnncli.render.pictures import figure as figures
from cnncli.render.pictures.palette import BLUE, GREY, VERMILION
from cnncli.runs.keep import direction
from cnncli.spec.yaml_text import flow
from cnncli.tuning import vary
from cnncli.tuning.vary import Vary

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LONGEST = 24  # characters of a name or a choice that a picture has room for
_TICKS = 5


def draw_history(document: Mapping[str, Any], path: Path) -> None:
    """Draw the metric of each trial, and the best so far."""
    drawn = figures.new(7, 3.6)
    axes = drawn.subplots()
    for state, color, marker in (("finished", BLUE, "o"), ("pruned", GREY, "x")):
        those = [each for each in document["tried"] if each["state"] == state]
        if those:
            axes.scatter([each["trial"] for each in those], [each["value"] for each in those],
                         color=color, marker=marker, s=22, zorder=3, label=state)  # fmt: skip
    steps = _best_so_far(document)
    axes.step([number for number, _ in steps], [value for _, value in steps], where="post",
              color=VERMILION, linewidth=1.5, label="best so far")  # fmt: skip
    _label(axes, document["metric"], len(document["tried"]))
    _save(drawn, path)


def _best_so_far(document: Mapping[str, Any]) -> list[tuple[int, float]]:
    choose = max if direction(document["metric"]) else min
    steps: list[tuple[int, float]] = []
    for each in document["tried"]:
        if each["state"] == "finished":
            best = choose(each["value"], steps[-1][1]) if steps else each["value"]
            steps.append((each["trial"], best))
    return [*steps, (document["trials"], steps[-1][1])]


def _label(axes: Axes, metric: str, trials: int) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set_xlabel("trial")
    axes.set_ylabel(metric)
    axes.set_xlim(0.5, trials + 0.5)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="0.92")
    axes.legend(frameon=False, fontsize=9)


def draw_parallel(document: Mapping[str, Any], path: Path) -> None:
    """Draw a line for each trial through its values to its metric; the best is bold.

    Those that were pruned are dotted, as their metric is that of fewer epochs; of those that
    failed there is none, and that is said.
    """
    done = [each for each in document["tried"] if each["value"] is not None]
    varied, metric = vary.read(document["vary"]), [each["value"] for each in done]
    drawn = figures.new(2.1 * (len(varied) + 1) + 0.8, 3.8)
    axes = drawn.subplots()
    scales = [*map(_scale, varied), _metric_scale(metric, document["metric"])]
    colors = _colors(metric, best_is_high=bool(direction(document["metric"])))
    for each, color in zip(done, colors, strict=True):
        best = each["trial"] == document["best"]["trial"]
        values = [*(each["values"][one.path] for one in varied), each["value"]]
        heights = [scale.height(value) for scale, value in zip(scales, values, strict=True)]
        axes.plot(range(len(scales)), heights, color=VERMILION if best else color,
                  linestyle="-" if each["state"] == "finished" else ":",
                  linewidth=2.5 if best else 1, zorder=3 if best else 2)  # fmt: skip
    names = [*vary.short_names([each.path for each in varied]), document["metric"]]
    _draw_scales(axes, scales, names)
    if said := _left_out(document):
        drawn.supxlabel(said, fontsize=8, color="0.4")
    _save(drawn, path)


def _left_out(document: Mapping[str, Any]) -> str:
    """Return what there is to say of the trials that were not finished."""
    states = [each["state"] for each in document["tried"]]
    said = [f"dotted: {states.count('pruned')} pruned"] if "pruned" in states else []
    said += [f"not drawn: {states.count('failed')} failed"] if "failed" in states else []
    return "; ".join(said)


class _Scale:
    """One upright line: where a value stands on it, from 0 to 1, and its marks."""

    def __init__(self, height: Callable[[Any], float], marks: Sequence[tuple[float, str]]) -> None:
        self.height, self.marks = height, marks


def _scale(varied: Vary) -> _Scale:
    if varied.choices:
        return _choices(varied.choices)
    marks = _spread(varied.low, varied.high, varied.log)
    if isinstance(varied.low, int):
        marks = sorted({round(mark) for mark in marks})
    return _numbers(varied.low, varied.high, marks, log=varied.log)


def _choices(choices: Sequence[str]) -> _Scale:
    from cnncli.spec import parse_value

    texts = [flow(parse_value(each)) for each in choices]
    places = {text: number / (len(texts) - 1) for number, text in enumerate(texts)}
    return _Scale(
        lambda value: places[flow(value)],
        [(place, _cut(text)) for text, place in places.items()],
    )


def _metric_scale(values: Sequence[float], name: str) -> _Scale:
    low, high = min(values), max(values)
    if low == high:
        low, high = low - 0.5, high + 0.5
    return _numbers(low, high, _spread(low, high, log=False), log=False)


def _numbers(low: float, high: float, marks: Sequence[float], *, log: bool) -> _Scale:
    bend = math.log if log else float
    least, most = bend(low), bend(high)

    def height(value: float) -> float:
        return (bend(value) - least) / (most - least)

    return _Scale(height, [(height(mark), f"{mark:.3g}") for mark in marks])


def _spread(low: float, high: float, log: bool) -> list[float]:
    parts = [number / (_TICKS - 1) for number in range(_TICKS)]
    if log:
        return [low * (high / low) ** part for part in parts]
    return [low + (high - low) * part for part in parts]


def _draw_scales(axes: Axes, scales: Sequence[_Scale], names: Sequence[str]) -> None:
    from matplotlib.patheffects import withStroke

    halo = withStroke(linewidth=2.5, foreground="white")  # lines go on between the letters
    for place, scale in enumerate(scales):
        axes.axvline(place, color="0.3", linewidth=1, zorder=1)
        for height, text in scale.marks:
            axes.annotate(text, (place, height), (4, 0), textcoords="offset points", fontsize=8,
                          va="center", zorder=4, path_effects=[halo])  # fmt: skip
    axes.set_xticks(range(len(names)), [_cut(name) for name in names])
    axes.set_xlim(-0.1, len(names) - 0.55)
    axes.set_ylim(-0.04, 1.04)
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)


def _colors(values: Sequence[float], *, best_is_high: bool) -> list[str]:
    """Return greys: the better a value, the darker."""
    low, high = min(values), max(values)
    shares = [(value - low) / (high - low) if high > low else 0.5 for value in values]
    return [f"{0.85 - 0.6 * (share if best_is_high else 1 - share):.3f}" for share in shares]


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _save(drawn: Figure, path: Path) -> None:
    with files.replacing(path) as temporary:
        figures.save(drawn, temporary, path.suffix)
