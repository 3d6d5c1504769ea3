"""Networks that end TensorFlow with a segmentation fault are trained all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.forker import Forker

CRASHING = """\
input: [64, 64, 1]
layers:
  - Conv2D: {filters: 8, kernel_size: 3, padding: same}
  - Conv2D: {filters: 16, kernel_size: 1, strides: 2}
  - GlobalAveragePooling2D
  - Dense: {units: 2, activation: softmax}
training: {epochs: 2, batch_size: 16}
"""


@pytest.mark.tensorflow_process
def test_a_network_that_crashes_tensorflow_is_trained(forker: Forker, images: Path, tmp_path: Path):
    spec = tmp_path / "crashing.yaml"
    spec.write_text(CRASHING)
    process = forker.start("train", images, "--arch", spec, "--out", tmp_path / "run")
    assert process.wait() == 0, process.output.read_text()
    assert (tmp_path / "run" / "metrics.json").exists()
