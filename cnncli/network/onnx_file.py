"""An `.onnx` file, run by ONNX Runtime."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli.errors import ModelError
from cnncli.network.exported import End, Exported, number_type

if TYPE_CHECKING:
    import numpy as np

_QUIET = 4  # only what ends the process


class OnnxFile(Exported):
    """A network of ONNX; `threads` within an operation, or as many as there are processors.

    Without `threads` those that have nothing to do sleep: spinning, as they do otherwise, they
    would take the processors from those that read the next images. `content` is what is loaded
    instead of the file: a part of it.
    """

    def __init__(
        self, path: Path, threads: int | None = None, content: bytes | None = None
    ) -> None:
        import onnxruntime

        self.runtime = f"ONNX Runtime {onnxruntime.__version__}"
        options = onnxruntime.SessionOptions()
        options.log_severity_level = _QUIET
        options.intra_op_num_threads = threads or 0
        if threads is None:
            options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = onnxruntime.InferenceSession(
                content or str(path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # its classes have no common base of their own
            raise ModelError(f"{path}: ONNX Runtime cannot load it: {line(error)}") from error
        super().__init__(
            path,
            [_end(each) for each in self._session.get_inputs()],
            [_end(each) for each in self._session.get_outputs()],
            dict(self._session.get_modelmeta().custom_metadata_map),
        )
        self._type = number_type(self.inputs[0].dtype)
        if self._type.kind != "f":
            self.pixel_range = (0.0, 255.0)

    def _run(self, images: np.ndarray) -> np.ndarray:
        given = images if self._type.kind == "f" else images.round().clip(0, 255)
        try:
            (output,) = self._session.run(None, {self.inputs[0].name: given.astype(self._type)})
        except Exception as error:
            raise ModelError(f"{self.path}: ONNX Runtime fails: {line(error)}") from error
        return output


def _end(found: Any) -> End:
    sizes = tuple(size if isinstance(size, int) and size > 0 else None for size in found.shape)
    kind = found.type.removeprefix("tensor(").removesuffix(")")
    return End(found.name, sizes, kind)


def line(error: Exception) -> str:
    """Return what ONNX Runtime says, without its codes."""
    return str(error).partition("\n")[0].rpartition(" : ")[2]
