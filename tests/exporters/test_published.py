"""Whole networks outside of Keras: those that come with cnncli, and published ones."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cnncli.exporters import deploy, examples, onnx, tflite
from cnncli.exporters.network import Network
from cnncli.images.prepare import Target
from cnncli.network.architecture import resolve
from cnncli.network.build import build
from cnncli.spec.shipped import names
from tests.exporters.shaken import shaken

FORMATS = {"onnx": onnx.FORMAT, "tflite": tflite.FORMAT}
QUICK = ("lesson", "lesson-batchnorm", "lenet5", "tiny-vgg", "inception-mini")
APPLICATIONS = (
    "MobileNetV2", "EfficientNetB0", "ConvNeXtTiny", "DenseNet121", "VGG16", "NASNetMobile",
)  # fmt: skip


def network(model: Any) -> Network:
    images = examples.samples(Target(*model.input_shape[1:]))
    return Network("net", shaken(model), {}, images, "sample images")


def shipped(name: str) -> Network:
    spec = resolve(name).spec
    assert spec is not None
    return network(build(spec, preprocessing=True))


@pytest.mark.parametrize("name", QUICK)
@pytest.mark.parametrize("format_", FORMATS)
def test_shipped_networks(format_: str, name: str, tmp_path: Path):
    found = deploy.deploy(shipped(name), FORMATS[format_], tmp_path / "m")
    assert found.checked.difference < 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(names()) - set(QUICK)))
@pytest.mark.parametrize("format_", FORMATS)
def test_large_shipped_networks(format_: str, name: str, tmp_path: Path):
    found = deploy.deploy(shipped(name), FORMATS[format_], tmp_path / "m")
    assert found.checked.difference < 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("name", APPLICATIONS)
@pytest.mark.parametrize("format_", FORMATS)
def test_published_networks(format_: str, name: str, tmp_path: Path):
    made = network(resolve(f"applications:{name}").build())
    found = deploy.deploy(made, FORMATS[format_], tmp_path / "m")
    assert found.checked.difference < 1e-5


# Peak memory of a process, as the kernel keeps it, and whether the file is there at its end.
MEASURED = """
import sys
from pathlib import Path
from tests.exporters.test_published import network
from cnncli.exporters import onnx
from cnncli.network.architecture import resolve


def peak():
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


if __name__ == "__main__":
    made = network(resolve(f"applications:{sys.argv[1]}").build())
    Path("/proc/self/clear_refs").write_text("5")
    before = peak()
    onnx.write(made, Path(sys.argv[2]), None)
    print(peak() - before, made.weight_bytes)
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="needs Linux's /proc")
def test_memory_of_an_export_is_at_most_four_times_the_weights(tmp_path: Path):
    script = tmp_path / "measured.py"
    script.write_text(MEASURED)
    done = subprocess.run(
        [sys.executable, script, "VGG16", tmp_path / "m.onnx"],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
    )
    taken, weights = map(int, done.stdout.split()[-2:])
    assert taken < 4 * weights
