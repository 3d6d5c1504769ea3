"""The table of Keras's activation functions: names, formulas, arguments, corners."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_VECTOR = "first output for the inputs (x, 0)"


@dataclass(frozen=True)
class Function:
    """An activation function of Keras.

    `formula` is text in which `{argument}` stands for a value, cases written as "A if x > B,
    else C"; what its letters mean follows a comma. `arguments` are Keras's, with
    its defaults (a class where there is none). `corners` says where value or slope may jump.
    `drawn` says what is drawn of a function that takes a whole vector.
    """

    name: str
    formula: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    corners: Callable[[Mapping[str, Any]], Sequence[float]] = lambda arguments: ()
    drawn: str = ""


def _at(*places: float) -> Callable[[Mapping[str, Any]], Sequence[float]]:
    return lambda arguments: places


def _both_sides(arguments: Mapping[str, Any]) -> Sequence[float]:
    return -arguments["threshold"], arguments["threshold"]


def _relu_corners(arguments: Mapping[str, Any]) -> Sequence[float]:
    top = arguments["max_value"]
    return (arguments["threshold"], 0.0) if top is None else (arguments["threshold"], 0.0, top)


_TABLE = (
    Function("linear", "x"),
    Function("sigmoid", "1 / (1 + exp(-x))"),
    Function("tanh", "(exp(x) - exp(-x)) / (exp(x) + exp(-x))"),
    Function(
        "relu",
        "max(0, x)",
        {"negative_slope": 0.0, "max_value": None, "threshold": 0.0},
        _relu_corners,
    ),
    Function(
        "leaky_relu", "x if x > 0, else {negative_slope}·x", {"negative_slope": 0.2}, _at(0.0)
    ),
    Function("relu6", "min(max(0, x), 6)", corners=_at(0.0, 6.0)),
    Function("elu", "x if x > 0, else {alpha}·(exp(x) - 1)", {"alpha": 1.0}, _at(0.0)),
    Function("selu", "1.0507·x if x > 0, else 1.0507·1.6733·(exp(x) - 1)", corners=_at(0.0)),
    Function("celu", "x if x > 0, else {alpha}·(exp(x / {alpha}) - 1)", {"alpha": 1.0}),
    Function("gelu", "x·Φ(x), Φ the normal distribution", {"approximate": False}),
    Function("silu", "x / (1 + exp(-x))"),
    Function("mish", "x·tanh(log(1 + exp(x)))"),
    Function("softplus", "log(1 + exp(x))"),
    Function("squareplus", "(x + sqrt(x² + {b})) / 2", {"b": 4}),
    Function("sparse_plus", "0 if x < -1, x if x > 1, else (x + 1)² / 4"),
    Function("softsign", "x / (1 + |x|)"),
    Function("exponential", "exp(x)"),
    Function("hard_sigmoid", "x / 6 + 1/2, kept in 0 to 1", corners=_at(-3.0, 3.0)),
    Function("hard_silu", "x·hard_sigmoid(x)", corners=_at(-3.0, 3.0)),
    Function("hard_tanh", "x, kept in -1 to 1", corners=_at(-1.0, 1.0)),
    Function("sparse_sigmoid", "(x + 1) / 2, kept in 0 to 1", corners=_at(-1.0, 1.0)),
    Function("log_sigmoid", "-log(1 + exp(-x))"),
    Function("tanh_shrink", "x - tanh(x)"),
    Function("hard_shrink", "x if |x| > {threshold}, else 0", {"threshold": 0.5}, _both_sides),
    Function(
        "soft_shrink",
        "x moved towards 0 by {threshold}, at most to 0",
        {"threshold": 0.5},
        _both_sides,
    ),
    Function(
        "threshold",
        "x if x > {threshold}, else {default_value}",
        {"threshold": float, "default_value": float},
        lambda arguments: (arguments["threshold"],),
    ),
    Function("softmax", "exp(x) / (exp(x) + exp(0))", {"axis": -1}, drawn=_VECTOR),
    Function("log_softmax", "log(exp(x) / (exp(x) + exp(0)))", {"axis": -1}, drawn=_VECTOR),
    Function(
        "sparsemax",
        "(x + 1) / 2, kept in 0 to 1",
        {"axis": -1},
        corners=_at(-1.0, 1.0),
        # The published function; keras-team/keras issue 23425 tells of the error.
        drawn=f"{_VECTOR}; Keras 3.15 errs for 0 < x < 1",
    ),
    Function("glu", "1 / (1 + exp(-x))", {"axis": -1}, drawn="output for the inputs (1, x)"),
)
FUNCTIONS: Mapping[str, Function] = {function.name: function for function in _TABLE}
ALIASES = {"swish": "silu", "hard_swish": "hard_silu"}
