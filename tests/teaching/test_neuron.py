"""A neuron against a Dense layer of Keras, and its arithmetic against itself."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncli.errors import UsageError
from cnncli.teaching.activations import parse
from cnncli.teaching.neuron import fire, steps

numbers = st.floats(-100, 100)


@pytest.mark.parametrize("activation", ["linear", "relu", "tanh", "sigmoid", "elu", "softplus"])
def test_it_computes_what_a_dense_layer_of_one_unit_does(activation: str):
    import keras

    inputs, weights, bias = [0.5, -1.0, 2.0, 0.25], [0.8, 0.2, -0.5, 1.5], 0.1
    layer = keras.layers.Dense(1, activation=activation, dtype="float64")
    layer.build((None, 4))
    layer.set_weights([np.array(weights)[:, None], np.array([bias])])
    expected = float(layer(np.array([inputs]))[0, 0])
    assert fire(inputs, weights, bias, parse(activation)).output == pytest.approx(expected)


@settings(max_examples=60)
@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=12), numbers)
def test_the_steps_lead_to_the_output(pairs: list[tuple[float, float]], bias: float):
    inputs, weights = zip(*pairs, strict=True)
    neuron = fire(inputs, weights, bias, parse("tanh"))
    assert neuron.z == pytest.approx(np.dot(inputs, weights) + bias, abs=1e-9)
    assert neuron.output == pytest.approx(np.tanh(neuron.z))
    assert len(steps(neuron)) == len(pairs) + 5 + neuron.saturated


def test_every_line_of_the_arithmetic_is_true():
    lines = steps(fire([0.5, -1, 2], [0.8, 0.2, -0.5], 0.1, parse("sigmoid")))
    assert lines == [
        "x1·w1 = 0.5 ×  0.8 =  0.4",
        "x2·w2 =  -1 ×  0.2 = -0.2",
        "x3·w3 =   2 × -0.5 =   -1",
        "sum   = 0.4 + (-0.2) + (-1) = -0.8",
        "z     = sum + bias = -0.8 + 0.1 = -0.7",
        "y     = sigmoid(z) = 1 / (1 + exp(-z))",
        "      = 1 / (1 + exp(-(-0.7))) = 0.331812",
        "slope = 0.221713, of sigmoid at z",
    ]
    for line in lines[:4]:
        left, _, right = line.partition("=")[2].rpartition("=")
        assert eval(left.replace("×", "*")) == pytest.approx(float(right))


@pytest.mark.parametrize(
    ("activation", "z", "filled"),
    [
        ("relu", -3.0, "max(0, -3)"),
        ("squareplus", -3.0, "(-3 + sqrt((-3)² + 4)) / 2"),
        ("softsign", -3.0, "-3 / (1 + |-3|)"),
        ("elu:alpha=2", -1.5, "2·(exp(-1.5) - 1)"),
        ("elu", 0.0, "(exp(0) - 1)"),
        ("leaky_relu", -3.0, "0.2·(-3)"),
        ("selu", 2.0, "1.0507·2"),
        ("hard_shrink", -0.25, "0"),
        ("threshold:threshold=1,default_value=7", 0.5, "7"),
        ("relu:max_value=6,negative_slope=0.5", 9.0, "min(9, 6)"),
        ("sparse_plus", 0.5, "(0.5 + 1)² / 4"),
        ("sparse_plus", -2.0, "0"),
        ("gelu", -2.5, "-2.5·Φ(-2.5)"),
    ],
)
def test_numbers_take_the_place_of_x(activation: str, z: float, filled: str):
    line = steps(fire([1], [z], 0.0, parse(activation)))[4]
    assert line.partition("= ")[2].partition(" = ")[0] == filled


@pytest.mark.parametrize("name", ["elu", "selu", "celu", "hard_shrink", "sparse_plus"])
@pytest.mark.parametrize("z", [-2.0, -0.3, 0.0, 0.3, 2.0])
def test_the_case_that_holds_is_computed(name: str, z: float):
    neuron = fire([1], [z], 0.0, parse(name))
    text = neuron.activation.formula_at(z, f"({z})").replace("·", "*").replace("²", "**2")
    assert eval(text, {"exp": np.exp}) == pytest.approx(neuron.output, abs=1e-3)


def test_a_saturated_neuron_is_told_of():
    slope, told = steps(fire([10], [1], 0.0, parse("sigmoid")))[-2:]
    assert slope == "slope = 4.53958e-05, of sigmoid at z"
    assert told == "        saturated (within 0.05 of 0): the neuron hardly learns here"
    assert "saturated" not in steps(fire([0], [1], 0.0, parse("sigmoid")))[-1]


@pytest.mark.parametrize(("weights", "said"), [([1.0], "1 weight"), ([1.0, 2.0, 3.0], "3 weights")])
def test_each_input_needs_one_weight(weights: list[float], said: str):
    with pytest.raises(UsageError, match=re.escape(f"2 inputs, but {said}")):
        fire([1, 2], weights, 0.0, parse("relu"))
