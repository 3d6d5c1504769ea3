"""The images of known cause: the same each time, of equal means, their boxes around the cause."""

from __future__ import annotations

import numpy as np
import pytest

from cnncli.data.index import find
from cnncli.images import blobs, sample_sets
from cnncli.images.blobs import FAINT, SIZE, Form, draw
from cnncli.images.reader import read

FORMS = [
    Form(),
    Form(seed=5),
    Form(shortcut=True, faint=True),
    Form("texture"),
    Form("colour"),
]


def difference(form: Form, number: int) -> np.ndarray:
    """Return what the cause and the mark add to an image, without the noise: the even number
    before it has neither, so that it is drawn again with nothing to add."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("BLOB", "STRIPES", "RED", "GREEN", "MARK"):
            patch.setattr(blobs, name, 0)
        without = draw(form, number).pixels.astype(float)
    with_it = draw(form, number).pixels.astype(float)
    found = with_it - without
    return found - np.median(found, axis=(0, 1))  # the means are made equal


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_an_image_depends_on_its_form_and_number_alone(form: Form) -> None:
    first = [draw(form, number).pixels.tobytes() for number in range(6)]
    again = [draw(form, number).pixels.tobytes() for number in reversed(range(6))]
    assert first == again[::-1]
    assert len(set(first)) == 6
    assert draw(form, 1).pixels.dtype == np.uint8


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_brightness_gives_nothing_away(form: Form) -> None:
    means = np.array([draw(form, number).pixels.mean(axis=(0, 1)) for number in range(100)])
    assert abs(means - blobs.MEAN).max() < 0.2
    assert abs(means[::2].mean(axis=0) - means[1::2].mean(axis=0)).max() < 0.02


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_the_box_holds_the_cause_and_the_other_class_has_none(form: Form) -> None:
    for number in range(40):
        drawn = draw(form, number)
        assert (drawn.cause is None) == (form.label(number) == "bar")
        if drawn.cause is None:
            assert drawn.mark is None
            continue
        added = abs(difference(form, number)).max(axis=2)
        rest = added.copy()
        for box in filter(None, (drawn.cause, drawn.mark)):
            assert min(box.top, box.left) >= 0
            assert max(box.top + box.height, box.left + box.width) <= SIZE
            inside = np.s_[box.top : box.top + box.height, box.left : box.left + box.width]
            assert added[inside].max() > 15
            rest[inside] = 0
        assert rest.max() < 0.2 * added.max()


def test_a_colour_is_not_seen_in_grey() -> None:
    added = difference(Form("colour"), 3)
    assert abs(added @ [0.299, 0.587, 0.114]).max() < 2
    assert abs(added[..., 0]).max() > 60


def test_forms_of_one_seed_differ_by_the_mark_alone() -> None:
    plain, marked = draw(Form(), 7), draw(Form(shortcut=True), 7)
    assert marked.mark is not None and plain.mark is None
    changed = abs(marked.pixels.astype(int) - plain.pixels).max(axis=2) > 5
    rows, columns = np.nonzero(changed)
    box = marked.mark
    assert (rows.min(), columns.min(), np.ptp(rows) + 1, np.ptp(columns) + 1) == tuple(box)


def test_the_faint_blob_is_weaker() -> None:
    strong, faint = (difference(Form(faint=faint), 9).max() for faint in (False, True))
    assert faint == pytest.approx(FAINT * strong, abs=2)


def test_the_sample_is_the_default_form() -> None:
    found = find("sample:blobs")
    assert found.classes == ("bar", "blob")
    assert len(found.items) == sample_sets.SETS["blobs"].count == 800
    for item in (found.items[0], found.items[-1]):
        number = int(item.file.rpartition("/")[2])
        image = read(item.source)
        assert np.array_equal(image.pixels, draw(Form(), number).pixels)
        assert item.label == Form().label(number)


@pytest.mark.parametrize("name", sample_sets.SETS)
def test_a_sample_set_is_what_it_says_of_itself(name: str) -> None:
    one = sample_sets.SETS[name]
    labels = one.labels()
    assert len(labels) == one.count
    assert tuple(sorted(set(labels))) == one.classes
    assert one.image(one.count - 1).shape == (one.side, one.side, 1)
