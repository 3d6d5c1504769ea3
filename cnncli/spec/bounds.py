"""What the numbers of an argument may be: Keras's own bounds, and those of what can be meant."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cnncli.spec.graph import EMPTY

# Types of the catalog that a number can be.
NUMERIC = ("integer", "integers", "number", "numbers", "schedule", "list", "any")

Constraint = Mapping[str, Any]  # in the words of JSON Schema; `items` for the numbers of a list

_FROM_0: Constraint = {"minimum": 0}
_FROM_1: Constraint = {"minimum": 1}
_ABOVE_0: Constraint = {"exclusiveMinimum": 0}
_SHARE: Constraint = {"minimum": 0, "maximum": 1}
_BELOW_1: Constraint = {"minimum": 0, "exclusiveMaximum": 1}

_UPHILL = "with a negative rate the loss grows"
_ROOT = "a negative number would be added below a root or a division"
_KEPT = "it is the share of the past that is kept; from 1 on nothing new would count"
_PART = "it is a share"
_COUNT = "it is a number of epochs"
_SIZE = "it is a number of pixels"

# (families, arguments, bound, reason): what Keras takes, and nobody can mean. A reason is a hint.
_OURS: tuple[tuple[str, str, Constraint, str], ...] = (
    ("optimizer", "learning_rate", _FROM_0, _UPHILL),
    ("schedule", "initial_learning_rate end_learning_rate warmup_target", _FROM_0, _UPHILL),
    ("schedule", "values", {"items": _FROM_0}, _UPHILL),
    ("schedule", "alpha", _SHARE, "it is a share of the first rate"),
    ("schedule", "decay_rate power warmup_steps", _FROM_0, "it only falls from 0 on"),
    ("schedule", "t_mul m_mul", _ABOVE_0, "periods and rates would come to nothing"),
    ("optimizer", "beta_1 beta_2", _BELOW_1, _KEPT),
    ("optimizer", "momentum rho ema_momentum", _SHARE, "it is the share of the past that is kept"),
    ("optimizer layer metric loss", "epsilon", _FROM_0, _ROOT),
    ("optimizer", "weight_decay", _FROM_0, "below 0 it would make the weights grow"),
    ("optimizer", "clipnorm clipvalue global_clipnorm", _ABOVE_0, "no gradient would be left"),
    ("optimizer", "gradient_accumulation_steps", {"minimum": 2}, "one step alone is the default"),
    ("optimizer", "ema_overwrite_frequency", _FROM_1, "it is a number of steps"),
    ("optimizer", "loss_scale_factor", _ABOVE_0, "nothing of the loss would be left"),
    ("application", "alpha", _ABOVE_0, "it is a share of the channels"),
    ("application", "depth_multiplier", _FROM_1, "it is a number of channels"),
    ("loss metric", "label_smoothing", _SHARE, _PART),
    (
        "loss",
        "gamma alpha beta",
        {"minimum": 0, "items": _FROM_0},
        "below 0 it would reward mistakes",
    ),
    ("loss", "delta", _ABOVE_0, "it is a distance"),
    ("metric", "k top_k", _FROM_1, "it is a number of classes"),
    ("metric", "num_thresholds", {"minimum": 2}, "a curve has two ends"),
    ("layer", "momentum renorm_momentum", _SHARE, "it is the share of the past that is kept"),
    ("layer", "dropout recurrent_dropout", _SHARE, _PART),
    ("layer", "drop_path_rate", _BELOW_1, _PART),
    ("layer", "filters num_query_heads num_key_value_heads", _FROM_1, "there must be one"),
    ("layer", "kernel_size", {"minimum": 1, "items": _FROM_1}, _SIZE),
    ("layer", "height width", _FROM_1, _SIZE),
    ("layer", "padding cropping", {"minimum": 0, "items": _FROM_0}, _SIZE),
    ("initializer", "stddev", _FROM_0, "it is a distance from the mean"),
    ("constraint", "min_value max_value", _FROM_0, "it is a length"),
    ("constraint", "rate", _SHARE, _PART),
    ("callback", "patience cooldown start_from_epoch", _FROM_0, _COUNT),
    ("callback", "min_delta min_lr", _FROM_0, "it is a distance, and a rate"),
    ("callback", "factor", _ABOVE_0, _UPHILL),
)
# Where "as large as you like" can be meant.
_MAY_BE_INFINITE = frozenset(("max_value", "baseline", "fill_value", "mask_value", "value"))


@dataclass(frozen=True)
class Bound:
    """The numbers that an argument takes; `reason` is given where Keras itself would take more."""

    keras: Constraint = field(default_factory=lambda: EMPTY)
    ours: Constraint = field(default_factory=lambda: EMPTY)
    reason: str = ""
    infinite: bool = False
    within: bool = False  # whether it is that of the numbers in a list

    @property
    def items(self) -> Bound:
        """The bound of the numbers in a list, and in the lists of a list."""
        if self.within:
            return self
        keras, ours = (limits.get("items", EMPTY) for limits in (self.keras, self.ours))
        return replace(self, keras=keras, ours=ours, within=True)

    @property
    def whole(self) -> Constraint:
        """Both bounds as one constraint, in the words of JSON Schema."""
        own = _tightest(self.keras, self.ours)
        items = _tightest(self.keras.get("items", EMPTY), self.ours.get("items", EMPTY))
        return {**own, "items": items} if items else own

    def refuses(self, value: float) -> bool:
        """Say whether a number is none of those."""
        finite = math.isfinite(value) or (self.infinite and not math.isnan(value))
        return not (finite and _within(value, self.keras) and _within(value, self.ours))

    def hint(self, value: float) -> str | None:
        """Say what was meant by a number that is refused, or why it is; None where it is plain."""
        share = self.as_share(value)
        if share is not None:
            return f"{value:g} percent is {share:g}"
        return self.reason or None if _within(value, self.keras) and math.isfinite(value) else None

    def as_share(self, value: float) -> float | None:
        """Return a number of percent as a share of 1; None where no share is asked for."""
        limits = _tightest(self.keras, self.ours)
        share = limits.get("minimum") == 0 and 1 in (
            limits.get("maximum"),
            limits.get("exclusiveMaximum"),
        )
        return value / 100 if share and 2 <= value <= 100 else None

    def words(self) -> str:
        """Say what the numbers are: "from 0 to 1", "above 0", ""."""
        limits = _tightest(self.keras, self.ours)
        low, high = limits.get("minimum"), limits.get("maximum")
        above, below = limits.get("exclusiveMinimum"), limits.get("exclusiveMaximum")
        begins = f"from {low}" if low is not None else f"above {above}" if above is not None else ""
        if high is not None:
            return f"{begins} to {high}" if low is not None else f"{begins} up to {high}".strip()
        if below is not None:
            both = "to" if low is not None else "and"
            return f"{begins} {both} below {below}" if begins else f"below {below}"
        return f"{begins} on" if low is not None else begins


FREE = Bound(infinite=True)


def bound(family: str, argument: str, keras: Constraint) -> Bound:
    """Return the bound of an argument of a class, of which Keras demands `keras`."""
    infinite = argument in _MAY_BE_INFINITE
    for families, arguments, ours, reason in _OURS:
        if family in families.split() and argument in arguments.split():
            return Bound(keras, ours, reason, infinite)
    return Bound(keras, infinite=infinite)


def _within(value: float, limits: Constraint) -> bool:
    return (
        value >= limits.get("minimum", -math.inf)
        and value <= limits.get("maximum", math.inf)
        and ("exclusiveMinimum" not in limits or value > limits["exclusiveMinimum"])
        and ("exclusiveMaximum" not in limits or value < limits["exclusiveMaximum"])
    )


def _tightest(one: Constraint, other: Constraint) -> dict[str, Any]:
    """Return the numbers that both allow."""
    return {**_end(one, other, "inimum", max), **_end(one, other, "aximum", min)}


def _end(one: Constraint, other: Constraint, word: str, choose: Any) -> dict[str, Any]:
    names = (f"m{word}", f"exclusiveM{word}")
    given = [(limits[name], name) for limits in (one, other) for name in names if name in limits]
    if not given:
        return {}
    end = choose(value for value, _ in given)
    at_end = [name for value, name in given if value == end]
    return {names[1] if names[1] in at_end else names[0]: end}
