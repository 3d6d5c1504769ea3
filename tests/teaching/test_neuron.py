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


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=12), numbers)
def test_the_steps_lead_to_the_output(pairs: list[tuple[float, float]], bias: float):
    inputs, weights = zip(*pairs, strict=True)
    neuron = fire(inputs, weights, bias, parse("tanh"))
    assert neuron.z == pytest.approx(np.dot(inputs, weights) + bias, abs=1e-9)
    assert neuron.output == pytest.approx(np.tanh(neuron.z))
    assert len(steps(neuron)) == len(pairs) + 5


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
        "slope = 0.221713",
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
        ("elu:alpha=2", 1.5, "1.5 if 1.5 > 0, else 2·(exp(1.5) - 1)"),
    ],
)
def test_numbers_take_the_place_of_x(activation: str, z: float, filled: str):
    line = steps(fire([1], [z], 0.0, parse(activation)))[-2]
    assert line.partition("= ")[2].rpartition(" = ")[0] == filled


def test_a_saturated_neuron_is_told_of():
    assert steps(fire([10], [1], 0.0, parse("sigmoid")))[-1].endswith("saturated")
    assert not steps(fire([0], [1], 0.0, parse("sigmoid")))[-1].endswith("saturated")


@pytest.mark.parametrize(("weights", "said"), [([1.0], "1 weight"), ([1.0, 2.0, 3.0], "3 weights")])
def test_each_input_needs_one_weight(weights: list[float], said: str):
    with pytest.raises(UsageError, match=re.escape(f"2 inputs, but {said}")):
        fire([1, 2], weights, 0.0, parse("relu"))
