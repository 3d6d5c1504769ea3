"""Networks from outside as plain Keras code: it gives what the spec gives, of the same pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cnncli.network.backend import load_keras
from cnncli.network.build import build
from cnncli.spec import load_file
from tests.conftest import Cli

SPEC = """\
input: {left: [32, 32, 3], right: [32, 32, 3]}
blocks:
  looked:
    params: {alpha: 0.25}
    layers:
      - applications.MobileNetV2: {weights: null, alpha: $alpha, pooling: max, trainable: false}
layers:
  - applications.MobileNet:
      {weights: saved.weights.h5, alpha: 0.25, pooling: avg, inputs: left, name: base}
  - use: {layer: base, inputs: right, name: other}
  - pretrained:
      {file: saved.keras, until: conv_pw_3_relu, prepare: vgg16, inputs: left, name: cut}
  - GlobalAveragePooling2D: {name: pooled}
  - pretrained: {file: saved.keras, prepare: [0, 1], inputs: left, name: whole}
  - looked: {inputs: right, name: last}
  - Concatenate: {inputs: [base, other, pooled, whole, last]}
  - Dense: {units: 2, activation: softmax}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    keras = load_keras()
    keras.utils.set_random_seed(5)
    model = keras.applications.MobileNet(
        weights=None, include_top=False, alpha=0.25, input_shape=(32, 32, 3), pooling="avg"
    )
    model.save_weights(tmp_path / "saved.weights.h5")
    model.save(tmp_path / "saved.keras")
    (tmp_path / "net.yaml").write_text(SPEC)
    return tmp_path


def test_the_code_gives_the_same(folder: Path, cli: Cli) -> None:
    result = cli("export", folder / "net.yaml", "-o", folder / "net.py")
    assert result.code == 0, result.err
    assert "It reads files by their whole paths" in (folder / "net.py").read_text()
    theirs: dict[str, object] = {}
    exec(compile((folder / "net.py").read_text(), "net.py", "exec"), theirs)
    model, ours = theirs["model"], build(load_file(folder / "net.yaml"))
    random = np.random.default_rng(0)
    images = [random.uniform(0, 255, (3, 32, 32, 3)).astype(np.float32) for _ in range(2)]
    np.testing.assert_allclose(
        model.predict(images, verbose=0),  # type: ignore[attr-defined]
        ours.predict(images, verbose=0),
        rtol=1e-5,
        atol=1e-6,
    )
    assert len(model.trainable_weights) == len(ours.trainable_weights)  # type: ignore[attr-defined]


def test_weights_of_a_keras_file_are_refused_with_the_way_out(folder: Path, cli: Cli) -> None:
    text = SPEC.replace("saved.weights.h5", "saved.keras")
    (folder / "net.yaml").write_text(text)
    result = cli("export", folder / "net.yaml", "-o", folder / "net.py")
    assert result.code == 1
    assert "plain Keras does not take its weights from" in result.err
    assert ".weights.h5" in result.err
