"""Every layer of Keras can be named in a spec, builds, and comes back from the model."""

from __future__ import annotations

from typing import Any

import pytest

from cnncli.errors import SpecError
from cnncli.importers.importing import spec_of
from cnncli.network.build import build
from cnncli.spec import catalog, dump, load_text
from cnncli.spec.yaml_text import flow

# What required arguments are given, where it is not 2.
ARGUMENTS: dict[str, Any] = {
    "activation": "relu",
    "cell": {"LSTMCell": {"units": 2}},
    "cells": [{"LSTMCell": {"units": 2}}],
    "dims": [1],
    "drop_path_rate": 0.5,
    "equation": "abc,cd->abd",
    "factor": 0.5,
    "height_factor": 0.5,
    "layer": {"LSTM": {"units": 2}},
    "output_shape": [None, 2],
    "rate": 0.5,
    "stddev": 0.5,
    "target_shape": [-1],
    "width_factor": 0.5,
}
# What some layers need though Keras has a default for it.
MORE: dict[str, dict[str, Any]] = {
    "Discretization": {"bin_boundaries": [0.0, 1.0]},
    "IntegerLookup": {"vocabulary": [1, 2]},
    "LayerScale": {"projection_dim": 3, "init_values": 0.1},
    "RandomPosterization": {"factor": 4},
    "CategoryEncoding": {"num_tokens": 4},
    "Pipeline": {"layers": [{"Dense": {"units": 2}}, "ReLU"]},
    "SpectralNormalization": {"layer": {"Dense": {"units": 2}}},
    "STFTSpectrogram": {"frame_length": 8, "frame_step": 4, "fft_length": 8},
    "StringLookup": {"vocabulary": ["a", "b"]},
    "TextVectorization": {"vocabulary": ["a", "b"]},
    "TimeDistributed": {"layer": {"Dense": {"units": 2}}},
}
# One of these suits each layer.
INPUTS = (
    "[8, 8, 3]",
    "[8, 3]",
    "[4]",
    "[4, 8, 8, 3]",
    "[4, 4, 4, 4, 3]",
    "[256]",
    "{a: [4], b: [4]}",
    "{a: [8, 4], b: [8, 4]}",
    "{a: [8, 8, 3], b: [3]}",
    "{shape: [1], dtype: string}",
    "{a: {shape: [1], dtype: int32}, b: {shape: [1], dtype: int32}}",
)
# Cells stand in RNN; Keras itself takes a network with Equalization for a cycle.
NOT_ALONE = ("Equalization", "GRUCell", "LSTMCell", "StackedRNNCells")
LAYERS = [n for n in catalog.names("layer") if n not in NOT_ALONE]


def model_with(name: str) -> Any:
    """Return a network of one layer, with the first of INPUTS that suits it."""
    entry = catalog.find("layer", name)
    assert entry is not None
    arguments = {key: ARGUMENTS.get(key, 2) for key in entry.required} | MORE.get(name, {})
    said = []
    for inputs in INPUTS:
        text = f"input: {inputs}\nlayers: [{flow({name: arguments})}]\n"
        try:
            return build(load_text(text))
        except SpecError as error:
            said.append(str(error))
    raise AssertionError("\n".join(said))


@pytest.mark.slow
@pytest.mark.parametrize("name", LAYERS)
def test_it_builds_and_comes_back(name: str) -> None:
    model = model_with(name)
    again = build(load_text(dump(spec_of(model))))
    assert again.get_config()["layers"] == model.get_config()["layers"]
    assert [weight.shape for weight in again.weights] == [w.shape for w in model.weights]
