"""`trainable: false` holds for what a layer holds: table, totals and training agree."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from cnncli.network.backend import load_keras
from cnncli.network.build import build
from cnncli.network.keras_file import load
from cnncli.spec import catalog, load_text
from tests.conftest import Cli

SEQUENCE, IMAGE = "[6, 5]", "[8, 8, 2]"
# Every class that holds other layers, or weights that it makes while it is built.
HOLDING = {
    "TimeDistributed": (SEQUENCE, "TimeDistributed: {T, layer: {Dense: {units: 4}}}"),
    "Bidirectional": (SEQUENCE, "Bidirectional: {T, layer: {LSTM: {units: 3}}}"),
    "Bidirectional, both": (
        SEQUENCE,
        "Bidirectional: {T, layer: {GRU: {units: 3}}, "
        "backward_layer: {GRU: {units: 3, go_backwards: true}}}",
    ),
    "RNN": (SEQUENCE, "RNN: {T, cell: {LSTMCell: {units: 3}}}"),
    "RNN of cells": (SEQUENCE, "RNN: {T, cell: [{LSTMCell: {units: 3}}, {GRUCell: {units: 2}}]}"),
    "StackedRNNCells": (
        SEQUENCE,
        "RNN: {T, cell: {StackedRNNCells: {cells: [{SimpleRNNCell: {units: 3}}]}}}",
    ),
    "LSTM": (SEQUENCE, "LSTM: {T, units: 3}"),
    "GRU": (SEQUENCE, "GRU: {T, units: 3}"),
    "SimpleRNN": (SEQUENCE, "SimpleRNN: {T, units: 3}"),
    "ConvLSTM1D": ("[4, 6, 2]", "ConvLSTM1D: {T, filters: 2, kernel_size: 3}"),
    "SpectralNormalization": (
        IMAGE,
        "SpectralNormalization: {T, layer: {Conv2D: {filters: 3, kernel_size: 3}}}",
    ),
    "MultiHeadAttention": (
        SEQUENCE,
        "MultiHeadAttention: {T, num_heads: 2, key_dim: 3, inputs: [input, input]}",
    ),
    "GroupQueryAttention": (
        SEQUENCE,
        "GroupQueryAttention: {T, head_dim: 2, num_query_heads: 2, num_key_value_heads: 1, "
        "inputs: [input, input]}",
    ),
    "Sequential": (IMAGE, "Sequential: {T, layers: [{Conv2D: {filters: 3, kernel_size: 3}}]}"),
    "Model": (
        IMAGE,
        "Model: {T, input: [8, 8, 2], layers: [{Conv2D: {filters: 3, kernel_size: 3}}]}",
    ),
    "Sequential inside": (
        "[3, 8, 8, 2]",
        "TimeDistributed: {layer: {Sequential: {T, "
        "layers: [{Conv2D: {filters: 3, kernel_size: 3}}]}}}",
    ),
    "Model inside": (
        "[3, 8, 8, 2]",
        "TimeDistributed: {layer: {Model: {T, input: [8, 8, 2], "
        "layers: [{Conv2D: {filters: 3, kernel_size: 3}}]}}}",
    ),
    "layer inside": (SEQUENCE, "TimeDistributed: {layer: {Dense: {T, units: 4}}}"),
    "cell inside": (SEQUENCE, "RNN: {cell: {LSTMCell: {T, units: 3}}}"),
    "direction inside": (SEQUENCE, "Bidirectional: {layer: {LSTM: {T, units: 3}}}"),
}


def text(shape: str, line: str, trainable: str) -> str:
    return (
        f"input: {shape}\nlayers:\n  - {line.replace('T, ', f'trainable: {trainable}, ')}\n"
        "  - Flatten\n  - Dense: {units: 2, name: last}\n"
    )


def test_every_class_that_holds_layers_is_tried() -> None:
    holding = {
        name
        for name in catalog.names("layer")
        if (entry := catalog.find("layer", name)) is not None
        and {"layer", "cell", "cells", "backward_layer"} & set(entry.arguments)
    }
    named = {word for _, line in HOLDING.values() for word in line.replace(":", " ").split()}
    assert holding <= {word.strip("{[") for word in named}


@pytest.mark.parametrize("case", HOLDING)
def test_what_a_frozen_layer_holds_is_frozen(cli: Cli, tmp_path: Path, case: str) -> None:
    shape, line = HOLDING[case]
    path = tmp_path / "frozen.yaml"
    path.write_text(text(shape, line, "false"))
    facts = json.loads(cli("summary", path, "--json").out)
    whole = facts["layers"][1 if facts["layers"][0]["type"] == "InputLayer" else 0]
    last = facts["layers"][-1]
    assert whole["params"] > 0
    assert facts["trainable_params"] == last["params"]
    assert sum(layer["trainable_params"] for layer in facts["layers"]) == last["params"]
    keras = load_keras()
    model = build(load_text(path.read_text(), str(path)))
    assert [w.path for w in model.trainable_weights] == [w.path for w in model.layers[-1].weights]
    model.compile("sgd", "mse")
    before = [weight.numpy() for weight in model.non_trainable_weights]
    inputs = np.random.default_rng(0).normal(size=(4, *model.input_shape[1:]))
    model.fit(inputs, np.zeros((4, 2)), epochs=1, verbose=0)
    for weight, old in zip(model.non_trainable_weights, before, strict=True):
        if case != "SpectralNormalization":  # which divides its kernel by its norm in each step
            np.testing.assert_array_equal(weight.numpy(), old)
    free = build(load_text(text(shape, line, "true"), "free.yaml"))
    assert free.count_params() == model.count_params()
    assert len(free.trainable_weights) > len(model.trainable_weights)
    # Keras forgets it again when it loads such a model.
    model.save(tmp_path / "frozen.keras")
    again = load(tmp_path / "frozen.keras")
    assert len(again.trainable_weights) == len(model.trainable_weights)
    assert isinstance(again, keras.Model)
