"""A spec as plain Keras code: what a person would have written, blocks as functions."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path

from cnncli._version import __version__
from cnncli.errors import ModelError
from cnncli.exporters.python_body import RESERVED, Body
from cnncli.exporters.python_text import (
    Call,
    Named,
    identifier,
    imports,
    indented,
    literal,
    quoted,
    statement,
)
from cnncli.exporters.python_values import Imports, Unordered
from cnncli.network.architecture import Architecture
from cnncli.spec import expand
from cnncli.spec import model as language
from cnncli.spec.model import Spec
from cnncli.spec.outside_files import anchored, places
from cnncli.spec.writer import flat

_PREPROCESS = {
    "none": "",
    "standardize": "Each image is brought to mean 0 and variance 1 before it enters.",
    "rescale": "Pixels are divided by 255, so that they lie between 0 and 1, before they enter.",
}
_FILES = (
    "It reads files by their whole paths: where it goes, they must go along, and the paths below "
    "be changed."
)
# As network/trainable.py does it.
_FROZEN = (
    "# Keras forgets the layers inside of one that is made with trainable=False.",
    "for layer in model._flatten_layers():",
    "    if not layer.trainable:",
    "        layer.trainable = True",
    "        layer.trainable = False",
)


_SCALED = (
    "",
    "",
    "def scaled(value, by, divisor):",
    '    """Return the multiple of divisor next to value * by, never under 0.9 of it."""',
    "    rounded = max(divisor, int(value * by + divisor / 2) // divisor * divisor)",
    "    return rounded + divisor if rounded < 0.9 * value * by else rounded",
)


def export(architecture: Architecture, path: Path) -> None:
    """Write the Python code of an architecture to a file."""
    path.write_text(text(architecture), encoding="utf-8")


def text(architecture: Architecture) -> str:
    """Return the Keras code that builds the network of a spec, with the same first weights.

    Raises ModelError for an architecture that no spec describes.
    """
    if architecture.spec is None:
        raise ModelError(
            f"{architecture.name} is described by no spec",
            hint="Make one first: cnncli import",
        )
    spec = anchored(architecture.spec)
    try:
        return _source(spec)
    except Unordered:  # a layer that takes one which stands further down in the file
        return _source(flat(spec, expand(spec)))


def _source(spec: Spec) -> str:
    used = Imports()
    taken = set(RESERVED)
    functions = {name: identifier(name, taken) for name in spec.blocks}
    blocks = [
        line
        for name in _inner_first(spec)
        for line in ("", "", *_function(functions[name], spec.blocks[name], functions, used))
    ]
    main = Body(spec.body, functions, used, taken)
    entering = main.inputs()
    outputs = main.write("outputs")
    used.models.add("Model")
    ends = [
        Named("inputs", entering),
        Named("outputs", outputs),
        Named("name", quoted(spec.name)),
    ]
    policy = (
        [] if spec.dtype is None else [f"keras.config.set_dtype_policy({quoted(spec.dtype)})", ""]
    )
    lines = [
        _docstring(spec),
        "",
        *_imports(used),
        *(_SCALED if "scale" in used.roundings else ()),
        *blocks,
        *([""] if blocks else []),
        "",
        *policy,
        "# The same random first weights each time.",
        f"keras.utils.set_random_seed({spec.seed})",
        "",
        *main.written,
        "",
        statement("model = ", Call("Model", ends)),
        *(_FROZEN if any("trainable=" in line for line in (*blocks, *main.written)) else ()),
        "",
        'if __name__ == "__main__":',
        "    model.summary()",
    ]
    return "\n".join(lines) + "\n"


def _docstring(spec: Spec) -> str:
    title = (spec.description or spec.name).replace("\\", "\\\\").replace('"""', "'''")
    title = title if title.endswith((".", "!", "?")) else f"{title}."
    files = _FILES if places(spec) else ""
    more = [_PREPROCESS[spec.preprocess], files, f"Written by cnncli {__version__}."]
    paragraphs = [textwrap.fill(part, 80) for part in (title, " ".join(filter(None, more)))]
    return '"""' + "\n\n".join(paragraphs) + '\n"""'


def _imports(used: Imports) -> list[str]:
    lines = ["import math", "", "import keras"] if "ceil" in used.roundings else ["import keras"]
    if used.numpy:
        lines.append("import numpy as np")
    lines += imports("keras", used.modules)
    lines += imports("keras.layers", used.layers)
    lines += imports("keras.models", used.models)
    for module, names in sorted(used.others.items()):
        lines += imports(module, names)
    return lines


def _function(
    function: str, block: language.Body, functions: Mapping[str, str], used: Imports
) -> list[str]:
    """Return the lines of the function that a block becomes."""
    taken = {*RESERVED, *functions.values()}
    params = {param: identifier(param, taken) for param in block.params}
    body = Body(block, functions, used, taken, params)
    result = body.write()
    arguments = [Named(params[key], literal(value)) for key, value in block.params.items()]
    head = statement("def ", Call(function, ["inputs", *arguments]))
    written = [*body.written, statement("return ", result, body.depth)]
    return [*f"{head}:".split("\n"), *indented(written)]


def _inner_first(spec: Spec) -> list[str]:
    """Return the names of the blocks, each behind those that it uses."""
    ordered: list[str] = []

    def add(name: str) -> None:
        for word in _words(spec.blocks[name]):
            if word in spec.blocks and word not in ordered:
                add(word)
        if name not in ordered:
            ordered.append(name)

    for name in spec.blocks:
        add(name)
    return ordered


def _words(body: language.Body) -> list[str]:
    words = []
    for use in body.layers:
        words.append(use.word)
        if use.body is not None:
            words += _words(use.body)
    return words
