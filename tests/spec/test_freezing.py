"""What `freeze` and `unfreeze` name is there: told by its line, without Keras where that can be."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnncli.errors import SpecError
from cnncli.network.build import build
from cnncli.network.leaves import leaves
from cnncli.spec import check_text, load_text

NETWORK = """\
input: [12, 12, 3]
preprocess: rescale
blocks:
  stem: {layers: [Conv2D: {filters: 4, kernel_size: 3}, BatchNormalization]}
layers:
  - stem: {repeat: 2}
  - Model:
      name: base
      input: [8, 8, 4]
      layers:
        - Conv2D: {filters: 4, kernel_size: 3, name: first}
        - Sequential: {layers: [Conv2D: {filters: 4, kernel_size: 3, name: deep}], name: inner}
        - ReLU: {name: "1"}
      output: [first, "1"]
  - GlobalAveragePooling2D: {inputs: base/1, name: seen}
  - Dense: {units: 4, name: told}
  - use: {layer: told}
  - ops.absolute
  - Reshape: {target_shape: [2, 2]}
  - TimeDistributed: {layer: {Dense: {units: 2}}}
  - Flatten
  - Dense: {units: 2, activation: softmax}
"""
OUTSIDE = """\
input: [32, 32, 3]
layers:
  - applications.MobileNet: {weights: null, alpha: 0.25, pooling: avg}
  - Dense: {units: 2}
"""


def _with(network: str, pattern: str, key: str = "freeze") -> str:
    return f"{network}training: {{{key}: ['{pattern}']}}\n"


def test_every_layer_of_the_network_of_keras_may_be_named() -> None:
    model = build(load_text(NETWORK))
    names = [leaf.name for leaf in leaves(model)]
    assert {"stem_1_conv2d", "base/first", "base/inner/deep", "time_distributed"} <= {*names}
    for name in names:
        found = check_text(_with(NETWORK, name), "x.yaml").problems
        assert bool(found) == (name == "base/1"), found


@pytest.mark.parametrize(
    "pattern",
    [
        *("*", "stem*", "stem_1_*", "base", "base/*", "base/inner", "inner*", "first", "deep"),
        *("*/deep", "*/inner/deep", "base/f[hi]rst", "b*/first", "input", "dense"),
    ],
)
def test_patterns_that_name_layers(pattern: str) -> None:
    assert check_text(_with(NETWORK, pattern), "x.yaml").problems == ()


@pytest.mark.parametrize(
    ("pattern", "said", "hint"),
    [
        ("basee", "no layer is named", '"base"'),
        ("frist", "no layer is named", '"first"'),
        ("base/frist", "no layer is named", '"base/first"'),
        ("Dense", "no layer is named", '"dense"'),
        ("tolld*", "no layer is named", '"told"'),
        ("stem_1", "no layer is named", "stem_1_* names"),
        ("stem_[12]", "no layer is named", "stem_[12]_* names"),
        ("nowhere", "no layer is named", "its layers are input, stem_1_conv2d"),
        ("absolute", "no layer is named", "its layers are"),  # of keras.ops, without weights
        ("use_1", "no layer is named", ""),  # the layer that it uses has a name of its own
        ("told/0", 'is a result of "told"', "write told"),
        ("base/0", 'is a result of "base"', "write base"),
        ("base/1", 'names two things: result 1 of "base", and the layer "1" within it', "another"),
        ("base/2", "no layer is named", '"base/'),
        ("base/" + "9" * 5000, "no layer is named", ""),
    ],
)
def test_a_pattern_that_names_no_layer_is_told_without_keras(
    pattern: str, said: str, hint: str
) -> None:
    for key in ("freeze", "unfreeze"):
        (problem,) = check_text(_with(NETWORK, pattern, key), "x.yaml").problems
        place = (problem.line, problem.column)
        assert place == (NETWORK.count("\n") + 1, len(f"training: {{{key}: [") + 1)
        assert said in problem.message
        assert hint in (problem.hint or "")


def test_a_few_layers_are_all_named() -> None:
    text = _with("input: [3]\nlayers: [ReLU, Dense: {units: 1, name: last}]\n", "nowhere")
    (problem,) = check_text(text, "x.yaml").problems
    assert problem.hint == "its layers are input, re_lu, last"


def test_of_many_layers_the_nearest_are_named() -> None:
    text = "input: [3]\nlayers: [ReLU: {repeat: 30}, ELU, Dense: {units: 1, name: last}]\n"
    (problem,) = check_text(_with(text, "liast_of_all"), "x.yaml").problems
    assert problem.hint is not None
    assert problem.hint.startswith("the nearest are last, ")
    assert problem.hint.count(",") == 4


def test_phases_name_layers_too() -> None:
    text = f"{NETWORK}training:\n  phases:\n  - {{epochs: 1, freeze: bas}}\n  - {{unfreeze: sen}}\n"
    found = check_text(text, "x.yaml").problems
    last = text.count("\n")
    assert [(each.line, each.column) for each in found] == [(last - 1, 25), (last, 16)]


def test_what_layers_are_there_is_not_told_where_one_cannot_be_read() -> None:
    text = _with("input: [3]\nlayers: [Dens: {units: 1}]\n", "dense")
    assert [each.line for each in check_text(text, "x.yaml").problems] == [2]
    text = _with("input: [3]\nlayers: [ReLU: {inputs: x, name: a}]\n", "b")
    assert [each.line for each in check_text(text, "x.yaml").problems] == [2]
    # What is wrong elsewhere in the recipe does not hide it.
    text = "input: [3]\nlayers: [ReLU]\ntraining: {epochs: 0, freeze: dense}\n"
    assert [each.column for each in check_text(text, "x.yaml").problems] == [20, 31]


def test_it_is_told_in_the_file_in_which_it_stands(tmp_path: Path) -> None:
    parent = _with("input: [3]\nlayers: [ReLU: {name: a}, Dense: {units: 1}]\n", "a")
    (tmp_path / "parent.yaml").write_text(parent)
    child = "extends: parent.yaml\nchanges: {a.name: b}\n"
    (problem,) = check_text(child, str(tmp_path / "child.yaml")).problems
    assert (Path(problem.file).name, problem.line) == ("parent.yaml", 3)
    option = check_text(NETWORK, "x.yaml", overrides=[("training.freeze", ["tolld"])]).problems[0]
    assert option.file == "x.yaml (training.freeze, set by an option)"


@pytest.mark.parametrize(
    ("pattern", "known"),
    [
        *(("mobilenet", True), ("mobilenet/conv1", True), ("conv_pw_1[0-3]*", True)),
        *(("mobilenet/conv9", False), ("conv_pw_99", False), ("conv_pw_1?x", False)),
    ],
)
def test_names_within_a_network_from_outside_are_known_once_it_is_built(
    pattern: str, known: bool
) -> None:
    text = _with(OUTSIDE, pattern, "unfreeze")
    assert check_text(text, "x.yaml").problems == ()
    spec = load_text(text, "x.yaml")
    if known:
        build(spec, weights=False)
        return
    with pytest.raises(SpecError, match=r"x.yaml:5:23: error: no layer is named"):
        build(spec, weights=False)


@pytest.mark.parametrize("pattern", ["mobilenet2/conv1", "x/conv*", "dense/kernel"])
def test_names_beside_a_network_from_outside_are_known_at_once(pattern: str) -> None:
    (problem,) = check_text(_with(OUTSIDE, pattern), "x.yaml").problems
    assert "no layer is named" in problem.message
