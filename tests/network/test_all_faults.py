"""`validate --build` tells all that Keras refuses, and nothing that merely follows from it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.errors import SpecError
from cnncli.network.build import build
from cnncli.network.faults import describe
from cnncli.spec import load_text


def lines(text: str) -> list[int | None]:
    with pytest.raises(SpecError) as caught:
        build(load_text(text), weights=False)
    return [problem.line for problem in caught.value.problems]


def test_a_fault_does_not_hide_the_next():
    text = """\
input: [28, 28, 1]
layers:
  - Conv2D: {filters: 8, kernel_size: 3, groups: 3}
  - Conv2D: {filters: 9, kernel_size: 3, groups: 4}
"""
    assert lines(text) == [3, 4]


def test_shapes_are_known_again_behind_a_layer_that_needs_none():
    text = """\
input: [8, 8, 1]
layers:
  - Conv2D: {filters: 4, kernel_size: 20}
  - Conv2D: {filters: 6, kernel_size: 3}
  - GlobalAveragePooling2D
  - Reshape: {target_shape: [5]}
  - Dense: {units: 2}
"""
    assert lines(text) == [3, 6]


def test_a_chain_may_be_long():
    text = "input: [4]\nlayers:\n" + "  - ReLU\n" * 1500
    assert len(build(load_text(text), weights=False).layers) == 1501


def test_what_follows_from_a_fault_is_no_fault():
    text = """\
input: [8, 8, 1]
layers:
  - MaxPooling2D: {pool_size: 20}
  - Conv2D: {filters: 4, kernel_size: 3}
  - Flatten
  - Dense: {units: 2}
"""
    assert lines(text) == [3]


def test_too_many_parameters_are_told_layer_by_layer():
    text = """\
input: [10]
layers:
  - Dense: {units: 2}
  - Dense: {units: 1000}
  - Dense: {units: 2}
  - Dense: {units: 1000}
"""
    with pytest.raises(SpecError) as caught:
        build(load_text(text), weights=False, max_params=2500)
    assert [problem.line for problem in caught.value.problems] == [4, 6]


def test_a_result_that_is_no_row_for_each_image_is_told(cli, tmp_path):
    file = tmp_path / "x.yaml"
    file.write_text("input: [8, 8, 1]\nlayers:\n  - Dense: {units: 2, activation: softmax}\n")
    done = cli("validate", "--build", file)
    assert done.code == 0
    assert "(None, 8, 8, 2), and `cnncli train` needs one row for each image" in done.out
    file.write_text("input: [8, 8, 1]\npreprocess: rescale\nlayers: [Flatten, Dense: {units: 2}]\n")
    assert cli("validate", "--build", file).out == ""


@pytest.mark.parametrize(
    "layer",
    [
        "Conv2D: {filters: 4, kernel_size: 3, lora_rank: a}",
        "GroupNormalization: {groups: 3}",
        "Permute: {dims: [a, b, c]}",
    ],
)
def test_no_sentence_of_python_and_no_page_of_keras_comes_through(layer):
    with pytest.raises(SpecError) as caught:
        build(load_text(f"input: [8, 8, 4]\nlayers:\n  - {layer}\n"))
    (problem,) = caught.value.problems
    assert len(problem.message) < 420
    assert not re.search(r"instances of|object|__index__|KeyError|<class", problem.message)


@given(st.text(max_size=900))
def test_what_keras_says_is_told_in_a_line_that_is_not_too_long(said):
    text = describe(ValueError(said))
    assert 0 < len(text) <= 300
    assert "\n" not in text
