"""Every activation, and every layer that convolves or pools, in both formats or refused."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnncli.errors import ModelError
from cnncli.exporters import onnx, tflite
from cnncli.exporters.check import Checked, check
from cnncli.exporters.format import Format
from cnncli.exporters.network import Network
from cnncli.spec import catalog
from tests.exporters.shaken import shaken

FORMATS = {"onnx": onnx.FORMAT, "tflite": tflite.FORMAT}
# What LiteRT has no operation for, or gets wrong (UnitNormalization of an image of zeros).
REFUSED_BY_LITERT = {
    "AdaptiveAveragePooling3D",
    "AdaptiveMaxPooling3D",
    "AveragePooling3D",
    "MaxPooling3D",
    "ConvLSTM1D",
    "ConvLSTM2D",
    "ConvLSTM3D",
    "LSTM",
}
SIDE = 12


def activations() -> list[str]:
    return list(catalog.activations())


def layers() -> list[str]:
    """Return the names of the layers, each once, whatever else it is called."""
    found = [name for name in catalog.names("layer") if re.search("Conv|Pool", name)]
    import keras

    return sorted({getattr(keras.layers, name).__name__ for name in found})


def activated(name: str) -> Callable[[Any], Any]:
    import keras

    given = {"threshold": 0.1, "default_value": 0.0} if name == "threshold" else {}
    function = getattr(keras.activations, name)

    def branch(images: Any) -> Any:
        class Applied(keras.layers.Layer):
            def call(self, inputs: Any) -> Any:
                return function(inputs, **given)

        return Applied(name=f"applied_{name}")(images)

    return branch


def made(name: str) -> Callable[[Any], Any]:
    """Return a branch with the layer, and what gives its input as many axes as it takes."""
    import keras

    kind = getattr(keras.layers, name)
    arguments: dict[str, Any] = {}
    if "Conv" in name:
        arguments = {"kernel_size": 2} if "Depthwise" in name else {"filters": 3, "kernel_size": 2}
    elif "Adaptive" in name:
        arguments = {"output_size": 2}
    elif "Global" not in name and name != "LSTM":
        arguments = {"pool_size": 2}
    elif name == "LSTM":
        arguments = {"units": 3}
    steps = name.startswith("ConvLSTM")
    axes = int(re.sub(r"\D", "", name) or 1)
    sizes = {1: (36, 24), 2: (12, 12, 6), 3: (6, 6, 6, 4)}[axes]
    if steps:
        sizes = {1: (4, 36, 6), 2: (4, 6, 6, 6), 3: (2, 6, 6, 3, 4)}[axes]
    assert math.prod(sizes) == SIDE * SIDE * 6
    return lambda images: kind(**arguments)(keras.layers.Reshape(sizes)(images))


def network(branches: list[Callable[[Any], Any]]) -> Network:
    """Return a network of all branches side by side, its weights shaken, with drawn images."""
    import keras

    inputs = keras.Input((SIDE, SIDE, 3))
    spread = keras.layers.Conv2D(6, 3, padding="same")(keras.layers.Rescaling(1 / 64)(inputs))
    flat = [keras.layers.Flatten()(branch(spread)) for branch in branches]
    joined = keras.layers.Concatenate()(flat) if len(flat) > 1 else flat[0]
    outputs = keras.layers.Dense(5, activation="softmax")(joined)
    model = shaken(keras.Model(inputs, outputs))
    images = np.random.default_rng(0).integers(0, 256, (16, SIDE, SIDE, 3)).astype(np.uint8)
    return Network("layers", model, {}, images, "drawn images")


def exported(made_network: Network, form: Format, path: Path) -> Checked:
    form.write(made_network, path, None)
    return check(path, made_network, form.load, 1e-5)


@pytest.mark.parametrize("format_", FORMATS)
def test_every_activation(format_: str, tmp_path: Path):
    branches = [activated(name) for name in activations()]
    assert len(branches) > 25
    found = exported(network(branches), FORMATS[format_], tmp_path / "m")
    assert found.doubt is None


@pytest.mark.parametrize("format_", FORMATS)
def test_every_layer_that_convolves_or_pools(format_: str, tmp_path: Path):
    names = [name for name in [*layers(), "LSTM"]
             if format_ == "onnx" or name not in REFUSED_BY_LITERT]  # fmt: skip
    assert len(names) > 23
    found = exported(network([made(name) for name in names]), FORMATS[format_], tmp_path / "m")
    assert found.doubt is None


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(REFUSED_BY_LITERT))
def test_what_litert_refuses_is_said_by_name(name: str, tmp_path: Path):
    with pytest.raises(ModelError, match=r"LiteRT cannot run layers: (it has no \w+3D|its layers)"):
        exported(network([made(name)]), tflite.FORMAT, tmp_path / "m")


@pytest.mark.slow
@pytest.mark.parametrize("name", layers())
@pytest.mark.parametrize("format_", FORMATS)
def test_each_layer_alone(format_: str, name: str, tmp_path: Path):
    if format_ == "tflite" and name in REFUSED_BY_LITERT:
        pytest.skip("refused, see above")
    exported(network([made(name)]), FORMATS[format_], tmp_path / "m")


@pytest.mark.parametrize("format_", FORMATS)
def test_grouped_and_dilated_convolutions(format_: str, tmp_path: Path):
    import keras

    branches = [
        keras.layers.Conv2D(6, 3, groups=3),
        keras.layers.Conv2D(6, 3, dilation_rate=2),
        keras.layers.DepthwiseConv2D(3, depth_multiplier=2, strides=2),
        keras.layers.Normalization(mean=[1.0] * 6, variance=[2.0] * 6),
    ]
    exported(network(branches), FORMATS[format_], tmp_path / "m")
