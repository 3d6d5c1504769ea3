"""The arithmetic of one output pixel as text: window, weights, products, sum, bias, activation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cnncli.render.terminal.matrices import beside, lines, weights

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cnncli.images.convolution import Arithmetic

OUTSIDE = "·"
CHANNELS = {1: ("",), 3: ("red", "green", "blue")}


def channel_names(count: int) -> tuple[str, ...]:
    """Return what the channels of an image are called; grey has no name."""
    return CHANNELS.get(count) or tuple(f"channel {index}" for index in range(count))


def text(
    worked: Sequence[Arithmetic], bias: float, activation: str | None, width: int
) -> list[str]:
    """Return the arithmetic of all channels as lines no wider than `width`, where that can be."""
    summed = worked[0].window.shape[2] > 1
    names = channel_names(worked[0].window.shape[2] if summed else len(worked))
    out: list[str] = []
    for index, each in enumerate(worked):
        within = names if summed else names[index : index + 1]
        out += [*_products(each, within, width), *_sums(each, summed, bias, activation), ""]
    if any(_has_gaps(each) for each in worked):
        out.append(f"{OUTSIDE} no pixel lies there: it counts as 0")
    return out if out[-1] else out[:-1]


def _products(each: Arithmetic, names: Sequence[str], width: int) -> list[str]:
    out: list[str] = []
    for channel, name in enumerate(names):
        window = each.window[:, :, channel]
        for number, matrix in enumerate(each.weights):
            products = each.products[number][:, :, channel]
            title = " ".join(filter(None, (name, _ordinal(number, len(each.weights)))))
            out += [*([title] if title else []), *_block(window, matrix, products, width)]
            out.append(f"  sum of the products  {products.sum():.7g}")
            out.append("")
    return out


def _ordinal(number: int, count: int) -> str:
    return "" if count == 1 else ("first kernel", "second kernel")[number]


def _block(
    window: NDArray[np.float64], matrix: NDArray[np.float64], products: Any, width: int
) -> list[str]:
    pixels = [line.replace("nan", OUTSIDE.rjust(3)) for line in lines(window)]
    headed = [
        [title, *block]
        for title, block in (
            ("pixels", pixels),
            ("kernel", weights(matrix)),
            ("products", lines(products)),
        )
    ]
    side_by_side = beside(headed, ["×", "="])
    if max(map(len, side_by_side)) + 2 > width:
        side_by_side = [line for block in headed for line in block]
    return [f"  {line}" for line in side_by_side]


def _sums(each: Arithmetic, summed: bool, bias: float, activation: str | None) -> list[str]:
    rows = _over_channels(each) if summed else []
    if len(each.responses) > 1:
        squares = " + ".join(_square(response) for response in each.responses)
        rows.append((f"magnitude: √({squares})", each.combined))
    if bias:
        rows.append((f"with the bias: {_total([each.combined, bias])}", each.biased))
    if activation is not None:
        rows.append((f"{activation} of {each.biased:.7g}", each.output))
    rows.append(("output", each.output))
    wide = max(len(label) for label, _ in rows)
    return [f"  {label.ljust(wide)}  {value:.7g}" for label, value in rows]


def _over_channels(each: Arithmetic) -> list[tuple[str, float]]:
    rows = []
    for number, (products, response) in enumerate(zip(each.products, each.responses, strict=True)):
        name = _ordinal(number, len(each.responses))
        sums = _total([float(part) for part in products.sum(axis=(0, 1))])
        rows.append((f"{name + ' ' if name else ''}over the channels: {sums}", response))
    return rows


def _total(values: Sequence[float]) -> str:
    return " + ".join(f"({value:.7g})" if value < 0 else f"{value:.7g}" for value in values)


def _square(value: float) -> str:
    return f"{value:.7g}²" if value >= 0 else f"({value:.7g})²"


def _has_gaps(each: Arithmetic) -> bool:
    return bool((each.window != each.window).any())
