"""Activation functions against Keras: values, and derivatives by automatic differentiation."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncli.errors import UsageError
from cnncli.teaching.activations import SATURATED_BELOW, curve, drawn, every, parse, saturated
from cnncli.teaching.functions import ALIASES, FUNCTIONS

WITH_ARGUMENTS = (
    "relu:negative_slope=0.3",
    "relu:max_value=2",
    "relu:max_value=6",
    "relu:threshold=1",
    "relu:threshold=-1",
    "relu:negative_slope=0.3,threshold=1",
    "relu:negative_slope=0.3,max_value=2",
    "relu:negative_slope=0.3,max_value=6",
    "relu:max_value=2,threshold=1",
    "relu:max_value=2,threshold=-1",
    "relu:negative_slope=0.3,max_value=6,threshold=1",
    "relu:max_value=none",
    "leaky_relu:negative_slope=0.1",
    "leaky_relu:negative_slope=0",
    "elu:alpha=0.5",
    "elu:alpha=2",
    "celu:alpha=0.5",
    "celu:alpha=2",
    "gelu:approximate=true",
    "gelu:approximate=false",
    "squareplus:b=1",
    "squareplus:b=0.25",
    "hard_shrink:threshold=1",
    "soft_shrink:threshold=1",
    "threshold:threshold=-1,default_value=-3",
    "threshold:threshold=2,default_value=0.5",
    "softmax:axis=-1",
    "glu:axis=-1",
)
TEXTS = [activation.label for activation in every()] + list(WITH_ARGUMENTS)
# All corners of all functions lie on this grid.
GRID = np.linspace(-8, 8, 129)
# TensorFlow keeps constants of these in float32, even for float64 inputs.
ROUNDED = {"gelu", "leaky_relu", "relu"}
VECTORS = {"softmax", "log_softmax", "sparsemax"}


def keras_curve(text: str, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what Keras computes of `x` in float64, and its gradient."""
    import keras
    import tensorflow as tf

    activation = parse(text)
    function = getattr(keras.activations, activation.name)
    variable = tf.Variable(x, dtype=tf.float64)
    with tf.GradientTape() as tape:
        if activation.name in VECTORS:
            pairs = tf.stack([variable, tf.zeros_like(variable)], axis=-1)
            value = function(pairs)[:, 0]
        elif activation.name == "glu":
            value = function(tf.stack([tf.ones_like(variable), variable], axis=-1))[:, 0]
        else:
            value = function(variable, **activation.given)
        value = tf.convert_to_tensor(value)
    return value.numpy(), tape.gradient(value, variable).numpy()


@pytest.mark.parametrize("text", TEXTS)
def test_values_and_derivatives_are_those_of_keras(text: str):
    value, derivative = parse(text)(GRID)
    expected, gradient = keras_curve(text, GRID)
    name = parse(text).name
    if name == "celu":  # both halves of max(x, 0) + alpha (exp(min(x, 0) / alpha) - 1) count at 0
        assert gradient[GRID == 0] == 2, "Keras was mended: drop this exception"
        gradient[GRID == 0] = 1
    if name == "sparsemax":  # keras-team/keras issue 23425, and a tie that counts twice at -1
        wrong = (GRID >= 0) & (GRID < 1)
        assert np.all(expected[wrong] == 0.5), "Keras was mended: drop this exception"
        expected[wrong], gradient[wrong] = (GRID[wrong] + 1) / 2, 0.5
        gradient[GRID == -1] = 0
    close = {"rtol": 1e-6, "atol": 1e-8} if name in ROUNDED else {"rtol": 1e-9, "atol": 1e-12}
    np.testing.assert_allclose(value, expected, **close)
    np.testing.assert_allclose(derivative, gradient, **close)


def test_every_function_of_keras_is_here_with_its_arguments():
    import keras

    names = {
        name
        for name in dir(keras.activations)
        if not name.startswith("_") and name not in ("get", "serialize", "deserialize")
    }
    assert names == set(FUNCTIONS) | set(ALIASES)
    for name, function in FUNCTIONS.items():
        signature = inspect.signature(getattr(keras.activations, name)).parameters
        arguments = {
            key: float if parameter.default is inspect.Parameter.empty else parameter.default
            for key, parameter in list(signature.items())[1:]
        }
        assert dict(function.arguments) == arguments, name


@pytest.mark.parametrize("alias", ALIASES)
def test_an_alias_is_the_function_it_stands_for(alias: str):
    import keras

    x = np.linspace(-4, 4, 9)
    np.testing.assert_allclose(parse(alias)(x)[0], getattr(keras.activations, alias)(x), atol=1e-6)


