"""A spec in one file that may stand anywhere: what it extends written out, its paths absolute."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cnncli.errors import UsageError
from cnncli.spec.graph import Position
from cnncli.spec.load import joined
from cnncli.spec.model import Spec
from cnncli.spec.outside_files import places
from cnncli.spec.tree import Scalar, Table, Tree
from cnncli.spec.yaml_text import Text, document


def whole(spec: Spec) -> str:
    """Return the text of the file of a spec, before any option: its parameters and presets stay.

    Raises UsageError where what it extends is gone by now.
    """
    tree = joined(spec)
    if tree is None:
        raise UsageError(f"{spec.source.name}: cannot be read any more")
    content = _plain(tree, places(spec))
    return document({"name": Path(spec.source.name).stem} | content)


def _plain(tree: Tree, files: Mapping[Position, str]) -> Any:
    """Return a tree as plain data that the writer writes as it was said."""
    if isinstance(tree, Scalar):
        return files.get(tree.where) or _said(tree.value)
    if isinstance(tree, Table):
        return {key: _plain(entry.value, files) for key, entry in tree.entries.items()}
    return [_plain(item, files) for item in tree.items]


def _said(value: Any) -> Any:
    """Return a value as the writer takes it: a parameter, or a text without its second dollar."""
    if not isinstance(value, str) or not value.startswith("$"):
        return value
    return value[1:] if value.startswith("$$") else Text(value)
