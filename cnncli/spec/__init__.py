"""The language: text -> validated, frozen Spec -> flat Graph. No Keras, no NumPy."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnncli.spec.expansion import expand
    from cnncli.spec.load import check_text, load_file, load_text, parse_value
    from cnncli.spec.writer import dump, dump_graph

# The modules below read YAML; whoever needs the dataclasses alone does not wait for that.
_PUBLIC = {
    "check_text": "load",
    "dump": "writer",
    "dump_graph": "writer",
    "expand": "expansion",
    "load_file": "load",
    "load_text": "load",
    "parse_value": "load",
}

__all__ = [
    "check_text",
    "dump",
    "dump_graph",
    "expand",
    "load_file",
    "load_text",
    "parse_value",
]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PUBLIC[name]}"), name)
