"""Spec -> Keras model: the same weights each time, faults at their line, bounds on memory."""

from __future__ import annotations

import resource
import textwrap
from typing import Any

import numpy as np
import pytest

from cnncli.errors import SpecError
from cnncli.network.backend import load_keras
from cnncli.network.build import build
from cnncli.spec import load_file, load_text
from cnncli.spec.shipped import names, path
from tests.conftest import Cli


def load(text: str) -> Any:
    return load_text(textwrap.dedent(text), "net.yaml")


def chain(*layers: str, shape: str = "[8, 8, 3]") -> str:
    return f"input: {shape}\nlayers:\n" + "".join(f"  - {layer}\n" for layer in layers)


@pytest.mark.parametrize("name", names())
def test_shipped_specs_build(name: str) -> None:
    spec = load_file(path(name))
    model = build(spec, weights=False)
    assert model.name == name
    assert model.count_params() > 0


def lesson_code() -> Any:
    """The lesson's own code."""
    keras = load_keras()
    layers = keras.layers
    keras.utils.set_random_seed(42)
    inputs = keras.Input(shape=(256, 256, 1))
    x = inputs
    for filters, size in ((8, 3), (8, 3), (12, 3), (12, 3), (20, 5), (20, 5)):
        x = layers.Conv2D(filters, size, padding="same", activation="relu")(x)
        x = layers.MaxPool2D()(x)
    x = layers.Conv2D(filters=50, kernel_size=5, padding="same", activation="relu")(x)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dense(128, activation="relu")(x)
    x = layers.Dropout(0.6)(x)
    x = layers.Dense(32, activation="relu")(x)
    return keras.Model(inputs, layers.Dense(1, activation="sigmoid")(x))


def test_the_lesson_has_the_weights_of_its_code() -> None:
    ours, theirs = build(load_file(path("lesson"))), lesson_code()
    assert [type(layer) for layer in ours.layers] == [type(layer) for layer in theirs.layers]
    for our, their in zip(ours.weights, theirs.weights, strict=True):
        np.testing.assert_array_equal(our.numpy(), their.numpy())


def test_the_same_spec_gives_the_same_weights_and_names_whatever_happened_before() -> None:
    keras = load_keras()
    spec = load_file(path("lenet5"))
    first = build(spec)
    keras.layers.Dense(3).build((None, 4))
    np.random.default_rng().random()
    second = build(spec)
    assert [w.path for w in first.weights] == [w.path for w in second.weights]
    for one, other in zip(first.weights, second.weights, strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy())


def test_another_seed_gives_other_weights() -> None:
    text = "seed: {}\n" + chain("Dense: {{units: 4}}")
    one, other = (build(load(text.format(seed))).weights[0].numpy() for seed in (1, 2))
    assert not np.array_equal(one, other)


