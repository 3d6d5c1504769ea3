"""A file system that is full before an export is whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Cli

SPEC = """\
input: [16, 16, 1]
layers:
  - Flatten
  - Dense: {units: UNITS}
  - Dense: {units: 2, activation: softmax}
"""


# Weights of 2 MB, of which there is room for one copy and not for two, and of 4 MB.
@pytest.mark.parametrize("units", [2000, 4000])
@pytest.mark.parametrize("name", ["m.onnx", "m.tflite", "m"])
def test_it_is_said_and_nothing_is_left(
    cli: Cli, small_disk: Path, tmp_path: Path, name: str, units: int
):
    spec = tmp_path / "wide.yaml"
    spec.write_text(SPEC.replace("UNITS", str(units)))
    format_ = [] if "." in name else ["--format", "saved-model"]
    result = cli("export", spec, "-o", small_disk / name, *format_)
    if result.code == 0:  # what needs one copy alone
        assert units == 2000 and not name.endswith(".onnx")
        return
    said = [line for line in result.err.splitlines() if line.startswith("error")]
    assert (result.code, said) == (1, [f"error: {small_disk / name}: No space left on device"])
    assert not list(small_disk.iterdir())
