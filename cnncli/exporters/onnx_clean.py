"""The last steps of an ONNX file, in a process of its own: what ONNX Runtime needs, ends there."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli._version import __version__
from cnncli.errors import ModelError
from cnncli.exporters.format import no_room
from cnncli.exporters.onnx_graph import INPUT, OPSET

if TYPE_CHECKING:
    import numpy as np

STANDARD = ("", "ai.onnx")


@dataclass(frozen=True)
class Quantization:
    """Fewer bits: "dynamic" for the weights alone, "int8" for all; by images of uint8."""

    kind: str
    images: np.ndarray


def clean(
    raw: Path,
    path: Path,
    name: str,
    texts: Mapping[str, str],
    quantization: Quantization | None = None,
) -> None:
    """Write to `path` what is in `raw`: constants folded, nothing unused, texts added, checked.

    The basic optimisations of ONNX Runtime keep to the operations of the standard; whatever else
    they might bring in one day, the file is then left as it was.
    """
    import onnx

    _optimize(raw, path)
    model = onnx.load(path)
    if any(node.domain not in STANDARD for node in model.graph.node):
        model = onnx.load(raw)
    if quantization is not None:
        model = _quantized(model, raw, quantization)
    del model.opset_import[:]
    model.opset_import.add(domain="", version=OPSET)
    del model.metadata_props[:]
    for key, text in texts.items():
        model.metadata_props.add(key=key, value=text)
    model.producer_name, model.producer_version = "cnncli", __version__
    model.graph.name, model.doc_string = name, ""
    onnx.save(model, path)
    del model  # the check reads the file for itself
    _check(path)


def _optimize(raw: Path, path: Path) -> None:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(path)
    try:
        onnxruntime.InferenceSession(str(raw), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its classes have no common base of their own
        if shutil.disk_usage(path.parent).free < raw.stat().st_size:  # which it does not tell
            raise no_room(path) from error
        raise ModelError(f"ONNX Runtime refuses what tf2onnx made: {error}") from error


def _quantized(model: Any, scratch: Path, asked: Quantization) -> Any:
    """Return the network with fewer bits, by ONNX Runtime's quantizer."""
    import logging

    import onnx
    from onnxruntime import quantization

    logging.disable(logging.WARNING)  # it recommends what was done before
    try:
        if asked.kind == "dynamic":
            # Convolutions of signed weights are none that ONNX Runtime computes.
            unsigned = quantization.QuantType.QUInt8
            quantization.quantize_dynamic(model, scratch, weight_type=unsigned)
        else:
            quantization.quantize_static(model, scratch, _Pixels(asked.images), per_channel=True)
    except Exception as error:  # its classes have no common base of their own
        raise ModelError(f"ONNX Runtime cannot quantize it: {error}") from error
    return onnx.load(scratch)


class _Pixels:
    """Images one by one, as the quantizer asks for them."""

    def __init__(self, images: np.ndarray) -> None:
        self._images = iter(images)

    def get_next(self) -> dict[str, np.ndarray] | None:
        """Return the next input, or None behind the last."""
        image = next(self._images, None)
        return None if image is None else {INPUT: image[None].astype("float32")}


def _check(path: Path) -> None:
    import onnx

    try:
        onnx.checker.check_model(str(path), full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise ModelError(f"what was written is no valid ONNX: {error}") from error
