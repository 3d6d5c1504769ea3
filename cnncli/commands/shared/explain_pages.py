"""The pages that `cnncli explain` draws: each image with its maps."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import fields
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from cnncli.commands.shared import image_outputs, outputs
from cnncli.commands.shared.explain_outputs import Collecting, Explained
from cnncli.commands.shared.pages import Pages, places
from cnncli.explain.agreement import CONTRADICTS
from cnncli.explain.checks import AGREEMENT, FAITHFULNESS
from cnncli.explain.explaining import Map
from cnncli.explain.verdicts import Verdict
from cnncli.render.pictures import explanations
from cnncli.render.pictures.answer_curves import AnswerCurves

if TYPE_CHECKING:
    from cnncli.evaluation.listing import Source

FEW = 5  # maps of an image that stand on one line whatever they show


class Sheets(Collecting):
    """Pictures, a page for each 24 images: one file each, of a PDF all in one."""

    def __init__(self, places: Sequence[outputs.Destination], title: str) -> None:
        super().__init__()
        self._pages = self._files.enter_context(Pages(places))
        self._title = title
        self._rows: list[explanations.Row] = []

    def take(self, each: Explained) -> None:
        if each.is_done:
            self._rows.append(_row(each))
        if len(self._rows) == explanations.IMAGES:
            self._draw()

    def _finish(self) -> None:
        if self._rows:
            self._draw()

    def _draw(self) -> None:
        drawn = explanations.sheet(self._title, self._rows)
        self._rows = []
        self._pages.write(drawn)


def pages(
    output: Path | None, images: Sequence[Source], *, force: bool
) -> list[outputs.Destination]:
    """Return one place for all pages, or a numbered one for each."""
    default = "explanations.png"
    if len(images) == 1:
        default = f"{image_outputs.stem(images[0].source or images[0].file)}-explain.png"
    count = -(-len(images) // explanations.IMAGES)
    return places(output, default, count, force=force, what=f"{len(images):,} images")


def _row(each: Explained) -> explanations.Row:
    explanation = each.explanation
    prediction = explanation.prediction
    truth = f"; true class: {each.truth}" if each.truth is not None else ""
    said = f"predicted: {prediction.predicted} ({prediction.probability:.3f}){truth}"
    assert explanation.pixels is not None
    maps = [_overlay(one) for one in explanation.maps]
    series = _series(explanation.maps)
    warning = "The methods contradict each other." if _contradict(explanation.maps) else ""
    return explanations.Row(each.key, said, explanation.pixels, maps, series, warning)


def _contradict(maps: Sequence[Map]) -> bool:
    found = [each.verdicts.get(AGREEMENT) for each in maps]
    return any(each is not None and each.verdict == CONTRADICTS for each in found)


def _series(maps: Sequence[Map]) -> list[int]:
    """Return how many maps stand together: those of one method by its layers, or of one class."""
    if len(maps) <= FEW:
        return [len(maps)]
    runs = _runs((one.method, one.target) for one in maps)
    if max(runs) == 1:
        return _runs(one.target for one in maps)
    # Methods that have but one map each share a line.
    together = (list(each) for _, each in groupby(runs, key=lambda count: count == 1))
    return [count for each in together for count in ([len(each)] if each[0] == 1 else each)]


def _runs(keys: Iterable[Hashable]) -> list[int]:
    return [len(list(each)) for _, each in groupby(keys)]


def _overlay(each: Map) -> explanations.Overlay:
    where = f"{each.layer}, {' × '.join(map(str, each.values.shape))}" if each.layer else ""
    lines = [*filter(None, [where]), f"for {each.target}", *_figures(each)]
    empty = f"Empty: nothing here speaks for {each.target}." if each.is_empty else ""
    said = each.verdicts.items()
    lines += [verdict.line(name) for name, verdict in said if not verdict.is_doubt]
    doubts = [verdict.line(name) for name, verdict in said if verdict.is_doubt]
    curves = _curves(each.verdicts.get(FAITHFULNESS))
    return explanations.Overlay(each.method, lines, each.values, empty, doubts, curves)


def _curves(verdict: Verdict | None) -> AnswerCurves | None:
    if verdict is None or verdict.figure is None:
        return None
    return AnswerCurves(**{each.name: verdict.about[each.name] for each in fields(AnswerCurves)})


def _figures(each: Map) -> list[str]:
    figures = each.figures
    if "missed" not in figures:
        return []
    missed = f"{100 * figures['missed']:.1f} % missed"
    return [f"from {figures['baseline']}, {figures['steps']:,} steps, {missed}"]
