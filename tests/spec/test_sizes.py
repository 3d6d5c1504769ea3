"""One file, many sizes: presets and rounding, against the published networks."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.errors import SpecError, UsageError
from cnncli.network.build import build
from cnncli.spec import check_text, dump, expand, load_file, load_text
from cnncli.spec.graph import Graph, Position
from cnncli.spec.model import Rounded, Source
from cnncli.spec.ordering import names_in
from cnncli.spec.presets import sizes
from cnncli.spec.problems import Problems
from cnncli.spec.rounding import settle
from cnncli.spec.shipped import path
from tests.conftest import Cli

# keras.applications' own totals (`model.count_params()`), and for ResNet-18 and -34 PyTorch's with
# the running means and variances. The slow test below asks Keras again.
PUBLISHED = {
    "efficientnet@B0": 5_330_571,
    "efficientnet@B1": 7_856_239,
    "efficientnet@B2": 9_177_569,
    "efficientnet@B3": 12_320_535,
    "efficientnet@B4": 19_466_823,
    "efficientnet@B5": 30_562_527,
    "efficientnet@B6": 43_265_143,
    "efficientnet@B7": 66_658_687,
    "mobilenet-v2@0.35": 1_691_208,
    "mobilenet-v2@0.5": 1_987_224,
    "mobilenet-v2@0.75": 2_663_064,
    "mobilenet-v2@1.0": 3_538_984,
    "mobilenet-v2@1.3": 5_431_048,
    "mobilenet-v2@1.4": 6_156_712,
    "resnet@18": 11_699_112,
    "resnet@34": 21_814_696,
    "resnet@50": 25_636_712,
    "resnet@101": 44_707_176,
    "resnet@152": 60_419_944,
}


def spec_of(size: str):
    name, _, preset = size.partition("@")
    return load_file(path(name), preset=preset)


def parameters(graph: Graph) -> int:
    """Count by hand, from the channels that enter each layer: no Keras, no shapes."""
    channels = {entry.name: entry.arguments["shape"][-1] for entry in graph.inputs}
    total = 0
    for node in graph.nodes:
        entered = channels[next(iter(names_in(node.inputs)))]
        given, leaving = node.arguments, entered
        if node.class_name == "Conv2D":
            leaving = given["filters"]
            kernel = given["kernel_size"]
            total += kernel * kernel * entered * leaving
            total += leaving if given.get("use_bias", True) else 0
        elif node.class_name == "DepthwiseConv2D":
            total += given["kernel_size"] ** 2 * entered
        elif node.class_name == "BatchNormalization":
            total += 4 * entered
        elif node.class_name == "Normalization":
            total += 2 * entered + 1
        elif node.class_name == "Dense":
            leaving = given["units"]
            total += (entered + 1) * leaving
        channels[node.name] = leaving
    return total


def test_every_size_is_counted_here():
    assert set(sizes()) == set(PUBLISHED)


@pytest.mark.parametrize(("size", "count"), PUBLISHED.items())
def test_a_size_has_the_published_parameters(size, count):
    spec = spec_of(size)
    assert parameters(expand(spec)) == count
    assert spec.name == size.replace("@", "-")


@pytest.mark.parametrize("size", PUBLISHED)
def test_a_size_reads_back_from_what_show_prints(size):
    spec = spec_of(size)
    again = check_text(dump(spec), "again.yaml")
    assert [problem for problem in again.problems if problem.severity == "error"] == []
    assert again.graph is not None
    assert parameters(again.graph) == PUBLISHED[size]


@pytest.mark.slow
@pytest.mark.parametrize("size", [size for size in PUBLISHED if size[-2:] not in ("18", "34")])
def test_a_size_is_keras_own_network(size):
    """The same weights in the same order give the same answers."""
    import keras
    import numpy as np

    name, _, preset = size.partition("@")
    of_keras = {
        "efficientnet": lambda: getattr(keras.applications, f"EfficientNet{preset}"),
        "resnet": lambda: getattr(keras.applications, f"ResNet{preset}"),
        "mobilenet-v2": lambda: keras.applications.MobileNetV2,
    }[name]()
    width = {"alpha": float(preset)} if name == "mobilenet-v2" else {}
    theirs = of_keras(weights=None, input_shape=(64, 64, 3), **width)
    ours = build(load_file(path(name), {"preset": preset, "input_shape": (64, 64, 3)}))
    assert ours.count_params() == theirs.count_params() == PUBLISHED[size]
    random = np.random.default_rng(0)
    for mine, other in zip(ours.weights, theirs.weights, strict=True):
        assert mine.shape == other.shape
        value = random.uniform(0.5, 1.5, mine.shape)
        if len(mine.shape) > 1:  # so small that 152 layers do not overflow
            value = random.normal(0, 0.5, mine.shape) / math.prod(mine.shape[:-1]) ** 0.5
        mine.assign(value)
        other.assign(value)
    image = random.uniform(0, 1, (2, 64, 64, 3)).astype("float32")
    expected = np.asarray(theirs(image))
    assert expected.std() > 0
    assert np.allclose(ours(image), expected, rtol=1e-4, atol=1e-9)


@given(
    st.integers(1, 4096), st.sampled_from((0.25, 0.35, 0.5, 1.0, 1.1, 1.4, 2.0)), st.integers(1, 32)
)
def test_channels_are_rounded_as_keras_rounds_them(filters: int, by: float, divisor: int):
    from keras.src.applications.mobilenet_v2 import _make_divisible

    rounded = Rounded("scale", {"scale": filters, "by": by, "divisor": divisor}, Position(1, 1))
    found = settle(rounded, {}, Problems(Source("x", "")))
    assert found == _make_divisible(filters * by, divisor)


SIZED = """\
params: {width: 1.0, depth: 1.0}
presets:
  small: {width: 0.5}
  deep: {depth: 2.4}
