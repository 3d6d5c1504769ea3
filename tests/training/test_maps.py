"""A network that ends with a map instead of a vector: the beginner's mistake."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import Cli


def test_a_missing_flatten_is_named(cli: Cli, images: Path, tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    spec = tmp_path / "map.yaml"
    spec.write_text(
        "input: [12, 12, 1]\n"
        "layers:\n"
        "  - Conv2D: {filters: 4, kernel_size: 3}\n"
        "  - Dense: {units: 2, activation: softmax}\n"
    )
    result = cli("train", images, "--arch", spec)
    assert (result.code, result.out) == (1, "")
    assert "put GlobalAveragePooling2D or Flatten before the first Dense" in result.err
    assert not (tmp_path / "runs").exists()
