"""The plain keys at the top of a spec: its name, its seed, and what has a few values."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cnncli.spec import catalog
from cnncli.spec.inputs import InputReader
from cnncli.spec.problems import Problems, near
from cnncli.spec.tree import Entry, Scalar, Tree, kind

_CHOICES = {
    "preprocess": ("none", "standardize", "rescale"),
    "resize": ("stretch", "pad", "crop"),
}
_MOST_SEED = 2**32 - 1


def value_of(entries: Mapping[str, Entry], key: str) -> Tree | None:
    """Return what stands at a key; None where the key is absent."""
    return entries[key].value if key in entries else None


class TopReader:
    """Reads the plain keys of `filled`; what is wrong goes to `problems`."""

    def __init__(self, filled: Mapping[str, Entry], problems: Problems) -> None:
        self.filled = filled
        self.problems = problems

    def name(self, inputs: InputReader, preset: str | None) -> str:
        """Return the name of the network: with a preset, efficientnet-B3."""
        own = self._stem()
        if "name" in self.filled:
            own = inputs.label(self.filled["name"].value) or "spec"
        return own if preset is None else f"{own}-{preset}"

    def _stem(self) -> str:
        stem = Path(self.problems.source.name).stem.strip("<>")
        return stem.replace("/", "_") or "spec"

    def text(self, key: str) -> str | None:
        tree = value_of(self.filled, key)
        if tree is None or (isinstance(tree, Scalar) and tree.value is None):
            return None
        if not isinstance(tree, Scalar):
            self.problems.error(tree.where, f'"{key}" is a text, not {kind(tree)}')
            return None
        return tree.value if isinstance(tree.value, str) else tree.text

    def dtype(self) -> str | None:
        name, known = self.text("dtype"), catalog.dtypes()
        # Those of quantized models say what they are made from, as int8_from_float32.
        if name is None or name in known or "_from_" in name:
            return name
        message = f'"dtype" is a policy of Keras, not {kind(self.filled["dtype"].value)}'
        hint = near(name, known) or "such as float32 or mixed_float16"
        self.problems.error(self.filled["dtype"].value.where, message, hint)
        return None

    def seed(self) -> int:
        tree = value_of(self.filled, "seed")
        if tree is None:
            return 0
        value: Any = tree.value if isinstance(tree, Scalar) else None
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_SEED:
            return value
        self.problems.error(
            tree.where, f'"seed" is a whole number from 0 to {_MOST_SEED}, not {kind(tree)}'
        )
        return 0

    def choice(self, key: str) -> str:
        tree, allowed = value_of(self.filled, key), _CHOICES[key]
        if tree is None:
            return allowed[0]
        value: Any = tree.value if isinstance(tree, Scalar) else None
        if value in allowed:
            return str(value)
        hint = near(str(value), allowed) if isinstance(value, str) else None
        message = f'"{key}" is {", ".join(allowed[:-1])} or {allowed[-1]}, not {kind(tree)}'
        self.problems.error(tree.where, message, hint)
        return allowed[0]
