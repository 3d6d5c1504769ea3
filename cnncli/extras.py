"""Packages that not everybody needs: each extra of cnncli installs some.

An extra stands here once, under the name that it has in pyproject.toml; what needs it says so in
its line of the registry, or checks it itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

from cnncli.errors import NotInstalledError


@dataclass(frozen=True)
class Extra:
    """What `pip install 'cnncli[NAME]'` installs, told by the top-level modules that it brings."""

    name: str
    modules: tuple[str, ...]

    def missing(self) -> list[str]:
        """Return the modules that are not installed; imports none of them."""
        return [module for module in self.modules if find_spec(module) is None]

    def check(self, what: str) -> None:
        """Raise NotInstalledError, naming what needs it, where a module is missing."""
        if missing := self.missing():
            raise NotInstalledError(
                f"{what} needs {' and '.join(missing)}: pip install 'cnncli[{self.name}]'"
            )


ONNX = Extra("onnx", ("onnx", "onnxruntime", "tf2onnx"))
LITERT = Extra("litert", ("ai_edge_litert",))
LABELS = Extra("labels", ("cleanlab",))
TUNE = Extra("tune", ("optuna",))
# Enough to run a file that is there already.
ONNX_RUNTIME = Extra("onnx", ("onnxruntime",))
LITERT_RUNTIME = LITERT
# Enough to cut it up.
ONNX_PARTS = Extra("onnx", ("onnx", "onnxruntime"))
