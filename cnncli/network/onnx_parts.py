"""Parts of an `.onnx` file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli.errors import ModelError
from cnncli.extras import ONNX_PARTS
from cnncli.network.exported import Exported
from cnncli.network.exported_parts import Parts, Step
from cnncli.network.onnx_file import OnnxFile, line

if TYPE_CHECKING:
    import numpy as np


class OnnxParts(Parts):
    """A network of ONNX, with the subgraphs of its loops left as they are."""

    def __init__(self, path: Path) -> None:
        ONNX_PARTS.check(f"explaining {path}")
        import onnx

        self.path, self._model = path, onnx.load(path)
        graph = self._model.graph
        weights = {each.name for each in graph.initializer}
        self.image = next(each.name for each in graph.input if each.name not in weights)
        self.output = graph.output[0].name
        self.steps = [
            Step(node.op_type, tuple(filter(None, _taken(node))), tuple(filter(None, node.output)))
            for node in graph.node
        ]

    def values(self, images: np.ndarray, names: Sequence[str]) -> list[np.ndarray]:
        """Return results on the way (float32) for one image (1 x H x W x C)."""
        import onnxruntime

        content = self._content(self.image, None, names)
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        try:
            session = onnxruntime.InferenceSession(
                content, options, providers=["CPUExecutionProvider"]
            )
            found = session.run(list(names), {self.image: images.astype("float32")})
        except Exception as error:  # its classes have no common base of their own
            raise ModelError(f"{self.path}: ONNX Runtime fails: {line(error)}") from error
        return list(found)

    def part(self, entry: str, like: np.ndarray | None, output: str) -> Exported:
        """Return the network from a result on, which has the shape of `like`, to another."""
        return OnnxFile(self.path, content=self._content(entry, like, [output]))

    def _content(self, entry: str, like: np.ndarray | None, outputs: Sequence[str]) -> bytes:
        import onnx

        graph = self._model.graph
        nodes = [graph.node[number] for number in self.needed(entry, outputs)]
        used = {name for node in nodes for name in _taken(node)}
        part = onnx.ModelProto(ir_version=self._model.ir_version)
        part.opset_import.extend(self._model.opset_import)
        part.functions.extend(self._model.functions)
        part.graph.name = graph.name
        part.graph.node.extend(nodes)
        part.graph.initializer.extend(each for each in graph.initializer if each.name in used)
        part.graph.input.append(self._entering(entry, like))
        for name in outputs:
            part.graph.output.add(name=name)
        return bytes(part.SerializeToString())

    def _entering(self, entry: str, like: np.ndarray | None) -> Any:
        import onnx

        if like is None:
            return next(each for each in self._model.graph.input if each.name == entry)
        kind = onnx.helper.np_dtype_to_tensor_dtype(like.dtype)
        return onnx.helper.make_tensor_value_info(entry, kind, ["batch", *like.shape[1:]])


def _taken(node: Any) -> Iterator[str]:
    """Yield what a node takes, within its loops as well."""
    yield from node.input
    for attribute in node.attribute:
        for inner in (attribute.g, *attribute.graphs):
            for each in inner.node:
                yield from _taken(each)
