"""A network as an `.onnx` file, with its preparation, its meaning and nothing but the standard."""

from __future__ import annotations

import tempfile
from pathlib import Path

from cnncli.errors import ModelError
from cnncli.exporters import onnx_clean, onnx_graph
from cnncli.exporters.format import Format
from cnncli.exporters.network import Network
from cnncli.network.backend import silent
from cnncli.network.exported import Exported
from cnncli.network.onnx_file import OnnxFile
from cnncli.process import apart

LARGEST = 2_000_000_000  # bytes; one message of protobuf, which a file of ONNX is, holds no more


def write(network: Network, path: Path, quantize: str | None = None) -> None:
    """Write the network; ModelError where ONNX cannot say it."""
    if network.weight_bytes > LARGEST:
        raise ModelError(
            f"{network.name}: its weights take {network.weight_bytes / 1e9:.3g} GB, "
            f"and one file of ONNX holds {LARGEST / 1e9:g} GB"
        )
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".onnx-") as folder:
        raw = Path(folder, "raw.onnx")
        _save(network, raw)
        images = network.images if network.typical is None else network.typical
        asked = onnx_clean.Quantization(quantize, images) if quantize is not None else None
        apart(onnx_clean.clean, raw, path, network.name, dict(network.texts), asked)


def load(path: Path) -> Exported:
    """Open a file with ONNX Runtime."""
    return OnnxFile(path)


def _save(network: Network, path: Path) -> None:
    import onnx

    with silent():
        onnx.save(onnx_graph.convert(network.model), path)


FORMAT = Format(write, load)
