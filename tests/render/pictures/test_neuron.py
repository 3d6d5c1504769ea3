"""The drawing of a neuron: whatever the numbers, nothing overlaps and nothing is cut off."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from cnncli.render.pictures.neuron import Drawing, draw

LONGEST = "relu:negative_slope=0.123,max_value=6.25,threshold=1.125"


@pytest.mark.parametrize("count", [1, 3, 8, 12])
@pytest.mark.parametrize("number", [-123456.789, 0.123456789, -1.5e-7, 1.5e30])
def test_no_text_meets_another_or_the_rim(count: int, number: float) -> None:
    curve = np.linspace(-4, 4, 9)
    values = [number] * count
    figure = draw(Drawing(values, values, number, number, number, LONGEST, (curve, curve)))
    figure.canvas.draw()
    texts = [text for axes in figure.axes for text in axes.texts if text.get_text()]
    assert len(texts) >= 2 * min(count, 7) + 5
    boxes = [text.get_window_extent() for text in texts]
    for (one, box), (other, second) in itertools.combinations(zip(texts, boxes, strict=True), 2):
        assert not box.overlaps(second), (one.get_text(), other.get_text())
    for text, box in zip(texts, boxes, strict=True):
        inside = figure.bbox.contains(box.x0, box.y0) and figure.bbox.contains(box.x1, box.y1)
        assert inside, text.get_text()


def test_a_number_in_a_circle_stays_in_it() -> None:
    curve = np.linspace(-4, 4, 9)
    figure = draw(Drawing([-123456.789], [1], 0, 0, 1.5e-30, "relu", (curve, curve)))
    figure.canvas.draw()
    field = figure.axes[0]
    circles = [patch.get_window_extent() for patch in field.patches]
    for text in field.texts:
        if "\n" in text.get_text():
            box = text.get_window_extent()
            assert any(circle.x0 < box.x0 and box.x1 < circle.x1 for circle in circles)


def test_the_arrows_end_where_something_stands() -> None:
    curve = np.linspace(-4, 4, 9)
    figure = draw(Drawing([1.0], [2.0], 0, 2.0, 0.5, "relu", (curve, curve)))
    figure.canvas.draw()
    field, inset = figure.axes
    shapes = [patch.get_window_extent() for patch in field.patches]
    arrows = [text for text in field.texts if getattr(text, "arrow_patch", None)]
    assert len(arrows) == 3
    for arrow in arrows:
        x, y = field.transData.transform(arrow.xy)  # type: ignore[attr-defined]
        assert any(abs(x - edge) < 2 for box in shapes for edge in (box.x0, box.x1)) or any(
            abs(y - box.y1) < 2 for box in shapes
        )
    frame = max(shapes, key=lambda box: box.width)
    inner = inset.get_tightbbox()
    assert frame.x0 < inner.x0 and inner.x1 < frame.x1
    assert frame.y0 < inner.y0 and inner.y1 < frame.y1
