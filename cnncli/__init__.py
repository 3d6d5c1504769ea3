"""Build, inspect, understand and train convolutional neural networks from the shell.

The Python API is small: `load_spec`, `build` and `summarize`. Importing this package costs
nothing; each function loads what it needs when it is called.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cnncli._version import __version__

if TYPE_CHECKING:
    from cnncli.facts.summary import Summary
    from cnncli.network.architecture import Architecture
    from cnncli.spec.model import Spec

__all__ = ["__version__", "build", "load_spec", "summarize"]


def load_spec(arch: str = "lesson", params: Mapping[str, Any] | None = None) -> Spec:
    """Return the checked spec of a shipped name, a YAML file or a run directory.

    `params` gives values to parameters of the spec, as `-p` does. Raises SpecError with all that
    is wrong in the file, UsageError where there is no such architecture, and ModelError where
    `arch` is a network without a spec (a `.keras` file, `applications:NAME`).
    """
    from cnncli.errors import ModelError
    from cnncli.network.architecture import resolve

    spec = resolve(arch, params).spec
    if spec is None:
        raise ModelError(f"{arch} has no spec", hint=f"Make one: cnncli import {arch}")
    return spec


def build(arch: str | Spec = "lesson", params: Mapping[str, Any] | None = None) -> Any:
    """Return the Keras model of anything that describes a network, with seeded random weights.

    `arch` is what the commands take as ARCH, or a spec (with its own parameters, not `params`).
    Raises SpecError or ModelError where Keras cannot build it.
    """
    return _resolve(arch, params).build()


def summarize(
    arch: str | Spec = "lesson", params: Mapping[str, Any] | None = None, *, batch: int = 1
) -> Summary:
    """Return layers, shapes, parameters, MACs and memory of a network, as `cnncli summary` shows.

    Activation memory is that of `batch` images; `arch` and `params` are those of `build`. Raises
    SpecError or ModelError where Keras cannot build it.
    """
    from cnncli.facts.summarize import summarize
    from cnncli.network.backend import load_keras

    return summarize(_resolve(arch, params), load_keras, batch=batch)


def _resolve(arch: str | Spec, params: Mapping[str, Any] | None) -> Architecture:
    from cnncli.network.architecture import of_spec, resolve

    return resolve(arch, params) if isinstance(arch, str) else of_spec(arch)
