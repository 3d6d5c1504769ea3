"""The last steps of an ONNX file, in a process of its own: what ONNX Runtime needs, ends there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cnncli._version import __version__
from cnncli.errors import ModelError
from cnncli.exporters.onnx_graph import OPSET

STANDARD = ("", "ai.onnx")


def clean(raw: Path, path: Path, name: str, texts: Mapping[str, str]) -> None:
    """Write to `path` what is in `raw`: constants folded, nothing unused, texts added, checked.

    The basic optimisations of ONNX Runtime keep to the operations of the standard; whatever else
    they might bring in one day, the file is then left as it was.
    """
    import onnx

    _optimize(raw, path)
    model = onnx.load(path)
    if any(node.domain not in STANDARD for node in model.graph.node):
        model = onnx.load(raw)
    del model.opset_import[:]
    model.opset_import.add(domain="", version=OPSET)
    del model.metadata_props[:]
    for key, text in texts.items():
        model.metadata_props.add(key=key, value=text)
    model.producer_name, model.producer_version = "cnncli", __version__
    model.graph.name, model.doc_string = name, ""
    _check(model)
    onnx.save(model, path)


def _optimize(raw: Path, path: Path) -> None:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(path)
    try:
        onnxruntime.InferenceSession(str(raw), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its classes have no common base of their own
        raise ModelError(f"ONNX Runtime refuses what tf2onnx made: {error}") from error


def _check(model: Any) -> None:
    import onnx

    try:
        onnx.checker.check_model(model, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise ModelError(f"what was written is no valid ONNX: {error}") from error
