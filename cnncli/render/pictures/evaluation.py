"""Pictures of an evaluation: ROC, precision and recall, reliability, answering where it is sure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli import files
from cnncli.render.pictures import figure
from cnncli.render.pictures.palette import BLUE, DASHES, GREY, LINES, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from cnncli.metrics.operating import ClassCurves

NAMED = len(LINES) * 2  # classes whose curves can be told apart; of more, all are grey
SIDE = 5.2
LETTER = 0.066  # inches, about, in a legend


def draw_roc(curves: Sequence[ClassCurves], threshold: float | None, path: Path) -> None:
    """Draw the ROC curve of each class, its AUC in the legend, its operating point on it."""
    drawing, axes = _square(_width(curves, ": AUC 0.999"))
    axes.plot([0, 1], [0, 1], color="0.8", linewidth=1, zorder=0)
    for place, each in enumerate(curves):
        made = each.figures
        label = f"{each.name}: AUC {made['auc']:.3f}"
        axes.plot(each.false, each.true, label=label, **_style(place, len(curves)))
        _point(axes, 1 - made["specificity"], made["sensitivity"], place, len(curves))
    axes.set(xlabel="1 - specificity", ylabel="sensitivity", title=_title("ROC", curves, threshold))
    _finish(drawing, axes, curves, path)


def draw_precision_recall(
    curves: Sequence[ClassCurves], threshold: float | None, path: Path
) -> None:
    """Draw precision over recall of each class, its average precision, its operating point."""
    drawing, axes = _square(_width(curves, ": average precision 0.999"))
    for place, each in enumerate(curves):
        made = each.figures
        label = f"{each.name}: average precision {made['average_precision']:.3f}"
        style = _style(place, len(curves))
        axes.plot(each.recall, each.precision, label=label, drawstyle="steps-post", **style)
        if not _is_never_said(each):
            _point(axes, made["recall"], made["precision"], place, len(curves))
    title = _title("Precision and recall", curves, threshold)
    if threshold is not None and any(map(_is_never_said, curves)):
        title = title.replace("the dot is at", "none is above")
    axes.set(xlabel="recall (sensitivity)", ylabel="precision", title=title)
    _finish(drawing, axes, curves, path)


def _is_never_said(curve: ClassCurves) -> bool:
    """Whether no image is taken for the class: its precision is then that of nothing."""
    said = curve.figures["positive_predictive_value"]
    return said is None or math.isnan(said)


def draw_reliability(figures: Mapping[str, Any], path: Path) -> None:
    """Draw how often the network is right over how sure it is; a dot's area is its images."""
    drawing, axes = _square(SIDE)
    bins = figures["reliability"]
    sure, right = ([each[key] for each in bins] for key in ("confidence", "accuracy"))
    largest = max(each["images"] for each in bins)
    axes.plot([0, 1], [0, 1], color="0.8", linewidth=1, zorder=0)
    axes.vlines(sure, sure, right, color=VERMILION, linewidth=1)
    axes.scatter(sure, right, s=[60 * each["images"] / largest for each in bins], color=BLUE)
    least = min(*sure, *right)
    axes.set(
        xlim=(least - 0.04, 1.04),
        ylim=(least - 0.04, 1.04),
        xlabel="probability of the likeliest class (mean of a bin)",
        ylabel="share that is right",
        title="Reliability: expected calibration error "
        f"{figures['expected_calibration_error']:.3f}, {len(bins)} bins",
    )
    _finish(drawing, axes, (), path)


def draw_answered(answered: Mapping[str, Any], path: Path) -> None:
    """Draw the accuracy over the share of images that is answered; the confidence asked for is
    marked.
    """
    drawing, axes = _square(SIDE)
    curve = answered["curve"]
    shares, accuracies = ([each[key] for each in curve] for key in ("answered", "accuracy"))
    axes.plot(shares, accuracies, color=BLUE, marker="o" if len(curve) <= 30 else "", markersize=3)
    title = f"Answering from {answered['confidence']:g} on: {answered['images']:,} images"
    if answered["images"]:
        axes.plot(answered["answered"], answered["accuracy"], "o", color=VERMILION, zorder=3)
        title += f", accuracy {answered['accuracy']:.3f}"
    axes.set(xlim=(0, 1.02), xlabel="share of images that is answered", ylabel="accuracy of these",
             title=title)  # fmt: skip
    _finish(drawing, axes, (), path)


def _square(width: float) -> tuple[Figure, Axes]:
    drawing = figure.new(width, SIDE)
    axes = drawing.subplots()
    axes.grid(color="0.93")
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    return drawing, axes


def _width(curves: Sequence[ClassCurves], behind: str) -> float:
    """Return the width in inches: a legend of several classes stands beside the curves.

    `behind` is as long as what stands behind their names there.
    """
    if not 1 < len(curves) <= NAMED:
        return SIDE
    return SIDE + 0.7 + LETTER * (max(len(each.name) for each in curves) + len(behind))


def _style(place: int, many: int) -> dict[str, Any]:
    if many > NAMED:
        return {"color": GREY, "linewidth": 0.6, "alpha": 0.6}
    dash = DASHES[place // len(LINES)]
    return {"color": LINES[place % len(LINES)], "linewidth": 1.6, "linestyle": dash}


def _point(axes: Axes, across: float, up: float, place: int, many: int) -> None:
    colour = _style(place, many)["color"]
    size = 7 if many <= NAMED else 2
    axes.plot(across, up, "o", color=colour, markersize=size, markeredgecolor="white", zorder=3)


def _title(name: str, curves: Sequence[ClassCurves], threshold: float | None) -> str:
    if threshold is not None and curves:
        return f"{name} of {curves[0].name}; the dot is at the threshold {threshold:g}"
    return f"{name} of each class against the rest; dots: as it is predicted"


def _finish(drawing: Figure, axes: Axes, curves: Sequence[ClassCurves], path: Path) -> None:
    if curves:
        axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal", anchor="W")
    axes.title.set_fontsize(10)
    if len(curves) == 1:
        axes.legend(frameon=False, loc="lower center")
    elif 1 < len(curves) <= NAMED:
        axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1.02, 0.5), fontsize=9)
    with files.replacing(path) as temporary:
        figure.save(drawing, temporary, path.suffix)
