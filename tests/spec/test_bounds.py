"""Numbers that cannot be meant are found by `validate`, all at once and without TensorFlow."""

from __future__ import annotations

import math

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.spec import check_text
from cnncli.spec.bounds import bound
from cnncli.spec.schema import schema

SPEC = (
    "input: [8, 8, 3]\npreprocess: rescale\nlayers:\n  - {layer}\n  - Flatten\n"
    "  - Dense: {{units: 2}}\n"
)


def messages(text: str) -> list[str]:
    return [problem.message for problem in check_text(text, "x.yaml").problems]


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        ("Conv2D: {filters: -3, kernel_size: 1}", "from 1 on, not the number -3"),
        ("Conv2D: {filters: 0.5, kernel_size: 1}", "is a whole number, not the number 0.5"),
        ("Conv2D: {filters: 3, kernel_size: 0}", "from 1 on, or a list of these, not the number 0"),
        ("Conv2D: {filters: 3, kernel_size: 1, strides: [0, 1]}", "not the number 0"),
        ("MaxPooling2D: {pool_size: 0}", "not the number 0"),
        ("MaxPooling2D: {strides: 0}", "not the number 0"),
        ("Dropout: {rate: 60}", "a number from 0 to 1, not the number 60"),
        ("Dropout: {rate: .nan}", "not the number nan"),
        ("Dense: {units: 0}", "from 1 on, not the number 0"),
        ("BatchNormalization: {epsilon: -1}", "from 0 on, not the number -1"),
        ("RandomZoom: {height_factor: -1}", "above -1 up to 1, not the number -1"),
        ("ZeroPadding2D: {padding: [[0, -1], [0, 0]]}", "not the number -1"),
        ("Dense: {units: 2, kernel_regularizer: {L2: {l2: -1}}}", '"l2" of L2 is a number from 0'),
        ("Dense: {units: 2, kernel_initializer: {RandomNormal: {stddev: -1}}}", "from 0 on"),
        ("Dense: {units: 2, kernel_constraint: {MaxNorm: {max_value: -1}}}", "from 0 on"),
        ("Dense: {units: 2, activation: {LeakyReLU: {negative_slope: -1}}}", "from 0 on"),
    ],
)
def test_of_a_layer(layer, said):
    (message,) = messages(SPEC.format(layer=layer))
    assert said in message


@pytest.mark.parametrize(
    ("training", "said"),
    [
        ("optimizer: {Adam: {learning_rate: .nan}}", "a number from 0 on or a learning-rate"),
        ("optimizer: {Adam: {learning_rate: .inf}}", "not the number inf"),
        ("optimizer: {Adam: {learning_rate: -1e-3}}", "not the number -0.001"),
        ("optimizer: {Adam: {beta_1: 2}}", "from 0 to below 1, not the number 2"),
        ("optimizer: {Adam: {epsilon: -1}}", "from 0 on, not the number -1"),
        (
            "optimizer: {SGD: {learning_rate: {ExponentialDecay: {initial_learning_rate: -1,"
            " decay_steps: 2, decay_rate: 0.5}}}}",
            '"initial_learning_rate" of ExponentialDecay is a number from 0 on',
        ),
        ("loss: {BinaryCrossentropy: {label_smoothing: 3}}", "from 0 to 1, not the number 3"),
        ("metrics: [{Precision: {thresholds: [0.5, 2]}}]", "from 0 to 1, not the number 2"),
        ("callbacks: [{EarlyStopping: {patience: -1}}]", "from 0 on, not the number -1"),
        ("augmentation: [{RandomBrightness: {factor: 3}}]", "from -1 to 1, not the number 3"),
    ],
)
def test_of_training(training, said):
    (message,) = messages(SPEC.format(layer="ReLU") + f"training:\n  {training}\n")
    assert said in message


def test_all_are_found_at_once(cli, tmp_path):
    text = """\
input: [28, 28, 1]
layers:
  - Conv2D: {filters: -3, kernel_size: 0}
  - MaxPooling2D: {pool_size: 0}
  - Dropout: {rate: 60}
  - Flatten
  - Dense: {units: 0}
training:
  optimizer: {Adam: {learning_rate: .nan}}
"""
    file = tmp_path / "x.yaml"
    file.write_text(text)
    done = cli("validate", str(file))
    assert done.code == 2
    assert done.out.count(": error: ") == 6
    assert "60 percent is 0.6" in done.out


def test_the_place_is_that_of_the_parameter_where_it_is_used():
    text = "params: {rate: 60}\ninput: [4]\nlayers:\n  - Dropout: {rate: $rate}\n"
    (problem,) = check_text(text, "x.yaml").problems
    assert (problem.line, problem.column) == (4, 21)


def test_the_parameter_of_a_block_is_checked_where_it_is_filled_in():
    text = """\
input: [4]
blocks:
  half:
    params: {rate: 0.5, size: 1}
    layers:
      - Dropout: {rate: $rate}
      - Reshape: {target_shape: [2, $size]}
layers:
  - half: {rate: 60, size: 2}
"""
    (problem,) = check_text(text, "x.yaml").problems
    assert (problem.line, problem.message) == (
        6,
        '"rate" of Dropout is a number from 0 to 1, not the number 60',
    )


def test_a_parameter_of_a_block_may_stand_in_a_list():
    text = """\
input: [2, 2, 4]
blocks:
  squeeze:
    params: {filters: 4}
    layers:
      - GlobalAveragePooling2D
      - Reshape: {target_shape: [1, 1, $filters]}
layers: [squeeze]
"""
    checked = check_text(text, "x.yaml")
    assert checked.problems == ()
    assert checked.graph is not None
    assert checked.graph.nodes[-1].arguments["target_shape"] == (1, 1, 4)


SCHEMA = jsonschema.Draft202012Validator(schema())


@given(st.floats(-3, 103) | st.integers(-3, 103))
def test_validate_the_bound_and_the_schema_agree(rate):
    text = SPEC.format(layer=f"Dropout: {{rate: {rate!r}}}")
    refused = bool(messages(text))
    assert refused == (not 0 <= rate <= 1)
    layers = [{"Dropout": {"rate": rate}}, "Flatten", {"Dense": {"units": 2}}]
    assert refused == (not SCHEMA.is_valid({"input": [8, 8, 3], "layers": layers}))


@given(
    st.sampled_from(["minimum", "exclusiveMinimum"]),
    st.integers(-2, 2),
    st.sampled_from(["maximum", "exclusiveMaximum"]),
    st.integers(-2, 2),
    st.floats(allow_nan=True, allow_infinity=True) | st.integers(-3, 3),
)
def test_both_bounds_together_are_what_json_schema_makes_of_them(low, least, high, most, value):
    keras = {low: least, high: most}
    for argument in ("momentum", "learning_rate", "units"):
        found = bound("optimizer", argument, keras)
        allowed = jsonschema.Draft202012Validator(dict(found.whole)).is_valid(value)
        assert found.refuses(value) == (not allowed or not math.isfinite(value))