input: [8, 8, 1]
preprocess: rescale
blocks:
  pair:
    params: {filters: 32, copies: 1}
    layers:
      - Conv2D: {filters: {scale: $filters, by: $width}, kernel_size: 1}
      - Conv2D: {filters: {ceil: $filters, by: 0.3}, kernel_size: 1, repeat: $REPEAT}
layers:
  - pair: {filters: {scale: 60, by: $width, divisor: 10}, copies: 2}
  - Flatten
  - Dense: {units: 2, activation: softmax}
""".replace("$REPEAT", "{ceil: $copies, by: $depth, less: 1}")


def filters(spec) -> list[int]:
    return [n.arguments["filters"] for n in expand(spec).nodes if n.class_name == "Conv2D"]


def test_a_preset_sets_parameters_and_p_beats_it():
    assert filters(load_text(SIZED)) == [64, 18]
    assert filters(load_text(SIZED, params={"preset": "small"})) == [16, 9]
    assert filters(load_text(SIZED, params={"preset": "deep"})) == [64, 18, 18, 18, 18]
    assert filters(load_text(SIZED, params={"preset": "deep", "depth": 1})) == [64, 18]
    changed = load_text(SIZED, params={"preset": "small"}, overrides=[("params.width", 2)])
    assert filters(changed) == [240, 36]


def test_what_show_prints_of_a_preset_is_that_size():
    spec = load_text(SIZED, params={"preset": "deep"})
    text = dump(spec)
    assert "{scale: $filters, by: 1.0}" in text
    assert "repeat: {ceil: $copies, by: 2.4, less: 1}" in text
    assert filters(load_text(text)) == filters(spec)


def wrong(changed: str, to: str, **params):
    text = SIZED.replace(changed, to)
    assert text != SIZED
    return [
        (p.line, p.column, p.message, p.hint)
        for p in check_text(text, "sized.yaml", params).problems
    ]


@pytest.mark.parametrize(
    ("changed", "to", "line", "column", "message", "hint"),
    [
        ("divisor: 10", "divider: 10", 14, 45, 'rounding "scale" has no "divider"', '"divisor"'),
        ("by: $width, divisor", "divisor", 14, 21, 'the rounding "scale" needs "by"', "$width"),
        ("divisor: 10", "divisor: 0", 14, 21, "a whole number from 1 on, not the number 0", None),
        ("divisor: 10", "divisor: x", 14, 54, 'not the text "x"', None),
        ("by: 0.3", "by: -1", 12, 27, "a number from 0 on, not the number -1", None),
        ("copies: 2", "copies: two", 12, 85, 'not the text "two"', None),
        ("copies: 2", "copies: 0", 12, 78, '"repeat" is a whole number from 0 on', None),
        ("small: {width", "small: {wdith", 3, 11, 'no parameter "wdith" that a preset', '"width"'),
        ("small: {width: 0.5}", "small: 0.5", 3, 10, "a preset is a mapping of parameters", None),
        ("  small", "  a/b", 3, 3, '"a/b" cannot be the name of a preset', None),
        ("{width: 1.0, depth", "{preset: 1, width: 1.0, depth", 1, 10, 'called "preset"', None),
        ("units: 2,", "units: {scal: 2},", 16, 20, "a whole number, not a mapping", None),
        (SIZED[33:84], "presets: [a]\n", 2, 10, "a list", None),
    ],
)  # fmt: skip
def test_a_mistake_in_a_size_is_told_where_it_stands(changed, to, line, column, message, hint):
    found = wrong(changed, to)
    assert found, "no problem"
    places = [(at, col) for at, col, said, _ in found if message in said]
    assert (line, column) in places, found
    assert hint is None or any(hint in (said or "") for *_, said in found)


def test_a_preset_that_is_not_there_is_told_with_those_that_are():
    with pytest.raises(UsageError, match='no preset "smal"') as error:
        load_text(SIZED, params={"preset": "smal"})
    assert error.value.hint == 'did you mean "small"?'
    with pytest.raises(UsageError, match='no parameter "preset"'):
        load_text("input: [3]\nlayers: [ReLU]\n", params={"preset": "small"})


def test_a_parameter_may_be_called_preset_where_there_are_none():
    spec = load_text("params: {preset: 3}\ninput: [3]\nlayers: [Dense: {units: $preset}]\n")
    assert spec.params == {"preset": 3}
    assert spec.preset is None


def test_arch_at_preset_is_known_to_every_command(cli: Cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sized.yaml").write_text(SIZED)
    (tmp_path / "at@home.yaml").write_text("input: [3]\nlayers: [ReLU]\n")
    assert "name: sized-small" in cli("show", "sized.yaml@small").out
    assert cli("show", "sized.yaml").out == SIZED
    assert "name: sized-deep" in cli("show", "sized.yaml", "-p", "preset=deep").out
    assert "name: resnet-50" in cli("show", "resnet", "-p", "preset=50").out
    assert cli("show", "at@home.yaml").out.startswith("input")
    assert cli("validate", "sized.yaml@deep", "at@home.yaml").code == 0
    assert cli("new", "mine.yaml", "--from", "sized.yaml@small").code == 0
    assert filters(load_file(tmp_path / "mine.yaml")) == [16, 9]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["show", "efficientnet@B9"], 'has no preset "B9"\nIt has B0, B1'),
        (["show", "lesson@B3"], 'lesson has no preset "B3"\nIt has none.'),
        (["show", "efficentnet@B3"], 'no architecture "efficentnet"'),
        (["show", "efficientnetb3"], "efficientnet@B3"),
        (["show", "resnet50"], "resnet@50"),
        (["show", "resnet@50", "-p", "preset=18"], "both choose a preset"),
        (["show", "applications:ResNet50@1"], 'no "ResNet50@1"'),
        (["validate", "sized.yaml@x"], 'no preset "x"'),
    ],
)
def test_a_wrong_preset_is_told_with_exit_code_2(cli: Cli, tmp_path, command, said, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sized.yaml").write_text(SIZED)
    result = cli(*command)
    assert result.code == 2
    assert said in result.out + result.err


def test_a_preset_of_what_extends_one_size_is_told_with_that_size(cli: Cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, extends in {"a": "resnet@18", "b": "a.yaml", "c": "b.yaml@18", "d": "lesson"}.items():
        (tmp_path / f"{name}.yaml").write_text(f"extends: {extends}\n")
    told = {name: cli("show", name) for name in ("a.yaml@18", "b.yaml@18", "c.yaml", "d.yaml@18")}
    assert {result.code for result in told.values()} == {2}
    fixed = "It extends resnet@18 and is of that size"
    assert [fixed in result.err for result in told.values()] == [True, True, True, False]
    assert "It has none." in told["d.yaml@18"].err
    assert cli("validate", "a.yaml", "b.yaml", "d.yaml").code == 0


def test_validate_checks_every_preset_and_says_which_is_wrong(cli: Cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sized.yaml").write_text(SIZED.replace("depth: 2.4", "depth: x"))
    result = cli("validate", "sized.yaml")
    assert result.code == 2
    assert 'not the text "x" (with the preset deep)' in result.out
    assert result.out.count("error:") == 1
    with pytest.raises(SpecError):
        load_file(tmp_path / "sized.yaml", {"preset": "deep"})
