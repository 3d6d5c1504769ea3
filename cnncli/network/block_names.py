"""Names for the blocks that are found in a network."""

from __future__ import annotations

from collections.abc import Sequence

from cnncli.network.statements import Line, Link, links

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


def block_name(lines: Sequence[Line], taken: set[str]) -> str:
    """Return a free name that says what the lines of a block do."""
    name = _meaning(lines)
    free, number = name, 2
    while free in taken:
        free, number = f"{name}_{number}", number + 1
    return free


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
    if len(lines) <= 3 and not any(word.islower() for word in words):
        return "_".join(_short(line) for line in lines)
    return "block"


def _short(line: Line) -> str:
    activation = line.arguments.get("activation")
    if line.word == "Activation" and isinstance(activation, str):
        return activation
    return _SHORT.get(line.word) or line.word.removeprefix("ops.").lower()


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
    free, number = name, 2
    while free in taken:
        free, number = f"{name}_{number}", number + 1
    return free
