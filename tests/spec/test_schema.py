"""The JSON Schema takes what the reader takes, and marks what is wrong."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from cnncli.spec import load_text
from cnncli.spec.reader import decode, read
from cnncli.spec.schema import schema
from cnncli.spec.shipped import names, path
from cnncli.spec.tree import to_value
from tests.conftest import ROOT
from tests.spec.test_catalog import ACCEPTED


@pytest.fixture(scope="module")
def validator() -> Any:
    made = schema()
    jsonschema.Draft202012Validator.check_schema(made)
    return jsonschema.Draft202012Validator(made)


def plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return {k: plain(v) for k, v in value.items()} if isinstance(value, dict) else value


def data(text: str) -> Any:
    tree = read(decode(text, "x.yaml"))
    assert tree is not None
    return plain(to_value(tree))


SPECS = [path(name) for name in names()] + [ROOT / "tests" / "spec" / "resnet50.yaml"]


@pytest.mark.parametrize("file", SPECS, ids=lambda file: file.stem)
def test_it_takes_every_shipped_spec(validator, file):
    assert list(validator.iter_errors(data(file.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize(
    "text",
    [
        *(f"input: [4]\nlayers: [{layer}]\n" for layer in ACCEPTED),
        "input: {a: [4], b: {shape: [4], dtype: int32}}\nlayers: [Add: {inputs: [a, b]}]\n",
        "input: [4]\nlayers: [Dense: {units: 1, name: d}, use: {layer: d, inputs: input}]\n",
        "input: [4]\nlayers: [ops.add: {x2: 1.0}, ops.relu]\n",
        "input: [4]\nlayers: [ops.add: {x2: 1.0, inputs: input, name: plus}]\n",
        "input: [4, 4, 1]\nlayers: [Conv2D: {filters: 8, kernel_size: [3, 3], padding: SAME}]\n",
        "input: [4]\nblocks: {a b: {layers: [ReLU]}}\nlayers: [a b]\n",
        "input: [4]\nlayers: [Sequential: {layers: [ReLU], name: s}]\n",
        "input: [4]\nlayers: [Model: {input: [4], layers: [ReLU], output: re_lu}]\n",
        "input: [4]\nlayers: [TimeDistributed: {layer: {Dense: {units: 2}}}]\n",
        "input: [4]\nlayers: [ReLU: {repeat: 3, call: {}}]\noutput: {y: re_lu_2}\n",
        "extends: resnet@18\nparams: {classes: 3}\nchanges:\n  layers[-1].units: 3\n",
        "params: {w: 1}\npresets: {a: {w: 2}, 0.5: null}\ninput: [4]\n"
        "layers: [Dense: {units: {scale: 8, by: $w}, repeat: {ceil: 2, less: 1}}]\n",
        "input: [4]\nlayers: [ReLU]\ntraining: {optimizer: adam, loss: mse, metrics: [AUC, acc]}\n",
    ],
)
def test_it_takes_what_the_reader_takes(validator, text):
    load_text(text)
    assert list(validator.iter_errors(data(text))) == []


@pytest.mark.parametrize(
    "text",
    [
        "layers: [ReLU]",
        "input: [4]",
        "input: [4]\nlayers: []",
        "input: [4]\nlayers: ReLU",
        "input: 4\nlayers: [ReLU]",
        "input: [0]\nlayers: [ReLU]",
        "input: [4]\nlayers: [ReLU]\nlayer: 3",
        "input: [4]\nlayers: [Dens]",
        "input: [4]\nlayers: [Dense]",
        "input: [4]\nlayers: [Dense: 3]",
        "input: [4]\nlayers: [Dense: {unit: 3}]",
        "input: [4]\nlayers: [Dense: {units: x}]",
        "input: [4]\nlayers: [Dense: {units: 1, use_bias: no}]",
        "input: [4]\nlayers: [Dense: {units: 1, activation: rleu}]",
        "input: [4]\nlayers: [Dense: {units: 1, kernel_regularizer: {L3: {}}}]",
        "input: [4]\nlayers: [Dense: {units: 1, kernel_initializer: he_norml}]",
        "input: [4]\nlayers: [{Dense: {units: 1}, ReLU: {}}]",
        "input: [4]\nlayers: [Lambda: {function: f}]",
        "input: [4, 4, 1]\nlayers: [Conv2D: {filters: [8], kernel_size: 3}]",
        "input: [4, 4, 1]\nlayers: [Conv2D: {filters: 8, kernel_size: 3, padding: sme}]",
        "input: [4]\nlayers: [ops.substract]",
        "input: [4]\nlayers: [ops.add: {y: 1}]",
        "input: [4]\nlayers: [Reshape: {target_shape: 4}]",
        "input: [4]\nlayers: [ReLU: {repeat: -1}]",
        "input: [4]\nlayers: [use: {inputs: input}]",
        "input: [4]\nlayers: [Sequential: {}]",
        "input: [4]\npreprocess: standardise\nlayers: [ReLU]",
        "input: [4]\nseed: -1\nlayers: [ReLU]",
        "input: [4]\nblocks: {A: {layers: [ReLU]}}\nlayers: [ReLU]",
        "input: [4]\nblocks: {a: {layer: [ReLU]}}\nlayers: [a]",
        "input: [4]\nlayers: [ReLU]\ntraining: {epoch: 3}",
        "input: [4]\nlayers: [ReLU]\ntraining: {epochs: 0}",
        "input: [4]\nlayers: [ReLU]\ntraining: {optimizer: {SGD: {momentm: 1}}}",
        "input: [4]\nlayers: [ReLU]\ntraining: {callbacks: [ModelCheckpoint: {filepath: x}]}",
        "input: {shape: [1], dtype: string}\nlayers: [StringLookup: {vocabulary: /etc/passwd}]",
    ],
)
def test_it_marks_what_the_reader_refuses(validator, text):
    with pytest.raises(Exception, match="error"):
        load_text(text)
    assert list(validator.iter_errors(data(text))) != []


def test_editors_are_told_what_keras_says(validator):
    made = schema()
    (mapping, *_) = made["$defs"]["item"]["anyOf"]
    assert mapping["properties"]["Conv2D"]["description"] == "2D convolution layer."
    filters = made["$defs"]["layer.Conv2D"]["properties"]["filters"]
    assert filters["description"].startswith("int, the dimension of the output space")
