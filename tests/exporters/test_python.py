"""The exported code builds the same network with Keras alone, with the same first weights."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from cnncli.importers.importing import spec_of
from cnncli.network.architecture import resolve
from cnncli.network.backend import load_keras
from cnncli.network.build import build
from cnncli.registry import EXPORTERS
from cnncli.spec import load_text
from cnncli.spec.shipped import names
from tests.conftest import Cli
from tests.network.models import SPECIAL, assert_same

# Rows without names: within blocks, Keras numbers the layers of the code itself.
ROWS = """
def rows(model):
    return [
        [type(layer).__name__, str(layer.output.shape), layer.count_params()]
        for layer in model.layers
    ]
"""


def rows_of(model: object) -> object:
    space: dict[str, object] = {}
    exec(ROWS, space)
    return json.loads(json.dumps(space["rows"](model)))  # type: ignore[operator]


@pytest.mark.tensorflow_process
def test_every_shipped_spec_in_a_fresh_interpreter(cli: Cli, tmp_path: Path) -> None:
    for name in names():
        assert cli("export", name, "-o", tmp_path / f"{name}.py").code == 0
    subprocess.run([sys.executable, "-m", "ruff", "check", "--isolated", tmp_path], check=True)
    for file in tmp_path.glob("*.py"):
        assert max(map(len, file.read_text().splitlines())) <= 88
    script = ROWS + textwrap.dedent(
        """
        import glob, json, runpy, sys
        found = {}
        for path in sorted(glob.glob("*.py")):
            found[path[:-3]] = rows(runpy.run_path(path)["model"])
        assert "cnncli" not in sys.modules
        json.dump(found, open("rows.json", "w"))
        """
    )
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True)
    found = json.loads((tmp_path / "rows.json").read_text())
    assert sorted(found) == names()
    for name, rows in found.items():
        assert sorted(rows) == sorted(rows_of(resolve(name).build(weights=False)))  # type: ignore[call-overload]


def model_of(code: str) -> object:
    load_keras()
    space: dict[str, object] = {"__name__": "exported"}
    policy = load_keras().config.dtype_policy()
    try:
        exec(compile(code, "exported.py", "exec"), space)
    finally:
        load_keras().config.set_dtype_policy(policy)
    return space["model"]


@pytest.mark.parametrize("name", ["lesson", "lenet5", "unet-classifier", "inception-mini"])
def test_the_first_weights_are_the_same(cli: Cli, name: str) -> None:
    theirs = model_of(cli("export", name).out)
    ours = resolve(name).build()
    for one, other in zip(ours.weights, theirs.weights, strict=True):  # type: ignore[attr-defined]
        np.testing.assert_array_equal(one.numpy(), other.numpy())


def test_the_lesson_reads_like_the_lesson(cli: Cli) -> None:
    lines = cli("export", "lesson").out.splitlines()
    for line in (
        "inputs = Input(shape=(256, 256, 1))",
        'x = Conv2D(filters=8, kernel_size=3, padding="same", activation="relu")(inputs)',
        "x = MaxPool2D()(x)",
        'x = Dense(128, activation="relu")(x)',
        "x = Dropout(0.6)(x)",
        'outputs = Dense(1, activation="sigmoid")(x)',
        'model = Model(inputs=inputs, outputs=outputs, name="lesson")',
    ):
        assert line in lines
    assert max(map(len, lines)) <= 88


@pytest.mark.parametrize("name", SPECIAL)
def test_special_models(name: str, tmp_path: Path) -> None:
    from cnncli.exporters.python import text
    from cnncli.network.architecture import of_spec

    spec = spec_of(SPECIAL[name]())
    assert_same(build(spec), model_of(text(of_spec(spec))))


GRAPH = """
name: two towers
input: {left: [64, 64, 3], tokens: {shape: [9], dtype: int32}}
blocks:
  half: {params: {units: 4, copies: 2}, layers: [{Dense: {units: $units, repeat: $copies}}]}
