"""`cnncli predict model.onnx IMAGE`, whole process: against Keras, and against its own imports."""

import os
import sys
import tempfile
from pathlib import Path

from benchmarks.harness import rotate, run_process, verdict

ARCH = os.environ.get("CNNCLI_BENCH_ARCH", "lesson")
KERAS = """
import os, sys
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import cv2
import keras
import numpy as np
model = keras.saving.load_model(sys.argv[1], compile=False)
_, height, width, channels = model.input_shape
pixels = cv2.imread(sys.argv[2], cv2.IMREAD_GRAYSCALE if channels == 1 else cv2.IMREAD_COLOR)
pixels = cv2.resize(pixels, (width, height)).reshape(1, height, width, channels)
print(model.predict(pixels.astype(np.float32), verbose=0))
"""
IMPORTS = "import typer, rich, numpy, cv2, onnxruntime"


def main() -> bool:
    """At most 0.2 of a Keras script, and at most twice the imports that it needs."""
    with tempfile.TemporaryDirectory() as folder:
        image = str(Path(folder, "image.png"))
        for name in ("model.keras", "model.onnx", "model.tflite"):
            _cnncli("export", ARCH, "-o", str(Path(folder, name)))
        _cnncli("convolve", "sample:portrait", "--kernel", "identity", "-o", image)
        keras, onnx, tflite = (str(Path(folder, f"model.{e}")) for e in ("keras", "onnx", "tflite"))
        measured = rotate(
            {
                "predict .onnx": lambda: _cnncli("predict", onnx, image),
                "predict .tflite": lambda: _cnncli("predict", tflite, image),
                "Keras": lambda: _python("-c", KERAS, keras, image),
                "imports": lambda: _python("-c", IMPORTS),
            }
        )
    kept = verdict(measured, "predict .onnx", "Keras", at_most=0.2)
    kept &= verdict(measured, "predict .tflite", "Keras", at_most=0.2)
    return verdict(measured, "predict .onnx", "imports", at_most=2.0) and kept


def _cnncli(*arguments: str) -> float:
    return _python("-m", "cnncli", *arguments)


def _python(*arguments: str) -> float:
    return run_process([sys.executable, *arguments]).seconds


if __name__ == "__main__":
    sys.exit(not main())
