"""Files of networks that are run without TensorFlow, by their ending."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from cnncli.errors import ModelError
from cnncli.extras import LITERT_RUNTIME, ONNX_RUNTIME, Extra
from cnncli.network.exported import Exported

if TYPE_CHECKING:
    from cnncli.network.exported_parts import Parts

# Ending -> the extra that has the runtime.
ENDINGS: Mapping[str, Extra] = {".onnx": ONNX_RUNTIME, ".tflite": LITERT_RUNTIME}


def is_exported(path: str | Path) -> bool:
    """Whether a name is that of a file which another runtime than TensorFlow loads."""
    return Path(path).suffix.lower() in ENDINGS


def require(path: str | Path) -> None:
    """Raise NotInstalledError where what runs a file is not installed; imports nothing of it."""
    ENDINGS[Path(path).suffix.lower()].check(str(path))


def load(path: Path, threads: int | None = None) -> Exported:
    """Load an `.onnx` or `.tflite` file; imports no TensorFlow.

    Raises ModelError for one that is damaged or does not take one image and give one row of
    numbers, NotInstalledError where its runtime is missing.
    """
    ending = path.suffix.lower()
    require(path)
    try:
        with path.open("rb"):
            pass
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror}") from error
    if ending == ".onnx":
        from cnncli.network.onnx_file import OnnxFile

        return OnnxFile(path, threads)
    from cnncli.network.litert_file import LiteRtFile

    return LiteRtFile(path, threads)


def parts_of(path: Path) -> Parts:
    """Return the steps of a file that `load` has opened; imports no TensorFlow."""
    if path.suffix.lower() == ".onnx":
        from cnncli.network.onnx_parts import OnnxParts

        return OnnxParts(path)
    from cnncli.network.litert_parts import LiteRtParts

    return LiteRtParts(path)
