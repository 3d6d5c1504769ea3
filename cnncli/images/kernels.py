"""Kernels: the named ones with what each is for, parametrised ones, and one's own.

All are applied by correlation, as a Conv2D does, so that the sign of a response tells which
side is brighter: `sobel-left` answers where the left side is. The named 3 x 3 kernels follow
setosa.io's page on image kernels, whose numbers learners meet first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cnncli.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float64]

MAX_SIDE = 1001


@dataclass(frozen=True)
class Kernel:
    """A kernel ready to be applied.

    `matrices` holds one matrix (float64, rows x columns), or two for a kernel whose result is
    the magnitude of two responses. `name` is what one types for it, `slug` its part in a file
    name; `arguments` are the names of what may be set. A kernel that a network has learnt has a
    matrix for each of its input channels in `channels`: an image of as many is filtered by them,
    and the responses are added up. Others are filtered by their mean, which is in `matrices`.
    """

    name: str
    slug: str
    matrices: tuple[Matrix, ...]
    purpose: str = ""
    arguments: tuple[str, ...] = ()
    channels: tuple[Matrix, ...] = ()

    @property
    def rows(self) -> int:
        return int(self.matrices[0].shape[0])

    @property
    def columns(self) -> int:
        return int(self.matrices[0].shape[1])

    @property
    def is_magnitude(self) -> bool:
        """Whether the result is the square root of the summed squares of two responses."""
        return len(self.matrices) > 1

    def sums(self, channels: int) -> bool:
        """Whether an image of so many channels has one response, each by its own matrix."""
        return 1 < channels == len(self.channels)

    @property
    def total(self) -> float:
        """The sum of the weights: 1 keeps the brightness, 0 makes even areas vanish."""
        import numpy as np

        with np.errstate(over="ignore"):  # beyond float64 is infinity
            return float(self.matrices[0].sum())


@dataclass(frozen=True)
class Named:
    """A line of the table: what a kernel is for, and the function that makes its matrices."""

    purpose: str
    make: Callable[..., Sequence[Matrix]]
    arguments: Mapping[str, type] = field(default_factory=dict)


def make(name: str, arguments: Mapping[str, float] | None = None) -> Kernel:
    """Return the kernel `name`; raises UsageError for an unknown name, argument or bad value."""
    named = KERNELS.get(name)
    if named is None:
        raise _unknown(name)
    given = {key: _checked(name, named, key, value) for key, value in (arguments or {}).items()}
    matrices = tuple(named.make(**given))
    label = ",".join(f"{key}={value:g}" for key, value in given.items())
    slug = "-".join([name, *(f"{key}{value:g}" for key, value in given.items())])
    return Kernel(
        f"{name}:{label}" if label else name, slug, matrices, named.purpose, tuple(named.arguments)
    )


def own(matrix: Matrix, name: str, slug: str = "kernel") -> Kernel:
    """Return a kernel of the user's own; raises UsageError unless it is a finite matrix."""
    import numpy as np

    if matrix.ndim != 2 or matrix.size == 0:
        shape = " x ".join(map(str, matrix.shape)) or "a single number"
        raise UsageError(f"{name}: a kernel is a matrix of rows and columns, not {shape}")
    if max(matrix.shape) > MAX_SIDE:
        raise UsageError(f"{name}: a kernel has at most {MAX_SIDE} rows and columns")
    if not np.isfinite(matrix).all():
        raise UsageError(f"{name}: a kernel holds finite numbers only")
    return Kernel(name, slug, (matrix.astype(np.float64),), "your own kernel")


def of_channels(weights: NDArray[np.float32], name: str, slug: str) -> Kernel:
    """Return the kernel of a network's filter, rows x columns x input channels."""
    import numpy as np

    checked = own(weights.astype(np.float64).mean(axis=2), name, slug)
    channels = tuple(np.moveaxis(weights.astype(np.float64), -1, 0))
    return Kernel(name, slug, checked.matrices, "learnt by a network", (), channels)


def _unknown(name: str) -> UsageError:
    import difflib

    near = difflib.get_close_matches(name.lower(), KERNELS, n=1)
    hint = f'Did you mean "{near[0]}"? ' if near else ""
    return UsageError(
        f'there is no kernel "{name}"',
        hint=f"{hint}`cnncli kernels` shows them all; your own is '0 -1 0; -1 5 -1; 0 -1 0', "
        "a .csv or a .npy file.",
    )


def _checked(name: str, named: Named, key: str, value: float) -> float | int:
    if key not in named.arguments:
        known = ", ".join(named.arguments)
        raise UsageError(
            f'the kernel {name} has no argument "{key}"',
            hint=f"It has: {known}." if known else "It has none.",
        )
    if named.arguments[key] is float:
        if key != "angle" and not 0 < value <= 1000:
            raise UsageError(f"{key} of the kernel {name} lies above 0, up to 1000, not {value:g}")
        return float(value)
    if value != int(value) or not 1 <= value <= MAX_SIDE or int(value) % 2 == 0:
        raise UsageError(
            f"{key} of the kernel {name} is an odd whole number up to {MAX_SIDE}, not {value:g}"
        )
    return int(value)


def _box(size: int = 3) -> Sequence[Matrix]:
    import numpy as np

    return (np.full((size, size), 1 / size**2),)


def _gaussian(size: int | None = None, sigma: float | None = None) -> Sequence[Matrix]:
    return (_bell(*_extent(size, sigma)),)