FAULTS = {
    "rank": (chain("Flatten", "Conv2D: {filters: 2, kernel_size: 3}"), 4, "has 2: (None, 192)"),
    "window": (chain("MaxPool2D: {pool_size: 9}"), 3, "window of 9 x 9"),
    "kernel": (chain("Conv2D: {filters: 2, kernel_size: 9}"), 3, "padding: same"),
    "reshape": (chain("Reshape: {target_shape: [5, 5]}"), 3, "must hold 192 values"),
    "groups": (chain("Conv2D: {filters: 6, kernel_size: 1, groups: 2}"), 3, "groups may be 1, 3"),
    "too few": (chain("MultiHeadAttention: {num_heads: 1, key_dim: 2}"), 3, "takes value as well"),
    "units": (chain("Dense: {units: -1}"), 3, "units"),
    "activation": (chain("Dense: {units: 1, activation: {ReLU: {max_value: -1}}}"), 3, "max_value"),
    "initializer": (
        chain("Dense: {units: 2, bias_initializer: orthogonal}"),
        3,
        "at least two-dimensional",
    ),
    "add": (
        chain(
            "Conv2D: {filters: 4, kernel_size: 1, strides: 2, name: a}", "Add: {inputs: [input, a]}"
        ),
        4,
        '"input" (None, 8, 8, 3), "a" (None, 4, 4, 4)',
    ),
    "concatenate": (
        chain("MaxPool2D: {name: a}", "Concatenate: {inputs: [input, a]}"),
        4,
        "they differ in height, width",
    ),
    "inside": (
        chain("Sequential: {layers: [Flatten, {MaxPool2D: {}}]}"),
        3,
        "MaxPooling2D takes 4 dimensions",
    ),
    "result": (chain("Dense: {units: 2, name: a}", "ReLU: {inputs: a/1}"), 4, 'no "a/1"'),
    "slice": (chain("ops.get_item: {key: 'a:b'}"), 3, "no slice"),
    "op": (chain("ops.matmul"), 3, "takes x2 as well"),
    "stateful": (chain("LSTM: {units: 2, stateful: true}", shape="[4, 3]"), 3, "batch size"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_what_keras_refuses_is_said_at_its_line(case: str) -> None:
    text, line, said = FAULTS[case]
    with pytest.raises(SpecError) as caught:
        build(load(text))
    (problem,) = caught.value.problems
    assert problem.line == line
    assert said in str(problem)
    assert "\x1b" not in str(problem)


@pytest.mark.parametrize(
    "layer",
    [
        "Dense: {units: 1000000000000}",
        "Conv2D: {filters: 100000000, kernel_size: 100, padding: same}",
        "Embedding: {input_dim: 1000000000, output_dim: 1000}",
        "Bidirectional: {layer: {ConvLSTM1D: {filters: 100000000, kernel_size: 3}}}",
        "Sequential: {layers: [{Dense: {units: 1000000000000}}]}",
    ],
)
def test_more_parameters_than_may_be_are_refused_before_memory_is_taken(layer: str) -> None:
    load_keras()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(SpecError, match=r"of memory.*\n.*\n.*--max-params") as caught:
        build(load(chain(layer)))
    assert caught.value.problems[0].line == 3
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kB


def test_a_stateful_layer_is_counted_too() -> None:
    text = chain("LSTM: {units: 100000000, stateful: true}", shape="{batch_shape: [2, 4, 3]}")
    with pytest.raises(SpecError, match="--max-params"):
        build(load(text))


def test_the_bound_can_be_raised_and_lowered() -> None:
    spec = load(chain("Dense: {units: 10}", shape="[9]"))
    assert build(spec, max_params=100).count_params() == 100
    with pytest.raises(SpecError, match="may have 99"):
        build(spec, max_params=99)


def test_the_command_refuses_a_layer_of_a_million_million_units(cli: Cli, tmp_path: Any) -> None:
    file = tmp_path / "huge.yaml"
    file.write_text(chain("Dense: {units: 1000000000000}", shape="[4]"))
    result = cli("summary", file)
    assert (result.code, result.out) == (2, "")
    assert f"{file}:3:" in result.err and "20 TB" in result.err


@pytest.mark.parametrize("preprocess", ["standardize", "rescale"])
def test_preprocessing_stands_behind_the_input(preprocess: str) -> None:
    spec = load(f"preprocess: {preprocess}\n" + chain("Flatten"))
    plain, whole = build(spec), build(spec, preprocessing=True)
    assert whole.count_params() == plain.count_params() == 0
    pixels = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3)).astype("float32")
    if preprocess == "rescale":
        expected = pixels / 255
    else:
        axes = (1, 2, 3)
        variance = pixels.var(axes, keepdims=True)
        expected = (pixels - pixels.mean(axes, keepdims=True)) / np.sqrt(variance + 1e-3)
    np.testing.assert_allclose(whole(pixels), plain(expected), atol=1e-5)


def test_mixed_precision_is_left_behind() -> None:
    keras = load_keras()
    model = build(load("dtype: mixed_float16\n" + chain("Dense: {units: 2}")))
    assert model.layers[1].compute_dtype == "float16"
    assert keras.config.dtype_policy().name == "float32"
