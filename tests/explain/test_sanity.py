"""Maps with weights drawn anew: the edge detector and what is blind to the class are caught."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnncli.cli import main
from cnncli.explain import explaining, sanity
from cnncli.explain.method import Maps, stacked
from cnncli.explain.network import Network
from cnncli.explain.reinitialise import draw_anew, learnt_layers
from cnncli.explain.sanity import Sanity
from cnncli.explain.sanity_file import SanityFile
from cnncli.explain.ways import Way, way_of
from cnncli.images import samples
from cnncli.network.backend import load_keras
from cnncli.registry import CONTROL, METHODS
from cnncli.runs import model_file
from cnncli.runs.directory import RunDirectory

TABLE = {entry.name: entry for entry in METHODS}


def blind_score_cam(
    network: Network,
    images: np.ndarray,
    classes: Sequence[int],
    layer: str | None = None,
    seed: int = 0,
) -> Maps:
    """Add the maps of a layer up whatever the class, as Score-CAM does with equal weights."""
    assert layer is not None
    made = network.activations(images, layer, classes[0])[0]
    return stacked(list(np.maximum(made.sum(axis=-1), 0)))


@pytest.fixture(scope="module")
def lenet5(tmp_path_factory: pytest.TempPathFactory) -> Network:
    out = tmp_path_factory.mktemp("lenet5") / "run"
    words = ["train", "sample:digits", "--arch", "lenet5", "--epochs", "4", "--out", str(out)]
    assert main([*words, "--quiet"]) == 0
    return explaining.prepare(model_file.load(str(out)))


@pytest.fixture(scope="module")
def digits(lenet5: Network) -> tuple[np.ndarray, list[int]]:
    """Eight images and what the network says they are."""
    pixels = np.stack([samples.digits()[0][number] for number in range(8)])
    height, width = lenet5.model.input_shape[1:3]
    factor = -(-height // pixels.shape[1])
    large = pixels.repeat(factor, axis=1).repeat(factor, axis=2)[:, :height, :width]
    inputs = lenet5.inputs(large.reshape(8, height, width, 1))
    chances = np.stack([lenet5.probabilities(inputs, target) for target in range(10)])
    return inputs, chances.argmax(axis=0).tolist()


def test_what_depends_on_the_weights_is_told_from_what_does_not(
    lenet5: Network, digits: tuple[np.ndarray, list[int]]
):
    before = [np.array(each) for each in lenet5.model.get_weights()]
    ways = [
        way_of(TABLE["grad-cam"], lenet5.default_layer),
        way_of(TABLE["gradient"]),
        Way("blind", blind_score_cam, lenet5.default_layer),
        way_of(CONTROL),
    ]
    shown: list[tuple[int, int]] = []
    found = sanity.measure(lenet5, ways, *digits, lambda *done: shown.append(done))
    cam, gradient, blind, edges = (found[way] for way in ways)
    for each in (cam, gradient):
        assert each.verdict.verdict == "depends on what was learnt"
        assert each.all is not None and each.all < 0.5
    assert blind.top == 1 and blind.verdict.verdict == "is blind to the class"
    assert blind.all is not None and blind.all < 0.9
    assert edges.all == 1 and edges.verdict.verdict == "ignores the weights"
    assert all(each.control == 1 and each.images == 8 for each in found.values())
    layers = [each.name for each in reversed(lenet5.model.layers) if each.weights]
    assert [name for name, _ in cam.steps] == layers
    assert shown == [(number, 5 * 16) for number in range(5 * 16)]  # 5 layers, 3 seeds
    for one, other in zip(before, lenet5.model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    again = sanity.measure(lenet5, ways[:1], *digits)
    assert again[ways[0]] == cam


def test_weights_come_back_after_an_interruption(
    lenet5: Network, digits: tuple[np.ndarray, list[int]]
):
    before = [np.array(each) for each in lenet5.model.get_weights()]

    def interrupt(done: int, total: int) -> None:
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sanity.measure(lenet5, [way_of(TABLE["gradient"])], *digits, interrupt)
    for one, other in zip(before, lenet5.model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_where_the_control_does_not_fail_nothing_is_said(lenet5: Network):
    blank = np.zeros((2, *lenet5.model.input_shape[1:]), np.float32)
    (found,) = sanity.measure(lenet5, [way_of(TABLE["gradient"])], blank, [0, 1]).values()
    assert found.control is None
    assert (found.verdict.figure, found.verdict.verdict) == (None, "undefined")


@pytest.mark.parametrize(
    ("top", "everything", "words"),
    [
        (0.1, 0.49, "depends on what was learnt"),
        (0.89, 0.5, "shows mostly the image"),
        (0.9, 0.1, "is blind to the class"),
        (1.0, 0.9, "ignores the weights"),
        (0.1, -0.6, "depends on what was learnt"),
    ],
)
def test_figures_become_words(top: float, everything: float, words: str):
    verdict = Sanity([("d", top), ("c", everything)], top, 1.0, 8).verdict
    assert (verdict.verdict, verdict.figure) == (words, everything)
    assert verdict.is_doubt == (words != "depends on what was learnt")


def small_network() -> Any:
    keras = load_keras()
    layers, initializers = keras.layers, keras.initializers
    image = keras.Input((12, 12, 2), name="image")
    scaled = layers.Normalization(mean=3.0, variance=4.0)(image)
    flow = layers.Conv2D(3, 3, kernel_initializer=initializers.HeNormal(seed=5), name="conv")(
        scaled
    )
    flow = layers.BatchNormalization(name="norm")(flow)
    flow = layers.SeparableConv2D(4, 3, name="separable")(flow)
    inner = keras.Sequential(
        [keras.Input((8, 8, 4)), layers.Conv2D(4, 3, padding="same", name="within")], name="inner"
    )
    flow = layers.TimeDistributed(layers.Dense(3), name="wrapped")(inner(flow))
    flow = layers.MultiHeadAttention(1, 2, name="attention")(flow, flow)
    flow = layers.GlobalAveragePooling2D()(flow)
    return keras.Model(image, layers.Dense(2, activation="softmax", name="last")(flow))


def test_layers_are_drawn_anew_by_their_own_initializers():
    network = Network(small_network(), ["a", "b"])
    layers = learnt_layers(network)
    names = ["last", "attention", "wrapped", "within", "separable", "norm", "conv"]
    assert [layer.name for layer in layers] == names
    for layer in layers:
        layer.set_weights([np.full(each.shape, 9.0) for each in layer.get_weights()])
        draw_anew(layer, 1)
        first = layer.get_weights()
        draw_anew(layer, 2)
        second = layer.get_weights()
        draw_anew(layer, 1)
        for one, other, again in zip(first, second, layer.get_weights(), strict=True):
            np.testing.assert_array_equal(one, again)
            assert abs(one).max() < 5
            # Kernels are drawn; biases, means and the like are as every layer begins.
            assert (one == other).all() == (len(np.unique(one)) == 1)


def test_a_file_keeps_what_several_find_at_the_same_time(tmp_path: Path):
    run = run_with(tmp_path, b"weights")
    ways = [way_of(entry, "conv" if entry.by_layer else None) for entry in METHODS]
    found = {
        way: Sanity([("top", 0.1 * n), ("conv", None)], None, 1.0, 8) for n, way in enumerate(ways)
    }
    threads = [
        threading.Thread(target=lambda way=way: SanityFile(run).add({way: found[way]}))
        for way in ways
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    file = SanityFile(run)
    assert file.read(ways) == found and file.note == ""
    assert file.read([Way("grad-cam", ways[0].maps, "another")]) == {}
    assert set(json.loads(run.sanity.read_text())["methods"]) == set(TABLE)


def test_what_was_found_with_other_weights_is_not_believed(tmp_path: Path):
    run = run_with(tmp_path, b"weights")
    way = way_of(TABLE["rise"])
    file = SanityFile(run)
    run.model.write_bytes(b"of the next epoch")
    file.add({way: Sanity([("top", 0.1)], 0.1, 1.0, 8)})  # of weights that are gone
    assert not run.sanity.exists() and "written meanwhile" in file.note
    SanityFile(run).add({way: Sanity([("top", 0.1)], 0.1, 1.0, 8)})
    assert SanityFile(run).read([way])
    run.model.write_bytes(b"of a later one")
    stale = SanityFile(run)
    assert stale.read([way]) == {} and "does not count" in stale.note


@pytest.mark.parametrize(
    "text",
    [
        "", "nonsense", "[]", '{"methods": 1}', '{"methods": {"rise": 1}}',
        '{"methods": {"rise": {"-": []}}}', '{"methods": {"rise": {"-": {"layers": 3}}}}', "\x00",
        '{"methods": {"rise": {"-": {"layers": [], "images": Infinity, "seeds": 1}}}}',
    ],
)  # fmt: skip
def test_a_damaged_file_is_as_if_it_were_not_there(tmp_path: Path, text: str):
    run = run_with(tmp_path, b"weights")
    run.sanity.write_text(text)
    way = way_of(TABLE["rise"])
    file = SanityFile(run)
    assert file.read([way]) == {} and file.note
    found = {way: Sanity([("top", 0.1)], 0.1, 1.0, 8)}
    file.add(found)
    assert SanityFile(run).read([way]) == found


def run_with(folder: Path, weights: bytes) -> RunDirectory:
    run = RunDirectory(folder)
    run.model.write_bytes(weights)
    return run