def _extent(size: int | None, sigma: float | None) -> tuple[int, float]:
    """Return size and sigma, each chosen to fit the other where it is not given."""
    if sigma is None:
        return (5, 1.0) if size is None else (size, size / 5)
    return min(MAX_SIDE, 2 * math.ceil(2 * sigma) + 1) if size is None else size, sigma


def _bell(size: int, sigma: float) -> Matrix:
    import numpy as np

    place = np.arange(size) - size // 2
    curve = np.exp(-(place**2) / (2 * sigma**2))
    bell = np.outer(curve, curve)
    return np.asarray(bell / bell.sum())


def _laplacian_of_gaussian(size: int | None = None, sigma: float | None = None) -> Sequence[Matrix]:
    """Marr and Hildreth 1980: the second derivative of a bell, its sum made exactly zero."""
    import numpy as np

    if size is None and sigma is None:
        sigma = 1.4
    if size is None and sigma is not None:
        size = min(MAX_SIDE, 2 * math.ceil(3 * sigma) + 1)  # its rim is wider than a bell's
    size, sigma = _extent(size, sigma)
    place = np.arange(size) - size // 2
    squared = place[:, None] ** 2 + place[None, :] ** 2
    matrix = _bell(size, sigma) * (squared - 2 * sigma**2) / sigma**4
    return (matrix - matrix.mean(),)


def _unsharp(
    amount: float = 1.0, size: int | None = None, sigma: float | None = None
) -> Sequence[Matrix]:
    bell = _bell(*_extent(size, sigma))
    matrix = -amount * bell
    matrix[matrix.shape[0] // 2, matrix.shape[1] // 2] += 1 + amount
    return (matrix,)


def _motion(size: int = 9, angle: float = 0.0) -> Sequence[Matrix]:
    """A line through the middle; each of its points is shared out among the four cells near it."""
    import numpy as np

    matrix = np.zeros((size + 2, size + 2))
    radians = math.radians(angle)
    for step in range(-(size // 2), size // 2 + 1):
        row, column = -step * math.sin(radians), step * math.cos(radians)
        # Rounded, or the sine of 180 degrees would leave traces in a neighbouring row.
        row, column = round(row, 9) + size // 2 + 1, round(column, 9) + size // 2 + 1
        top, left = math.floor(row), math.floor(column)
        down, right = row - top, column - left
        matrix[top : top + 2, left : left + 2] += np.outer((1 - down, down), (1 - right, right))
    return (matrix[1:-1, 1:-1] / matrix[1:-1, 1:-1].sum(),)


_SOBEL = "-1 0 1; -2 0 2; -1 0 1"
_PREWITT = "-1 0 1; -1 0 1; -1 0 1"
_SCHARR = "-3 0 3; -10 0 10; -3 0 3"
_SIZES: Mapping[str, type] = {"size": int, "sigma": float}


def _written(text: str) -> Matrix:
    import numpy as np

    return np.array([row.split() for row in text.split(";")], dtype=np.float64)


def _fixed(text: str) -> Callable[[], Sequence[Matrix]]:
    return lambda: (_written(text),)


def _both_ways(text: str) -> Callable[[], Sequence[Matrix]]:
    return lambda: (_written(text), _written(text).T)


_TABLE: tuple[tuple[str, Named], ...] = (
    ("identity", Named("the picture as it is", _fixed("0 0 0; 0 1 0; 0 0 0"))),
    ("blur", Named("each pixel the mean of its neighbourhood (a box)", _box, {"size": int})),
    ("gaussian", Named("a soft blur, near pixels counting most", _gaussian, _SIZES)),
    ("motion-blur", Named("as a moving camera sees it", _motion, {"size": int, "angle": float})),
    (
        "sharpen",
        Named("adds the differences to four neighbours", _fixed("0 -1 0; -1 5 -1; 0 -1 0")),
    ),
    ("unsharp", Named("adds what a blur takes away", _unsharp, {"amount": float, **_SIZES})),
    ("emboss", Named("a relief, lit along the diagonal", _fixed("-2 -1 0; -1 1 1; 0 1 2"))),
    ("outline", Named("what differs from around it", _fixed("-1 -1 -1; -1 8 -1; -1 -1 -1"))),
    ("sobel", Named("edges of any direction, by their strength", _both_ways(_SOBEL))),
    ("sobel-left", Named("edges that are brighter on the left", _fixed("1 0 -1; 2 0 -2; 1 0 -1"))),
    ("sobel-right", Named("edges that are brighter on the right", _fixed(_SOBEL))),
    ("sobel-top", Named("edges that are brighter above", _fixed("1 2 1; 0 0 0; -1 -2 -1"))),
    ("sobel-bottom", Named("edges that are brighter below", _fixed("-1 -2 -1; 0 0 0; 1 2 1"))),
    ("prewitt", Named("as sobel, all three rows counting alike", _both_ways(_PREWITT))),
    ("scharr", Named("as sobel, truer to slanting edges", _both_ways(_SCHARR))),
    ("laplacian", Named("second derivative, 4 neighbours", _fixed("0 1 0; 1 -4 1; 0 1 0"))),
    ("laplacian-8", Named("second derivative, 8 neighbours", _fixed("1 1 1; 1 -8 1; 1 1 1"))),
    (
        "laplacian-of-gaussian",
        Named("spots and edges of a blurred picture", _laplacian_of_gaussian, _SIZES),
    ),
)
KERNELS: Mapping[str, Named] = dict(_TABLE)
