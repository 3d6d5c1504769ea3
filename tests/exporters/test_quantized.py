"""Files with fewer bits: their own runtime runs them, and what they cost is measured."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from cnncli.exporters import accuracy, onnx
from cnncli.exporters.network import Network
from cnncli.runs import record
from tests.conftest import Cli
from tests.exporters.test_checked import (
    asked_elsewhere,
    damaged_onnx,
    metadata_of,
    swapped_classes,
)

KINDS = [("m.tflite", "float16"), ("m.tflite", "dynamic"), ("m.tflite", "int8"),
         ("m.onnx", "dynamic"), ("m.onnx", "int8")]  # fmt: skip


@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_pixels_go_in_and_nearly_the_same_comes_out(
    cli: Cli, trained: Path, images: Path, tmp_path: Path, name: str, kind: str
):
    import keras

    result = cli("export", trained, "-o", tmp_path / name, "--quantize", kind)
    assert result.code == 0, result.err
    assert "validation images: " in result.err and "before" in result.err
    pixels = np.random.default_rng(1).integers(0, 256, (8, 12, 12, 1)).astype(np.float32)
    wanted = keras.saving.load_model(trained / "model.keras").predict(pixels, verbose=0)
    found, _ = asked_elsewhere(tmp_path / name, pixels)
    assert found.dtype == np.float32
    # float32 would be nearer: that it is not shows that there are fewer bits. LiteRT leaves the
    # weights of so small a network as they are, unless it counts in whole numbers.
    least = 0 if (name, kind) == ("m.tflite", "dynamic") else 1e-6
    assert least < np.abs(found - wanted).max() < (1e-3 if kind == "float16" else 0.1)
    told = metadata_of(tmp_path / name)
    assert told["cnncli.quantized"] == kind
    assert told["cnncli.check"]["accuracy_images"] > 5
    image = images / "left" / "000.png"
    said = json.loads(cli("predict", tmp_path / name, image, "--json").out)
    assert sum(said["probabilities"].values()) == pytest.approx(1, abs=1e-5)


def test_the_accuracy_is_that_of_the_validation_part(cli: Cli, trained: Path, tmp_path: Path):
    cli("export", trained, "-o", tmp_path / "m.onnx", "--quantize", "dynamic")
    told = metadata_of(tmp_path / "m.onnx")["cnncli.check"]
    metrics = json.loads((trained / "metrics.json").read_text())
    assert told["accuracy"][0] == round(metrics["validation"]["accuracy"], 4)
    rows = record.read_split(trained / "split.csv")
    assert told["accuracy_images"] == sum(row.part == "validation" for row in rows)


def test_max_drop_is_a_gate(
    cli: Cli, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def write(network: Network, path: Path, quantize: str | None) -> None:
        onnx.write(network, path, None)
        damaged_onnx(path, swapped_pair)

    monkeypatch.setattr(onnx, "FORMAT", onnx.Format(write, onnx.load))
    asked = ("export", trained, "-o", tmp_path / "m.onnx", "--quantize", "int8")
    result = cli(*asked, "--max-drop", "0.01")
    assert result.code == 1 and "the accuracy falls from" in result.err
    assert list(tmp_path.iterdir()) == []
    assert cli(*asked).code == 0  # without a gate it is told, and written


def swapped_pair(model: object) -> None:
    swapped_classes(model, 2)


def test_what_does_not_go_together_is_refused(cli: Cli, trained: Path, tmp_path: Path):
    out = tmp_path / "m.onnx"
    refused = [
        ["export", trained, "-o", out, "--quantize", "float16"],
        ["export", "lesson", "--quantize", "int8"],
        ["export", trained, "-o", out, "--max-drop", "0.1"],
        ["export", "lenet5", "-o", out, "--quantize", "int8", "--max-drop", "0.1"],
    ]
    for call in refused:
        result = cli(*call)
        assert result.code == 2, call
    assert list(tmp_path.iterdir()) == []


def test_the_interval_of_no_change_is_not_empty():
    right = np.ones(30, bool)
    low, high = accuracy._interval(right, right, np.arange(30))
    assert (low, high) == pytest.approx((-0.1157, 0.1157), abs=1e-4)  # 1 - 0.025 ** (1 / 30)
