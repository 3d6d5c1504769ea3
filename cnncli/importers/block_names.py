"""Names for the blocks that are found in a network."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from cnncli.importers.statements import Line, Link, links
from cnncli.spec.names import base_name

_SHORT = {
    "BatchNormalization": "bn",
    "LayerNormalization": "norm",
    "DepthwiseConv2D": "depthwise",
    "SeparableConv2D": "separable",
    "Conv2D": "conv",
    "Dense": "dense",
    "ZeroPadding2D": "pad",
    "MaxPooling2D": "pool",
    "ReLU": "relu",
    "Dropout": "dropout",
}


# What a name says of the class, not of the role.
_CLASS_WORDS = frozenset(("conv", "conv2d", "bn", "dense", "fc", "linear", "pointwise"))
# Arguments of which a block's last layer says how wide its result is.
_WIDTHS = ("filters", "units")
_TAKEN = ("name", "inputs", "call", "repeat")
# For each use of a block, the value of an argument of one of its lines.
Column = tuple[Any, ...]


def block_name(lines: Sequence[Line], taken: set[str]) -> str:
    """Return a free name that says what the lines of a block do."""
    return _free(_meaning(lines), taken)


def _meaning(lines: Sequence[Line]) -> str:
    words = [line.word for line in lines]
    inside = {id(line) for line in lines}
    for word in ("Add", "ops.add"):
        if word in words:
            summed = list(links(lines[words.index(word)].inputs))
            if len(summed) > 1:
                skips = any(id(link.target) not in inside for link in summed)
                return "residual" if skips else "residual_projection"
    if "Concatenate" in words:
        joined = lines[words.index("Concatenate")]
        inside = {id(line) for line in lines}
        entering = [link for link in links(joined.inputs) if id(link.target) not in inside]
        return "dense_block" if entering else "branches"
    if "Multiply" in words:
        return "squeeze_excite"
    windows = [line.arguments.get("kernel_size") for line in lines if "Conv" in line.word]
    if len(windows) == 3 and windows[0] == windows[2] == 1:
        return "bottleneck"
    if len(lines) <= 3 and not any(word.islower() for word in words):
        return "_".join(_short(line) for line in lines)
    return "block"


def _short(line: Line) -> str:
    activation = line.arguments.get("activation")
    if line.word == "Activation" and isinstance(activation, str):
        return activation
    return _SHORT.get(line.word) or base_name(line.word)


def line_name(line: Line, takers: Sequence[Line], follows: bool, taken: set[str]) -> str:
    """Return a free name for a line that others must name; `takers` are those that do."""
    if any(taker.word in ("Add", "ops.add") for taker in takers):
        name = "main" if follows else "shortcut"
    elif any(taker.word == "Concatenate" for taker in takers):
        name = "branch"
    elif any(isinstance(taker.inputs, Link) for taker in takers):
        name = "trunk"
    else:
        name = _short(line)
    return _free(name, taken)


def role_of(lines: Sequence[Line]) -> str:
    """Return what the names of layers say alike at their end: `project` of `b2_project_conv`."""
    if lines[0].role:
        return lines[0].role if all(line.role == lines[0].role for line in lines) else ""
    words = [str(line.name or "").split("_")[::-1] for line in lines]
    common: list[str] = []
    for alike in zip(*words, strict=False):
        if len(set(alike)) > 1:
            break
        common.insert(0, alike[0])
    kept = [word for word in common if word.isalpha() and word not in _CLASS_WORDS]
    role = "_".join(kept)
    return role if len(lines) > 1 and role.isascii() else ""


def parameter_names(
    differing: Mapping[tuple[int, str], Column], groups: Sequence[Sequence[Line]]
) -> dict[Column, str]:
    """Name the params of a block, each set of values once.

    A param is called as the argument that takes it, with the role of its layer before it where
    several want the same name; `differing` has the number of the line and the argument as keys.
    """
    places: dict[Column, list[tuple[int, str]]] = defaultdict(list)
    for place, column in differing.items():
        places[column].append(place)
    wanted: dict[str, list[Column]] = defaultdict(list)
    for column, (first, *_) in places.items():
        wanted[_plain(first[1])].append(column)
    names: dict[Column, str] = {}
    for name, columns in wanted.items():
        for column, own in zip(columns, _told_apart(name, columns, places, groups), strict=True):
            names[column] = _free(own, set(names.values()))
    return {column: names[column] for column in places}


def _told_apart(
    name: str,
    columns: Sequence[Column],
    places: Mapping[Column, Sequence[tuple[int, str]]],
    groups: Sequence[Sequence[Line]],
) -> list[str]:
    """Return a name for each of the params that would all be called `name`."""
    if len(columns) == 1:
        return [name]
    found: list[str] = []
    for column in columns:
        said = {_plain(key) for _, key in places[column]} - {name}
        role = role_of([lines[places[column][0][0]] for lines in groups])
        own = next((key for key in sorted(said) if name in key), "")
        found.append(own or (f"{role}_{name}" if role else name))
    last = max(range(len(columns)), key=lambda number: places[columns[number]][-1][0])
    if len(columns) == 2 and found == [name, name] and name in _WIDTHS:
        found[last] = f"{name}_out"
    return found


def _plain(key: str) -> str:
    wanted = re.sub(r"_\d+$", "", key)
    return f"{wanted}_" if wanted in _TAKEN else wanted


def _free(name: str, taken: set[str]) -> str:
    free, number = name, 2
    while free in taken:
        free, number = f"{name}_{number}", number + 1
    return free
