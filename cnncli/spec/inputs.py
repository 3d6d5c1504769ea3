"""Reads `input:` of a file, and the names that `name:`, `inputs:` and `output:` say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnncli.spec import slips
from cnncli.spec.graph import Input, Inputs, Position, Ref
from cnncli.spec.model import Param
from cnncli.spec.problems import Problems, near
from cnncli.spec.tree import Scalar, Sequence, Table, Tree, kind, shorten, to_value
from cnncli.spec.types import fits
from cnncli.spec.values import Values

INPUT_ARGUMENTS: Mapping[str, str] = {
    "shape": "any",
    "batch_size": "integer",
    "dtype": "text",
    "sparse": "bool",
    "ragged": "bool",
    "batch_shape": "any",
    "name": "text",
    "optional": "bool",
}


class InputReader:
    """Reads inputs and names; what is wrong goes to `problems`."""

    def __init__(self, problems: Problems, values: Values) -> None:
        self.problems = problems
        self.values = values

    def label(self, tree: Tree) -> str | None:
        """Read a name that is given to something."""
        if not isinstance(tree, Scalar) or not isinstance(tree.value, str | int | float):
            self.problems.error(tree.where, f'"name" is a text, not {kind(tree)}')
            return None
        name = tree.value if isinstance(tree.value, str) else tree.text
        if not name or "/" in name:
            what = 'a "/"' if name else "no character"
            self.problems.error(tree.where, f'the name "{shorten(name)}" has {what} in it')
            return None
        return name

    def names(self, tree: Tree) -> Inputs:
        """Read a name, a list of names, or a mapping to names."""
        if isinstance(tree, Scalar):
            return self.name(tree)
        if isinstance(tree, Sequence):
            if not tree.items:
                self.problems.error(tree.where, "this list of names is empty")
            found = (self.names(item) for item in tree.items)
            return tuple(item for item in found if item is not None)
        pairs = ((key, self.names(entry.value)) for key, entry in tree.entries.items())
        return {key: item for key, item in pairs if item is not None}

    def name(self, tree: Tree) -> Ref | None:
        """Read the name of a result, `NAME` or `NAME/1`."""
        if not isinstance(tree, Scalar) or tree.value is None or isinstance(tree.value, Param):
            self.problems.error(tree.where, f"a name is a text, not {kind(tree)}")
            return None
        text = tree.value if isinstance(tree.value, str) else tree.text
        name, slash, index = text.rpartition("/")
        if slash and index.isdecimal() and len(index) < 6:
            return Ref(name, int(index), tree.where)
        return Ref(text, None, tree.where)

    def of_file(self, tree: Tree) -> tuple[Input, ...]:
        """Read `input:`: a shape, the arguments of keras.Input, or a mapping of names to these."""
        if isinstance(tree, Table) and not any(key in INPUT_ARGUMENTS for key in tree.entries):
            if not tree.entries:
                self.problems.error(tree.where, '"input" has no input')
            return tuple(
                self._input(entry.value, name, entry.key) for name, entry in tree.entries.items()
            )
        return (self._input(tree, "input", tree.where),)

    def _input(self, tree: Tree, name: str, where: Position) -> Input:
        if not isinstance(tree, Table):
            return Input(name, {"shape": self._shape(tree)}, tree.where)
        arguments: dict[str, Any] = {}
        for key, entry in tree.entries.items():
            if key not in INPUT_ARGUMENTS:
                hint = near(key, INPUT_ARGUMENTS)
                self.problems.error(entry.key, f'an input has no argument "{key}"', hint)
            elif key in ("shape", "batch_shape"):
                arguments[key] = self._shape(entry.value)
            elif key == "name":
                name = self.label(entry.value) or name
            else:
                code = INPUT_ARGUMENTS[key]
                arguments[key] = self.values.value(entry.value, code, f'"{key}" of an input')
        if "shape" not in arguments and "batch_shape" not in arguments:
            self.problems.error(where, 'an input needs a "shape"')
        if "/" in name or not name:
            self.problems.error(where, f'the name "{name}" has a "/" in it')
        return Input(name, arguments, where)

    def _shape(self, tree: Tree) -> tuple[int | None, ...]:
        if not isinstance(tree, Sequence):
            self.problems.error(
                tree.where,
                f"a shape is a list of sizes, not {kind(tree)}",
                slips.of_shape(tree) or "for images: [height, width, channels]",
            )
            return ()
        value = to_value(tree)
        for item, size in zip(tree.items, value, strict=True):
            if size is not None and (not fits(size, "integer") or size < 1):
                self.problems.error(
                    item.where,
                    f"a shape is made of whole numbers from 1 on, not {kind(item)}",
                    "null is any size; the batch is no part of a shape"
                    if size in (-1, "None")
                    else slips.of_value(item, "integer"),
                )
                return ()
        return tuple(size if size is None else int(size) for size in value)
