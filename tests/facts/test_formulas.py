"""`summary --formulas`: each number of the table follows from the line that is printed."""

from __future__ import annotations

import json
import math
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.facts.formulas import evaluate
from cnncli.spec.shipped import names
from tests.conftest import Cli

FUNCTIONS = {"floor": math.floor, "ceil": math.ceil, "max": max, "__builtins__": {}}
ARITHMETIC = re.compile(r"(?:[\d.]+|[-+x/(), ]|floor|ceil|max)+\Z")


def worked(text: str) -> dict[str, dict[str, tuple[float, float]]]:
    """Return, for each layer and name, what the printed arithmetic comes to, and the result."""
    found: dict[str, dict[str, tuple[float, float]]] = {}
    layer = ""
    for line in text.replace("\n    = ", " = ").splitlines():
        if line and not line.startswith(" "):
            layer = line.split(" (")[0]
            found.setdefault(layer, {})
        elif " = " in line:
            name, *parts = line.strip().split(" = ")
            value = float(parts[-1].replace(",", ""))
            numbers = [part for part in parts[:-1] if ARITHMETIC.match(part)]
            sums = [float(eval(part.replace(" x ", " * "), dict(FUNCTIONS))) for part in numbers]
            assert sums or len(parts) <= 2, line
            found[layer][name] = (sums[0] if sums else value, value)
    return found


def of_table(layer: dict[str, Any]) -> dict[str, float]:
    """Return the numbers of a row of the table, by the names of the text."""
    shape = layer["output_shape"]
    numbers = {
        "params": layer["params"],
        "MACs": layer["macs"],
        "memory in bytes": layer["activation_bytes"],
    }
    if layer["params"]:
        numbers["weights in bytes"] = layer["weight_bytes"]
    if layer["type"] != "InputLayer":
        last = {"channels" if len(shape) > 2 else "features": shape[-1]}
        numbers |= last | dict(zip(("height", "width"), shape[1:-1], strict=False))
    if isinstance(layer["receptive_field"], list):
        for axis, size, stride in zip(
            ("height", "width"), layer["receptive_field"], layer["receptive_stride"], strict=True
        ):
            numbers |= {f"receptive field ({axis})": size, f"field stride ({axis})": stride}
    return numbers


@pytest.mark.parametrize("name", names())
def test_each_number_of_the_table_follows_from_its_line(cli: Cli, name: str):
    printed = worked(cli("summary", name, "--formulas").out)
    layers = json.loads(cli("summary", name, "--json").out)["layers"]
    assert layers
    for layer in layers:
        lines = {
            single: both
            for shown, both in printed[layer["name"]].items()
            for single in _one_by_one(shown)
        }
        table = of_table(layer)
        assert set(lines) == set(table), layer["name"]
        for quantity, number in table.items():
            assert lines[quantity] == pytest.approx((number, number), rel=1e-9), quantity
        # A number that is not plain has its arithmetic.
        assert all(formula["symbols"] for formula in layer["formulas"]), layer["name"]


def _one_by_one(name: str) -> list[str]:
    """Return `field (height)`, `field (width)` for `field (height and width)`."""
    stem, _, axes = name.rstrip(")").rpartition("(")
    return [f"{stem}({axis})" if stem else axis for axis in axes.split(" and ")]


def test_shared_layers_batches_and_types_are_in_the_arithmetic(cli: Cli, tmp_path):
    file = tmp_path / "x.yaml"
    file.write_text(
        "input: {a: [8, 8, 1], b: [8, 8, 1]}\nlayers:\n"
        "  - Conv2D: {filters: 2, kernel_size: 3, name: c, inputs: a}\n"
        "  - use: {layer: c, inputs: b, name: d}\n"
        "  - Add: {inputs: [c, d]}\n"
    )
    text = cli("summary", file, "--formulas", "--batch", "4", "--dtype", "float16").out
    assert "2 x 4 x 6 x 6 x 2 x 2 = 1,152" in text
    assert "2 x 6 x 6 x 3 x 3 x 1 x 2 = 1,296" in text


@pytest.mark.parametrize(
    "layer",
    [
        "Conv2D: {filters: 4, kernel_size: [3, 5], strides: [2, 1], dilation_rate: 1}",
        "Conv2D: {filters: 4, kernel_size: 3, dilation_rate: 2, groups: 2}",
        "Conv2DTranspose: {filters: 4, kernel_size: 3, strides: 2}",
        "DepthwiseConv2D: {kernel_size: 3, depth_multiplier: 2, padding: same}",
        "SeparableConv2D: {filters: 6, kernel_size: 3, depth_multiplier: 2}",
        "ZeroPadding2D: {padding: [[1, 2], [3, 4]]}",
        "Cropping2D: {cropping: 1}",
        "UpSampling2D: {size: [2, 3]}",
        "AveragePooling2D: {pool_size: 3, strides: 2, padding: same}",
        "GlobalMaxPooling2D",
        "Dense: {units: 3, use_bias: false}",
    ],
)
def test_other_layers_have_right_arithmetic(cli: Cli, tmp_path, layer: str):
    file = tmp_path / "x.yaml"
    file.write_text(f"input: [17, 19, 4]\nlayers:\n  - {layer}\n")
    printed = worked(cli("summary", file, "--formulas").out)
    (made,) = json.loads(cli("summary", file, "--json").out)["layers"][1:]
    for shown, (sums, value) in printed[made["name"]].items():
        assert sums == pytest.approx(value, rel=1e-9), shown
    told = {f["quantity"] for f in made["formulas"] if f["symbols"]}
    assert {"params", "macs", "memory"} <= told


def test_of_every_layer_there_is_a_sentence(cli: Cli):
    text = cli("summary", "applications:MobileNetV2", "--formulas").out
    heads = re.findall(r"^\S+ \(\w+\)$\n(.*)", text, re.MULTILINE)
    assert len(heads) > 100
    assert all(line.startswith("  ") and line.endswith(".") for line in heads)


@pytest.mark.parametrize("option", [["--all"], ["--format", "csv"], ["--depth", "1"]])
def test_what_contradicts_it_is_refused(cli: Cli, option: list[str]):
    result = cli("summary", "lesson", "--formulas", *option)
    assert result.code == 2
    assert "--formulas is a text of its own" in result.err


@given(st.integers(1, 99), st.integers(1, 99), st.integers(1, 99))
def test_arithmetic_comes_to_what_python_makes_of_it(a, b, c):
    assert evaluate(f"floor(({a} - {b}) / {c}) + 1") == math.floor((a - b) / c) + 1
    assert evaluate(f"({a} x {b} + 1) x max({b}, {c})") == (a * b + 1) * max(b, c)


@given(st.text(max_size=20))
def test_what_is_no_arithmetic_is_none(text):
    value = evaluate(text)
    assert value is None or isinstance(value, int | float)
