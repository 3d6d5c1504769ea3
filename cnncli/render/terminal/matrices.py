"""Matrices as text, their columns aligned."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnncli.images.kernels import Kernel


LARGEST_DENOMINATOR = 10_000


def lines(matrix: Any, digits: int = 4) -> list[str]:
    """Return the rows of a matrix, numbers right-aligned in columns of one width."""
    cells = [[number(value, digits) for value in row] for row in matrix]
    width = max(len(cell) for row in cells for cell in row)
    return ["  ".join(cell.rjust(width) for cell in row) for row in cells]


def weights(matrix: Any) -> list[str]:
    """Return the rows of a kernel's matrix as `lines` does, but 1/9 as such where it is one."""
    exact = [[weight(value) for value in row] for row in matrix]
    if any(text is None for row in exact for text in row):
        return lines(matrix)
    width = max(len(str(text)) for row in exact for text in row)
    return ["  ".join(str(text).rjust(width) for text in row) for row in exact]


def weight(value: float) -> str | None:
    """Return a weight without rounding, as a short decimal or else as a fraction, if it is one."""
    short = number(value)
    if float(short) == value:
        return short
    fraction = Fraction(value).limit_denominator(LARGEST_DENOMINATOR)
    return str(fraction) if abs(float(fraction) - value) < 1e-12 * abs(value) else None


def number(value: float, digits: int = 4) -> str:
    """Return a number with `digits` digits, what stands before its point in full."""
    if abs(value) < 1e9 and value == round(value):
        return str(int(value))
    if 1000 <= abs(value) < 1e9:
        return f"{value:.{max(1, digits - len(str(int(abs(value)))))}f}"
    return f"{value:.{digits}g}"


def beside(blocks: Sequence[Sequence[str]], signs: Sequence[str]) -> list[str]:
    """Return blocks of lines side by side, centred, with a sign between each two."""
    height = max(len(block) for block in blocks)
    out = [""] * height
    for index, block in enumerate(blocks):
        width = max(len(line) for line in block)
        above = (height - len(block)) // 2
        sign = signs[index - 1] if index else ""
        for row in range(height):
            between = sign if row == height // 2 else " " * len(sign)
            text = block[row - above] if 0 <= row - above < len(block) else ""
            out[row] += (f"  {between}  " if index else "") + text.ljust(width)
    return [line.rstrip() for line in out]


def kernel_lines(kernel: Kernel, width: int) -> list[str]:
    """Return name, purpose and matrix of a kernel as lines of text.

    Where its weights would be wider than `width`, they are whole numbers of a small unit.
    """
    arguments = f" ({', '.join(kernel.arguments)})" if kernel.arguments else ""
    title = f"{kernel.name}: {kernel.purpose}{arguments}"
    drawn = [f"    {line}" for line in _side_by_side(kernel.matrices)]
    if max(map(len, drawn)) <= width:
        return [title, *drawn]
    largest = max(float(abs(matrix).max()) for matrix in kernel.matrices)
    unit = 10.0 ** (math.floor(math.log10(largest or 1.0)) - 2)
    rounded = _side_by_side([(matrix / unit).round() for matrix in kernel.matrices])
    return [title, *(f"    {line}" for line in rounded), f"    in units of {unit:g}, rounded"]


def _side_by_side(matrices: Sequence[Any]) -> list[str]:
    blocks = [weights(matrix) for matrix in matrices]
    return beside(blocks, ["and"] * (len(blocks) - 1))