layers:
  - Sequential:
      name: tower
      inputs: left
      layers: [{Conv2D: {filters: 4, kernel_size: 3}}, GlobalAveragePooling2D, {half: {units: 5}}]
  - use: {layer: tower, inputs: left, name: again}
  - ops.subtract: {x1: 1.0, inputs: again, name: minus}
  - Dense: {units: 5, name: shared, inputs: tower}
  - use: {layer: shared, inputs: minus, name: twice}
  - Embedding: {input_dim: 10, output_dim: 5, inputs: tokens, name: emb}
  - LSTM: {units: 5, return_state: true, return_sequences: true, name: lstm}
  - MultiHeadAttention: {num_heads: 2, key_dim: 3, inputs: [lstm/0, emb], name: mha}
  - Model:
      name: inner
      inputs: {b: twice, a: tower}
      input: {a: [5], b: [5]}
      layers: [{Add: {inputs: [a, b]}}, {Dense: {units: 2}}]
  - ops.add: {x2: [1.0, 2.0], inputs: inner, name: plus}
  - half: {units: 3, inputs: plus, copies: 0, name: same}
  - BatchNormalization: {call: {training: false}, name: bn}
output: {one: bn, two: [mha, same]}
"""


LAYOUT = """
input: [8, 8, 3]
layers:
  - Sequential:
      name: a_model_with_quite_a_long_name
      layers:
        - Conv2D: {filters: 2, kernel_size: 3, name: also_a_long_name_for_a_layer_of_convolution_}
        - ReLU
  - Flatten
  - Dense:
      units: 3
      kernel_initializer: {VarianceScaling: {scale: 0.3333333333333333, distribution: uniform}}
      bias_initializer: {RandomUniform: {minval: -0.001, maxval: 0.001}}
      name: a_name
  - Dense: {units: 3, inputs: a_name, name: a_very_very_long_name_of_something_dense_indeed}
  - Add: {inputs: [a_name, a_very_very_long_name_of_something_dense_indeed]}
"""
LAID_OUT = """\
a_model_with_quite_a_long_name_model = Sequential(
    [
        Conv2D(
            filters=2,
            kernel_size=3,
            name="also_a_long_name_for_a_layer_of_convolution_",
        ),
        ReLU(),
    ],
    name="a_model_with_quite_a_long_name",
)
x = a_model_with_quite_a_long_name_model(inputs)
x = Flatten()(x)
a_name = Dense(
    3,
    kernel_initializer=initializers.VarianceScaling(
        scale=0.3333333333333333, distribution="uniform"
    ),
    bias_initializer=initializers.RandomUniform(minval=-0.001, maxval=0.001),
    name="a_name",
)(x)
a_very_very_long_name_of_something_dense_indeed = Dense(
    3, name="a_very_very_long_name_of_something_dense_indeed"
)(a_name)
outputs = Add()([a_name, a_very_very_long_name_of_something_dense_indeed])
"""


def test_long_lines_are_broken_as_a_person_would(tmp_path: Path) -> None:
    from cnncli.exporters.python import text
    from cnncli.network.architecture import of_spec

    assert LAID_OUT in text(of_spec(load_text(LAYOUT, "layout.yaml")))


def test_a_graph_of_everything(tmp_path: Path) -> None:
    from cnncli.exporters.python import text
    from cnncli.network.architecture import of_spec

    spec = load_text(GRAPH, "graph.yaml")
    assert_same(build(spec), model_of(text(of_spec(spec))))


def test_a_keras_file_holds_the_first_weights(cli: Cli, tmp_path: Path) -> None:
    assert cli("export", "lenet5", "-o", tmp_path / "lenet5.keras").code == 0
    saved = load_keras().saving.load_model(tmp_path / "lenet5.keras")
    for one, other in zip(saved.weights, resolve("lenet5").build().weights, strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy())


def test_every_exporter_loads() -> None:
    for exporter in EXPORTERS:
        assert exporter.checked or callable(exporter.load())
        assert not exporter.text or callable(exporter.load_text())


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["lesson", "--format", "fortran"], "There are python, keras"),
        (["lesson", "-o", "net.xyz"], "Add --format"),
        (["applications:VGG16"], "cnncli import"),
    ],
)
def test_what_cannot_be_exported(cli: Cli, argv: list[str], said: str) -> None:
    result = cli("export", *argv)
    assert result.code in (1, 2) and result.out == ""
    assert said in result.err