@pytest.mark.parametrize("text", TEXTS)
def test_a_drawn_curve_is_parted_where_it_jumps_and_nowhere_else(text: str):
    followed = drawn(parse(text), -8, 8)
    for line in (followed.value, followed.derivative):
        steps = np.abs(np.diff(line))
        rise = np.diff(followed.x) * 4000 + 1e-6  # exp(8) is the steepest there is
        assert np.all((steps <= rise) | np.isnan(steps))
        assert np.isnan(line).sum() <= 4


def test_saturated_regions_end_where_the_derivative_does():
    (left, right) = saturated(parse("sigmoid"), -5, 5)
    assert left[0] == -5 and right[1] == 5
    # sigmoid'(x) = 0.05 has the solutions ±2 artanh(sqrt(1 - 4 * 0.05)).
    edge = 2 * np.arctanh(np.sqrt(1 - 4 * SATURATED_BELOW))
    assert left[1] == pytest.approx(-edge, abs=1e-3)
    assert right[0] == pytest.approx(edge, abs=1e-3)
    assert saturated(parse("relu"), -5, 5) == ((-5.0, 0.0),)
    assert saturated(parse("leaky_relu"), -5, 5) == ()
    assert saturated(parse("leaky_relu:negative_slope=0.01"), -5, 5) == ((-5.0, 0.0),)


def test_far_out_inputs_give_infinity_and_no_warning(recwarn: pytest.WarningsRecorder):
    for activation in every():
        value, derivative = activation(np.array([-1e4, 1e4]))
        assert not np.isnan(value).any() and not np.isnan(derivative).any(), activation.label
    assert not recwarn.list


def test_a_curve_holds_the_inputs_that_were_asked_for():
    followed = curve(parse("tanh"), -1, 1, [0.0, 30.0])
    assert followed.x.tolist() == [0.0, 30.0]
    assert followed.value.tolist() == [0.0, 1.0]
    assert followed.interval == (-1, 1)


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("relu", "max(0, x)"),
        ("relu:max_value=6", "min(max(0, x), 6)"),
        ("relu:threshold=1,negative_slope=0.5", "x if x > 1, else 0.5·(x - 1)"),
        ("leaky_relu:negative_slope=0.1", "x if x > 0, else 0.1·x"),
        ("swish", "x / (1 + exp(-x))"),
    ],
)
def test_the_formula_has_the_arguments_in_it(text: str, formula: str):
    assert parse(text).formula == formula


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rleu", 'no activation function "rleu"'),
        ("", 'no activation function ""'),
        ("ReLU", 'no activation function "ReLU"'),
        ("relu:alpha=1", 'relu has no argument "alpha"'),
        ("relu:0.1", '"0.1" is not ARGUMENT=VALUE'),
        ("leaky_relu:negative_slope=a", 'negative_slope is a number, not "a"'),
        ("leaky_relu:negative_slope=nan", 'negative_slope is a number, not "nan"'),
        ("leaky_relu:negative_slope=", 'negative_slope is a number, not ""'),
        ("gelu:approximate=1", 'approximate is true or false, not "1"'),
        ("threshold", "threshold needs threshold and default_value"),
        ("threshold:threshold=1", "threshold needs default_value"),
        ("softmax:axis=2", "axis is -1 here"),
        ("celu:alpha=0", "alpha must not be 0"),
        ("squareplus:b=-1", "b must not be below 0"),
        ("relu:max_value=-1", "max_value must not be below 0"),
    ],
)
def test_what_cannot_be_meant_is_named(text: str, message: str):
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert message in caught.value.message


def test_a_near_name_is_suggested():
    with pytest.raises(UsageError) as caught:
        parse("leakyrelu")
    assert "Did you mean leaky_relu?" in str(caught.value.hint)


@settings(max_examples=150)
@given(
    st.one_of(
        st.text(max_size=30),
        st.builds(
            "{}:{}={}".format,
            st.sampled_from([*FUNCTIONS, *ALIASES]),
            st.sampled_from(["negative_slope", "threshold", "alpha", "axis", "b", "approximate"]),
            st.one_of(st.text(max_size=8), st.floats().map(str), st.integers().map(str)),
        ),
    )
)
def test_any_text_is_a_function_or_a_usage_error(text: str):
    try:
        activation = parse(text)
    except UsageError:
        return
    value, derivative = activation(np.linspace(-3, 3, 7))
    assert value.shape == derivative.shape == (7,)
    again = parse(activation.label)
    assert (again.name, again.given) == (activation.name, pytest.approx(activation.given))
