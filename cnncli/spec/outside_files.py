"""The files that a spec names: networks and weights from outside, by path and by content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from cnncli.spec.graph import Graph, Position
from cnncli.spec.model import Body, LayerUse, Spec
from cnncli.spec.outside import IMAGENET, PRETRAINED, beside, file_of, is_outside, nodes


def digests(graph: Graph) -> Iterator[tuple[str, str]]:
    """Yield the path of each file that a graph needs, and the SHA-256 of what it holds."""
    for path in dict.fromkeys(file_of(node) for node in nodes(graph)):
        if path is not None:
            path = path / "model.keras" if path.is_dir() else path
            with path.open("rb") as content:
                yield str(path), hashlib.file_digest(content, "sha256").hexdigest()


def anchored(spec: Spec) -> Spec:
    """Return a spec that may stand in any folder: the paths of its files are absolute."""
    return replace(
        spec,
        body=_body(spec.body, spec),
        blocks={name: _body(body, spec) for name, body in spec.blocks.items()},
    )


def _body(body: Body, spec: Spec) -> Body:
    return replace(body, layers=tuple(_use(use, spec) for use in body.layers))


def _use(use: LayerUse, spec: Spec) -> LayerUse:
    arguments: Mapping[str, Any] = {
        name: _use(value, spec) if isinstance(value, LayerUse) else value
        for name, value in use.arguments.items()
    }
    if (named := _named(use, spec)) is not None:
        arguments = {**arguments, named[0]: named[1]}
    body = _body(use.body, spec) if use.body is not None else None
    return replace(use, arguments=arguments, body=body)


def _named(use: LayerUse, spec: Spec) -> tuple[str, str] | None:
    """Return the argument that names a file, and the absolute path of that; None without one."""
    key = "file" if use.word == PRETRAINED else "weights"
    name = use.arguments.get(key)
    if not is_outside(use.word) or not isinstance(name, str) or name == IMAGENET:
        return None
    file = spec.source.of(use.argument_where.get(key, use.where))
    return key, str(Path(beside(file, name)).absolute())


def places(spec: Spec) -> dict[Position, str]:
    """Return where a spec names files, and the absolute paths of these."""
    bodies = (spec.body, *spec.blocks.values())
    uses = [use for body in bodies for each in body.layers for use in _all(each)]
    found = [(use, named) for use in uses if (named := _named(use, spec)) is not None]
    return {use.argument_where.get(key, use.where): path for use, (key, path) in found}


def _all(use: LayerUse) -> Iterator[LayerUse]:
    """Yield a layer with those within it."""
    yield use
    inner = [value for value in use.arguments.values() if isinstance(value, LayerUse)]
    for each in (*inner, *(use.body.layers if use.body is not None else ())):
        yield from _all(each)
