"""The arguments that the constructor of a Keras class takes, and what type each is of.

Keras says little of this in its annotations, so classes are made on trial.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import cache
from typing import Any

from cnncli.network.backend import load_keras
from cnncli.spec.families import family_of_argument

_WHOLE_NUMBERS = frozenset(
    """
    filters units n num_bins num_heads num_query_heads num_key_value_heads head_dim key_dim
    value_dim height width input_dim output_dim max_number num_classes depth_multiplier groups
    kernel_size pool_size strides dilation_rate size
    """.split()  # noqa: SIM905
)
_NUMBERS = frozenset(
    """
    rate stddev seed recall precision sensitivity specificity decay_steps decay_rate
    first_decay_steps initial_learning_rate target_shape dims weight_decay clipnorm clipvalue
    global_clipnorm
    """.split()  # noqa: SIM905
)
_TEXTS = frozenset(("name", "data_format", "equation", "dtype", "bias_axes"))
_LISTS = frozenset(("vocabulary", "idf_weights"))
# What Keras says of these arguments, all layers together; each takes some of it.
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "padding": ("valid", "same", "causal"),
    "data_format": ("channels_last", "channels_first"),
    "interpolation": ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5", "area", "gaussian"),
    "fill_mode": ("constant", "nearest", "wrap", "mirror", "reflect"),
    "reduction": ("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none"),
}
# Of layers and metrics; a list is not refused before it is used.
_ONE_NUMBER = frozenset(("epsilon", "momentum", "label_smoothing", "dropout", "recurrent_dropout"))
# A number, or one for each class.
_OF_CLASSES = frozenset((("CategoricalFocalCrossentropy", "alpha"),))
_ANYTHING = frozenset(("use_cudnn", "window", "fill_value"))

Signature = dict[str, inspect.Parameter]


def argument_types(cls: type) -> dict[str, str]:
    """Return the type of each argument, with `!` behind it where the argument is required."""
    return {
        name: _tried(cls, name, _type_code(name, parameter))
        + ("!" if parameter.default is parameter.empty else "")
        for name, parameter in parameters(cls).items()
    }


@cache
def parameters(cls: type) -> Signature:
    """Return the constructor's arguments, with those that reach a base class by `**kwargs`."""
    found: Signature = {}
    for index, base in enumerate(cls.__mro__):
        if "__init__" not in base.__dict__ or base is object:
            continue
        taken = list(inspect.signature(base.__init__).parameters.values())[1:]  # type: ignore[misc]
        for parameter in taken:
            named = parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
            # What a base class requires, the class itself hands over.
            if named and (index == 0 or parameter.default is not parameter.empty or not found):
                found.setdefault(parameter.name, parameter)
        if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in taken):
            break
    own = set(inspect.signature(cls).parameters)
    handed_on = {name: p.default for name, p in found.items() if name not in own}
    if not _takes(cls, handed_on, found):
        kept = [name for name, value in handed_on.items() if _takes(cls, {name: value}, found)]
        own |= set(kept)
    else:
        own |= set(handed_on)
    return {name: parameter for name, parameter in found.items() if name in own}


def _takes(cls: type, arguments: Mapping[str, Any], found: Signature) -> bool:
    """Say whether the constructor takes arguments that only a base class names, by trying it."""
    try:
        cls(**{**_needed(cls, found), **arguments})
    except TypeError as error:
        said = str(error)
        return "multiple values" not in said and "unexpected keyword" not in said
    except ValueError as error:
        return "Unrecognized keyword" not in str(error) and "not understood" not in str(error)
    return True


def _tried(cls: type, name: str, code: str) -> str:
    """Narrow the type of an argument by what the constructor refuses: lists, single values, texts.

    Returns `valid|same` for a choice. What is refused only later, by shapes, stays as wide.
    """
    if code == "text":
        words = _CHOICES.get(name, ())
        if not words or constructs(cls, {name: "nonsense"}):
            return code
        return "|".join(word for word in words if constructs(cls, {name: word})) or code
    if code not in ("integers", "numbers"):
        return code
    if (cls.__name__, name) in _OF_CLASSES:
        return "numbers"
    if name in _ONE_NUMBER or (name != "axis" and not _takes_shapes(cls)):
        return code.removesuffix("s")
    value = sample(name, cls.__name__)
    value = value[0] if isinstance(value, tuple) else value
    lists = any(constructs(cls, {name: [value] * length}) for length in (1, 2, 3, 4))
    if constructs(cls, {name: value}):
        return code if lists else code.removesuffix("s")
    return "list" if lists else code


def _takes_shapes(cls: type) -> bool:
    """Say whether a class may have numbers for each axis; others take lists without a look."""
    return any(room in cls.__module__ for room in (".layers.", ".metrics.", ".applications."))


def constructs(cls: type, arguments: Mapping[str, Any]) -> bool:
    """Say whether a class can be made with these arguments."""
    try:
        cls(**{**needed(cls), **arguments})
    except Exception:
        return False
    return True


def needed(cls: type) -> dict[str, Any]:
    """Return a value for each argument that the class requires."""
    return _needed(cls, parameters(cls))


def _needed(cls: type, found: Signature) -> dict[str, Any]:
    return {
        name: sample(name, cls.__name__)
        for name, parameter in found.items()
        if parameter.default is parameter.empty
    }


@cache
def sample(name: str, class_name: str) -> Any:
    """Return some value that Keras takes for a required argument."""
    keras = load_keras()
    values: dict[str, Any] = {
        "activation": "relu",
        "layer": keras.layers.LSTM(1) if class_name == "Bidirectional" else keras.layers.Dense(1),
        "cell": keras.layers.LSTMCell(1),
        "cells": [keras.layers.LSTMCell(1)],
        "layers": [keras.layers.Dense(1)],
        "equation": "ab,bc->ac",
        "output_shape": 3,
        "target_shape": (1,),
        "dims": (1,),
        "axes": 1,
        "boundaries": [1],
        "values": [1.0, 2.0],
        "inner_optimizer": keras.optimizers.SGD(),
        "filters": 12,  # many numbers divide it
        "num_query_heads": 12,
        "num_key_value_heads": 1,
    }
    return values.get(name, 0.5 if name in _NUMBERS or "factor" in name else 2)


def _type_code(name: str, parameter: inspect.Parameter) -> str:
    family = family_of_argument(name)
    if family is not None:
        return family
    for code, names in (
        ("any", _ANYTHING),
        ("list", _LISTS),
        ("text", _TEXTS),
        ("integers", _WHOLE_NUMBERS),
        ("numbers", _NUMBERS),
    ):
        if name in names:
            return code
    default = parameter.default
    if isinstance(default, bool):
        return "bool"
    if isinstance(default, int | float | tuple):
        return "numbers"
    return "text" if isinstance(default, str) else "any"
