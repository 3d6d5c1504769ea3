"""Checks of explanations against SciPy, and on networks whose answer is known by heart."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats

from cnncli.explain import agreement, faithfulness, stability
from cnncli.explain.checks import Checks
from cnncli.explain.correlation import on_grid, spearman
from cnncli.explain.faithfulness import Faithfulness
from cnncli.explain.method import Maps
from cnncli.explain.network import Network
from cnncli.explain.verdicts import Verdict
from cnncli.explain.ways import Way, way_of
from cnncli.network.backend import load_keras
from cnncli.registry import METHODS

SIZE = 8
WAYS = {entry.name: way_of(entry) for entry in METHODS}
FEW_VALUES = st.sampled_from([-2.0, -1.0, 0.0, 0.0, 1.0, 3.5])  # so that many are equal
PAIRS = st.integers(2, 40).flatmap(
    lambda size: st.tuples(
        *(arrays.arrays(np.float32, size, elements=FEW_VALUES) for _ in range(2))
    )
)


@given(PAIRS)
def test_spearman_is_that_of_scipy(pair: tuple[np.ndarray, np.ndarray]):
    first, second = pair
    figure = spearman(first, second)
    if len(set(first.tolist())) == 1 or len(set(second.tolist())) == 1:
        assert figure is None
    else:
        assert figure == pytest.approx(stats.spearmanr(first, second).statistic, abs=1e-9)


def test_spearman_of_no_numbers_is_undefined():
    values = np.arange(4.0)
    assert spearman(values, np.array([0, 1, np.nan, 2])) is None
    assert spearman(np.array([0, 1, np.inf, 2]), values) is None


def test_a_coarser_grid_holds_means():
    values = np.arange(32, dtype=np.float32).reshape(4, 8)
    means = values.reshape(2, 2, 2, 4).mean(axis=(1, 3))
    np.testing.assert_allclose(on_grid(values, (2, 2)), means)
    assert on_grid(values, (4, 8)) is values


def way(name: str, layer: str | None = None) -> Way:
    return Way(name, WAYS[name].maps, layer, WAYS[name].by_size)


def test_methods_agree_or_contradict():
    draws = np.random.default_rng(0)
    coarse = draws.random((4, 4)).astype(np.float32)
    fine = coarse.repeat(2, axis=0).repeat(2, axis=1) * 7
    against = fine.max() - fine
    found = agreement.of_maps(
        [(way("grad-cam", "conv"), coarse), (way("occlusion"), fine), (way("rise"), against)]
    )
    cam, occlusion, rise = (each for each in found if each is not None)
    assert (cam.verdict, occlusion.verdict, rise.verdict) == ("contradicts",) * 3
    assert (cam.about["with"], cam.about["with_layer"]) == ("rise", None)
    figures = {each["method"]: each["figure"] for each in cam.about["all"]}
    assert figures == pytest.approx({"occlusion": 1, "rise": -1})
    assert rise.about["with"] in ("grad-cam", "occlusion") and rise.figure == pytest.approx(-1)
    two = agreement.of_maps([(way("grad-cam", "conv"), coarse), (way("occlusion"), fine)])
    assert [each and (each.verdict, each.figure) for each in two] == [("agrees", 1.0)] * 2


def test_only_what_both_methods_show_is_compared():
    draws = np.random.default_rng(1)
    signed = draws.normal(size=(6, 6)).astype(np.float32)
    cut = np.maximum(signed, 0)
    assert agreement.correlation((WAYS["rise"], signed), (WAYS["grad-cam"], cut)) == 1
    assert agreement.correlation((WAYS["rise"], signed), (WAYS["smoothgrad"], abs(signed))) == 1
    assert agreement.correlation((WAYS["rise"], signed), (WAYS["occlusion"], -signed)) == -1


def test_maps_of_one_method_or_of_other_layers_are_not_compared():
    values = np.random.default_rng(2).random((3, 3)).astype(np.float32)
    maps = [(way("grad-cam", "a"), values), (way("grad-cam", "b"), values)]
    assert agreement.of_maps(maps) == [None, None]
    assert agreement.of_maps([maps[0], (way("hires-cam", "b"), values)]) == [None, None]


def test_an_empty_map_agrees_with_nothing():
    values = np.random.default_rng(2).random((3, 3)).astype(np.float32)
    (said, _) = agreement.of_maps([(way("rise"), values), (way("grad-cam"), 0 * values)])
    assert said is not None and said.figure is None
    assert said.text == "undefined as a map is empty"


def linear(weights: np.ndarray, bias: float = 0.0) -> Network:
    """Return a network whose score is the sum of pixels times weights, and a sigmoid behind."""
    keras = load_keras()
    image = keras.Input((*weights.shape, 1))
    dense = keras.layers.Dense(1, activation="sigmoid")
    model = keras.Model(image, dense(keras.layers.Flatten()(image)))
    dense.set_weights([weights.reshape(-1, 1), np.array([bias])])
    return Network(model, ["no", "yes"], "yes")


def test_deletion_and_insertion_are_those_of_numpy():
    draws = np.random.default_rng(3)
    weights, image = draws.normal(size=(2, SIZE, SIZE)).astype(np.float32)
    products = weights * image
    measured = Faithfulness(linear(weights, 0.2), image[..., None], 1)
    curves = measured.curves(products)
    ordered = np.sort(products.ravel().astype(np.float64))[::-1]
    counts = np.rint(np.arange(33) * ordered.size / 32).astype(int)
    logits = np.array([ordered[:count].sum() for count in counts])
    insertion = 1 / (1 + np.exp(-(0.2 + logits)))
    deletion = 1 / (1 + np.exp(-(0.2 + ordered.sum() - logits)))
    np.testing.assert_allclose(curves.insertion, insertion, atol=1e-6)
    np.testing.assert_allclose(curves.deletion, deletion, atol=1e-6)
    steps = (insertion - deletion)[:-1] + (insertion - deletion)[1:]
    assert curves.area == pytest.approx(steps.sum() / 64, abs=1e-6)


def test_the_exact_map_is_better_than_random_and_its_opposite_is_not():
    draws = np.random.default_rng(4)
    weights, image = draws.normal(size=(2, SIZE, SIZE)).astype(np.float32)
    weights /= 8  # so that the sigmoid is not flat
    measured = Faithfulness(linear(weights), image[..., None], 1)
    right = measured.of_map(weights * image)
    wrong = measured.of_map(-weights * image)
    noise = measured.of_map(draws.normal(size=(SIZE, SIZE)).astype(np.float32))
    assert right.verdict == faithfulness.BETTER and not right.is_doubt
    assert wrong.verdict == noise.verdict == faithfulness.NO_BETTER and wrong.is_doubt
    assert right.figure == pytest.approx(-(wrong.figure or 0), abs=1e-6)
    areas = [each.area for each in measured.random((SIZE, SIZE))]
    assert (right.about["random"], right.about["spread"]) == pytest.approx(
        (np.mean(areas), np.std(areas, ddof=1))
    )
    assert right.about["random_areas"] == areas and len(areas) == 10


def test_a_method_is_better_than_random_where_more_than_half_of_its_maps_are():
    draws = np.random.default_rng(8)
    weights = draws.normal(size=(SIZE, SIZE)).astype(np.float32) / 4
    images = draws.normal(size=(5, SIZE, SIZE)).astype(np.float32)
    measured = [Faithfulness(linear(weights), image[..., None], 1) for image in images]
    right = [each.of_map(weights * image) for each, image in zip(measured, images, strict=True)]
    wrong = [each.of_map(-weights * image) for each, image in zip(measured, images, strict=True)]
    noise = [each.of_map(draws.normal(size=(SIZE, SIZE)).astype(np.float32)) for each in measured]
    assert {each.verdict for each in right} == {faithfulness.BETTER}
    assert {each.verdict for each in noise} == {faithfulness.NO_BETTER}
    few, most = ([*right[:count], *noise[count:]] for count in (2, 3))
    for maps, said in ((few, faithfulness.NO_BETTER), (most, faithfulness.BETTER)):
        whole = faithfulness.overall(maps)
        assert whole.figure == pytest.approx(np.mean([each.figure for each in maps]))
        # The mean alone is above that of random maps in both.
        assert whole.figure > whole.about["random"] + 2 * whole.about["spread"]
        assert (whole.verdict, whole.is_doubt) == (said, said == faithfulness.NO_BETTER)
        assert whole.about["better"] == sum(each.verdict == faithfulness.BETTER for each in maps)
    empty = measured[0].of_map(np.zeros((SIZE, SIZE), np.float32))
    assert faithfulness.overall([*right[:2], empty, empty]).verdict == faithfulness.NO_BETTER
    assert faithfulness.overall([empty, empty]).verdict == "undefined"
    # More than half are no use where the others are so bad that the mean is not better.
    weak = replace(right[0], figure=right[0].about["random"] + 3 * right[0].about["spread"])
    assert faithfulness.overall([weak, weak, weak, *wrong[:2]]).verdict == faithfulness.NO_BETTER


def test_random_maps_have_the_resolution_of_the_map():
    # Few large cells that are hidden at random change more than many small ones.
    draws = np.random.default_rng(5)
    weights = np.ones((32, 32), np.float32) / 50
    image = np.kron(draws.normal(size=(4, 4)), np.ones((8, 8))).astype(np.float32)
    measured = Faithfulness(linear(weights), image[..., None], 1)
    spreads = [np.std([each.area for each in measured.random((n, n))]) for n in (4, 32)]
    assert spreads[0] > 3 * spreads[1]


@pytest.mark.parametrize("value", [0.0, 2.0])
def test_what_is_the_same_everywhere_has_no_order(value: float):
    weights = np.ones((SIZE, SIZE), np.float32)
    network = linear(weights)
    flat = np.full((SIZE, SIZE), value, np.float32)
    image = weights[..., None]
    constant = Way("constant", lambda *given: Maps(flat[None]))
    for said in (
        Faithfulness(network, image, 1).of_map(flat),
        stability.of_map(network, constant, image, 1, flat),
    ):
        assert (said.figure, said.verdict) == (None, "undefined")
        assert ("empty" in said.text) == (value == 0)


def test_stability_moves_maps_back():
    """A map that moves with the image is stable, at each resolution; one of noise is not."""
    image = np.random.default_rng(6).normal(size=(SIZE, SIZE, 1)).astype(np.float32)
    network = linear(np.ones((SIZE, SIZE), np.float32))
    same = Way("same", lambda network, images, *rest: Maps(images[..., 0]))
    coarse = Way("coarse", lambda network, images, *rest: Maps(np.cbrt(images[:, ::4, ::4, 0])))

    def noise(network: Any, images: np.ndarray, *rest: Any) -> Maps:
        draws = np.random.default_rng(abs(hash(images.tobytes())))
        return Maps(draws.random(images.shape[:3]).astype(np.float32))

    def said(way: Way) -> Any:
        values = way.maps(network, image[None], [1], None).values[0]
        return stability.of_map(network, way, image, 1, values)

    assert said(same).figure > 0.99 and said(same).verdict == "stable"
    assert said(coarse).figure < 0.99  # its cells are larger than the shift
    assert said(Way("noise", noise)).verdict == "unstable"
    assert said(Way("size", lambda n, x, *rest: Maps(x[..., 0]), by_size=True)).figure > 0.98


def test_checks_are_made_where_they_are_asked_for():
    draws = np.random.default_rng(7)
    weights, image = draws.normal(size=(2, SIZE, SIZE)).astype(np.float32)
    network = linear(weights)
    ways = [WAYS["occlusion"], WAYS["gradient"]]
    image = image[..., None]
    maps = [way.maps(network, image[None], [1], None).values[0] for way in ways]
    said = Checks().of(network, ways, image, 1, maps)
    assert [each.keys() for each in said] == [{"sanity"}] * 2
    assert said[0]["sanity"].line("sanity") == "sanity not checked: --sanity"
    every = Checks(agreement=True, faithfulness=True, stability=True)
    (first, second) = every.of(network, ways, image, 1, maps)
    assert list(first) == list(second) == ["sanity", "agreement", "faithfulness", "stability"]
    # The gradient is the same for all images, so that it does not move with a shifted one.
    sizes = abs(weights)
    moved = [stats.spearmanr(sizes[:, :-1], sizes[:, 1:], axis=None).statistic,
             stats.spearmanr(sizes[:-1], sizes[1:], axis=None).statistic]  # fmt: skip
    assert second["stability"].figure == pytest.approx((2 + sum(moved)) / 4)


def test_what_a_verdict_is_of_stands_before_its_figure_and_others_behind() -> None:
    assert Verdict(0.1, "contradicts", detail="occlusion").text == "contradicts occlusion (0.10)"
    said = Verdict(0.3, "is blind to the class", beside="with the top layer alone 0.97").text
    assert said == "is blind to the class (0.30; with the top layer alone 0.97)"


@pytest.mark.parametrize("name", ["rise", "occlusion", "smoothgrad", "integrated-gradients"])
def test_what_takes_long_tells_how_far_it_has_come(name: str):
    draws = np.random.default_rng(9)
    network = linear(draws.normal(size=(SIZE, SIZE)).astype(np.float32))
    image = draws.normal(size=(SIZE, SIZE, 1)).astype(np.float32)
    told: list[tuple[str, int, int]] = []
    with network.telling(lambda *each: told.append(each)):
        network.begin(name)
        values = WAYS[name].maps(network, image[None], [1], None).values[0]
        measured = Faithfulness(network, image, 1)
        network.begin("faithfulness")
        measured.of_map(values)
    total = {"rise": 1000, "occlusion": SIZE * SIZE}.get(name, 32)
    whole = [*range(network.batch, total, network.batch), total]
    assert told[: len(whole) + 1] == [(name, done, total if done else 0) for done in (0, *whole)]
    assert told[-10:] == [("faithfulness", done, 10) for done in range(1, 11)]
    network.begin("nobody listens any more")
    assert told[-1][0] == "faithfulness"
