"""The charts of a report, as SVG."""

from __future__ import annotations

from xml.etree import ElementTree

from cnncli.render.pages.charts import confusion
from cnncli.reporting.parts import Confusion


def test_each_cell_of_a_confusion_matrix_tells_its_count_and_share() -> None:
    drawn = confusion(Confusion(["a", "<b>"], [[3, 1], [0, 5]], "a matrix"))
    titles = [each.text for each in ElementTree.fromstring(drawn).iter() if "title" in each.tag]
    assert [each for each in titles if each and "taken for" in each] == [
        "a, taken for a: 3 images (75.0 %)",
        "a, taken for <b>: 1 image (25.0 %)",
        "<b>, taken for a: 0 images (0.0 %)",
        "<b>, taken for <b>: 5 images (100.0 %)",
    ]
