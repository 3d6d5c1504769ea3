"""A `.tflite` file, run by LiteRT."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli.errors import ModelError
from cnncli.network.backend import silent
from cnncli.network.exported import End, Exported, number_type

if TYPE_CHECKING:
    import numpy as np

_IDENTIFIER = b"TFL3"  # behind the first four bytes of every file
_LONGEST = 1_000_000  # bytes of a text; the names of many thousand classes


class LiteRtFile(Exported):
    """A network of LiteRT; `threads` in all, or as many as LiteRT chooses.

    `content` is what is loaded instead of the file: a part of it.
    """

    def __init__(
        self, path: Path, threads: int | None = None, content: bytes | None = None
    ) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self.runtime = f"LiteRT {metadata.version('ai-edge-litert')}"
        said = read_metadata(path)
        try:
            with silent():  # it tells of its delegate
                named = str(path) if content is None else None
                self._interpreter = Interpreter(named, content, num_threads=threads)
                self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise ModelError(f"{path}: LiteRT cannot load it: {error}") from error
        inputs = self._interpreter.get_input_details()
        outputs = self._interpreter.get_output_details()
        names = _names(self._interpreter)
        super().__init__(
            path,
            [_end(each, names) for each in inputs],
            [_end(each, names) for each in outputs],
            said,
        )
        self._input, self._output = inputs[0], outputs[0]
        if number_type(self.inputs[0].dtype).kind != "f":
            self.pixel_range = _pixel_range(self._input)
        self._batch = int(self._input["shape"][0])

    def _run(self, images: np.ndarray) -> np.ndarray:
        try:
            with silent():
                self._resize(len(images), images.shape[1:])
                self._interpreter.set_tensor(self._input["index"], _stored(images, self._input))
                self._interpreter.invoke()
        except (ValueError, RuntimeError) as error:
            raise ModelError(f"{self.path}: LiteRT fails: {error}") from error
        return real(self._interpreter.get_tensor(self._output["index"]), self._output)

    def _resize(self, batch: int, shape: tuple[int, ...]) -> None:
        if batch != self._batch:
            self._interpreter.resize_tensor_input(self._input["index"], (batch, *shape))
            self._interpreter.allocate_tensors()
            self._batch = batch


def read_metadata(path: Path) -> Mapping[str, str]:
    """Return the texts that a file carries beside its network; ModelError for one that is none."""
    from ai_edge_litert import schema_py_generated as schema

    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as held:
            if held[4:8] != _IDENTIFIER:
                raise ModelError(f"{path}: it is not a .tflite file")
            model = schema.Model.GetRootAsModel(held, 0)
            found = {}
            for number in range(model.MetadataLength()):
                entry = model.Metadata(number)
                content = model.Buffers(entry.Buffer())
                if 0 < content.DataLength() <= _LONGEST:
                    text = bytes(content.DataAsNumpy())
                    found[entry.Name().decode()] = text.decode(errors="replace")
            return found
    except (struct.error, ValueError, TypeError, AttributeError, IndexError) as error:
        raise ModelError(f"{path}: it is not a .tflite file, or a damaged one") from error


def _names(interpreter: Any) -> Mapping[int, str]:
    """Return the names of the signature, where there is one, by the index of the tensor."""
    try:
        runner = interpreter.get_signature_runner()
    except ValueError:
        return {}
    ends = (runner.get_input_details(), runner.get_output_details())
    return {detail["index"]: name for end in ends for name, detail in end.items()}


def _end(detail: Mapping[str, Any], names: Mapping[int, str]) -> End:
    sizes = tuple(int(size) if size > 0 else None for size in detail["shape_signature"])
    name = names.get(detail["index"], detail["name"])
    return End(name, sizes, detail["dtype"].__name__)


def _pixel_range(detail: Mapping[str, Any]) -> tuple[float, float]:
    """Return what the least and the most of 256 whole numbers stand for."""
    import numpy as np

    scale, zero = detail["quantization"]
    least = np.iinfo(detail["dtype"]).min if scale else 0
    low, high = ((number - zero) * (scale or 1) for number in (least, least + 255))
    return float(low), float(high)


def _stored(images: np.ndarray, detail: Mapping[str, Any]) -> np.ndarray:
    """Return images as the numbers of an input, which may stand for others by scale and zero."""
    import numpy as np

    kind = np.dtype(detail["dtype"])
    if kind.kind == "f":
        return images.astype(kind)
    scale, zero = detail["quantization"]
    limits = np.iinfo(kind)
    numbers = images / scale + zero if scale else images
    return numbers.round().clip(limits.min, limits.max).astype(kind)


def real(values: np.ndarray, detail: Mapping[str, Any]) -> np.ndarray:
    """Return what the numbers of a result stand for."""
    import numpy as np

    scale, zero = detail["quantization"]
    if values.dtype.kind == "f" or not scale:
        return values
    return ((values.astype(np.float32) - zero) * scale).astype(np.float32)
