"""Parts of a `.tflite` file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli.network.backend import silent
from cnncli.network.exported import Exported
from cnncli.network.exported_parts import Parts, Step
from cnncli.network.litert_file import LiteRtFile, real

if TYPE_CHECKING:
    import numpy as np


class LiteRtParts(Parts):
    """A network of LiteRT, whose results are called by their numbers."""

    def __init__(self, path: Path) -> None:
        from ai_edge_litert import schema_py_generated as schema

        self.path = path
        self._model = schema.ModelT.InitFromPackedBuf(path.read_bytes(), 0)
        self._graph = self._model.subgraphs[0]
        self._operators = list(self._graph.operators)
        self.image, self.output = str(self._graph.inputs[0]), str(self._graph.outputs[0])
        kinds = _kinds(schema, self._model)
        self.steps = [
            Step(kinds[each.opcodeIndex], _named(each.inputs), _named(each.outputs))
            for each in self._operators
        ]

    def values(self, images: np.ndarray, names: Sequence[str]) -> list[np.ndarray]:
        """Return results on the way (float32) for one image (1 x H x W x C)."""
        from ai_edge_litert.interpreter import Interpreter

        with silent():
            interpreter = Interpreter(model_content=self._content(self.image, names))
            interpreter.allocate_tensors()
            interpreter.set_tensor(interpreter.get_input_details()[0]["index"], images)
            interpreter.invoke()
        details = interpreter.get_output_details()
        return [real(interpreter.get_tensor(each["index"]), each) for each in details]

    def part(self, entry: str, like: np.ndarray | None, output: str) -> Exported:
        """Return the network from a result on, which has the shape of `like`, to another."""
        return LiteRtFile(self.path, content=self._content(entry, [output]))

    def _content(self, entry: str, outputs: Sequence[str]) -> bytes:
        import flatbuffers

        self._graph.inputs, self._graph.outputs = [int(entry)], [int(each) for each in outputs]
        self._graph.operators = [self._operators[each] for each in self.needed(entry, outputs)]
        self._model.signatureDefs = []  # they name the ends of the whole
        builder = flatbuffers.Builder()
        builder.Finish(self._model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


def _kinds(schema: Any, model: Any) -> list[str]:
    """Return what each kind of operation in a file is called."""
    names = {number: name for name, number in vars(schema.BuiltinOperator).items()}
    codes = [max(each.builtinCode, each.deprecatedBuiltinCode) for each in model.operatorCodes]
    return [str(names.get(code)) for code in codes]


def _named(numbers: Sequence[int]) -> tuple[str, ...]:
    """Return the numbers of results as names, without those that are left out (-1)."""
    return tuple(str(number) for number in numbers if number >= 0)
