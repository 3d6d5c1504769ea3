"""Make the catalog of Keras's signatures that the spec reader checks against, without Keras.

    python -m cnncli.network.catalog

writes `cnncli/spec/catalog.json` and `cnncli/spec/descriptions.json` from the installed Keras.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import cnncli.spec
from cnncli.network.backend import load_keras
from cnncli.spec.families import FAMILIES, family_of_argument, refusal

# Layers that keras.applications keeps for itself.
_PRIVATE_LAYERS = {
    "LayerScale": "keras.src.applications.convnext",
    "StochasticDepth": "keras.src.applications.convnext",
    "CustomScaleLayer": "keras.src.applications.inception_resnet_v2",
}
_OPS_NAMESPACES = ("", "image", "linalg", "nn", "numpy")
# Operations that take a function, for which a spec has no words.
_FUNCTION_ARGUMENTS = {"f", "fn", "body_fun", "cond", "branches", "true_fn", "pyfunc", "body"}
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
_ANYTHING = frozenset(("use_cudnn", "window", "fill_value"))

# The families of which Keras takes lower-case names.
_IDENTIFIED = ("optimizer", "loss", "metric", "initializer", "regularizer", "constraint")

Signature = dict[str, inspect.Parameter]


def catalog() -> dict[str, Any]:
    """Return the signatures of all families: classes, their arguments with types, and aliases."""
    keras = load_keras()
    families = {family: _family(family) for family in FAMILIES}
    return {
        "keras": keras.__version__,
        "activations": sorted(_activations()),
        "dtypes": list(_dtypes()),
        "identifiers": {family: _identifiers(family) for family in _IDENTIFIED},
        **families,
        "ops": {name: list(_open_parameters(op)) for name, op in _operations()},
    }


def descriptions() -> dict[str, Any]:
    """Return Keras's first sentence on each class and on each of its arguments."""
    return {
        family: {
            name: {"": _first_sentence(inspect.getdoc(cls) or ""), **_argument_sentences(cls)}
            for name, cls in _classes(family).items()
        }
        for family in FAMILIES
    }


def _family(family: str) -> dict[str, Any]:
    classes = {name: _entry(family, cls) for name, cls in _classes(family).items()}
    return {"classes": classes, "aliases": _aliases(family)}


@cache
def _public(family: str) -> dict[str, type]:
    """Return every public name of the family with its class, refused ones too."""
    module = import_module(FAMILIES[family])
    found = {
        name: getattr(module, name)
        for name in dir(module)
        if isinstance(getattr(module, name), type)
    }
    if family == "layer":
        found |= {
            name: getattr(import_module(where), name) for name, where in _PRIVATE_LAYERS.items()
        }
    return found


def _classes(family: str) -> dict[str, type]:
    """Return the accepted classes under their own names."""
    public = _public(family)
    named = {_own_name(cls, public): cls for cls in public.values()}
    return {name: named[name] for name in sorted(named) if refusal(family, name) is None}


def _own_name(cls: type, public: Mapping[str, type]) -> str:
    names = [name for name, other in public.items() if other is cls]
    return cls.__name__ if cls.__name__ in names else min(names, key=lambda n: (n.islower(), n))


def _aliases(family: str) -> dict[str, str]:
    public = _public(family)
    own = {name: _own_name(cls, public) for name, cls in sorted(public.items())}
    return {name: name_of for name, name_of in own.items() if name != name_of and name_of in public}


def _entry(family: str, cls: type) -> dict[str, Any]:
    arguments = {
        name: _tried(cls, name, _type_code(name, parameter))
        + ("!" if parameter.default is parameter.empty else "")
        for name, parameter in _parameters(cls).items()
    }
    entry: dict[str, Any] = {"arguments": arguments}
    if family == "layer":
        entry["call"] = list(_open_parameters(cls.call))  # type: ignore[attr-defined]
    return entry


@cache
def _parameters(cls: type) -> Signature:
    """Return the constructor's arguments, with those that reach a base class by `**kwargs`."""
    found: Signature = {}
    for index, base in enumerate(cls.__mro__):
        if "__init__" not in base.__dict__ or base is object:
            continue
        parameters = list(inspect.signature(base.__init__).parameters.values())[1:]  # type: ignore[misc]
        for parameter in parameters:
            named = parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
            # What a base class requires, the class itself hands over.
            if named and (index == 0 or parameter.default is not parameter.empty or not found):
                found.setdefault(parameter.name, parameter)
        if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
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
    sample = {
        name: _sample(name, cls.__name__)
        for name, parameter in found.items()
        if parameter.default is parameter.empty
    }
    try:
        cls(**{**sample, **arguments})
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
        if not words or _constructs(cls, {name: "nonsense"}):
            return code
        return "|".join(word for word in words if _constructs(cls, {name: word})) or code
    if code not in ("integers", "numbers"):
        return code
    value = _sample(name, cls.__name__)
    value = value[0] if isinstance(value, tuple) else value
    lists = any(_constructs(cls, {name: [value] * length}) for length in (1, 2, 3, 4))
    if _constructs(cls, {name: value}):
        return code if lists else code.removesuffix("s")
    return "list" if lists else code


def _constructs(cls: type, arguments: Mapping[str, Any]) -> bool:
    """Say whether a class can be made with these arguments."""
    required = {
        name: _sample(name, cls.__name__)
        for name, parameter in _parameters(cls).items()
        if parameter.default is parameter.empty
    }
    try:
        cls(**{**required, **arguments})
    except Exception:
        return False
    return True


@cache
def _sample(name: str, class_name: str) -> Any:
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


def _open_parameters(function: Any) -> Iterator[str]:
    """Yield the names of the arguments, `*` where any are taken."""
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            yield "*"
        elif parameter.name != "self":
            yield parameter.name


def _operations() -> Iterator[tuple[str, Any]]:
    keras = load_keras()
    for namespace in _OPS_NAMESPACES:
        module = getattr(keras.ops, namespace) if namespace else keras.ops
        for name in sorted(dir(module)):
            op = getattr(module, name)
            if name.startswith("_") or not inspect.isfunction(op):
                continue
            taken = set(_open_parameters(op))
            # Only what keras.ops itself lacks needs its namespace.
            known = bool(namespace) and hasattr(keras.ops, name)
            if not known and not taken & _FUNCTION_ARGUMENTS and taken:
                yield (f"{namespace}.{name}" if namespace else name), op


def _activations() -> Iterator[str]:
    module = load_keras().activations
    for name in dir(module):
        public = not name.startswith("_") and name not in ("get", "serialize", "deserialize")
        if public and inspect.isfunction(getattr(module, name)):
            yield name


def _dtypes() -> Iterator[str]:
    """Yield the names of dtype policies, without those of quantized models."""
    known = import_module("keras.src.backend.common.dtypes").ALLOWED_DTYPES
    yield from sorted(known)
    yield from ("mixed_bfloat16", "mixed_float16")


def _identifiers(family: str) -> dict[str, str]:
    """Return the names that `keras.FAMILY.get` takes, with the class each stands for."""
    known = import_module(FAMILIES[family].replace("keras.", "keras.src.")).ALL_OBJECTS_DICT
    to_snake_case = import_module("keras.src.utils.naming").to_snake_case
    public = _public(family)
    classes = {cls: name for name, cls in _classes(family).items()}
    # Losses are registered as functions: `mse` is `mean_squared_error`, of MeanSquaredError.
    by_function = {to_snake_case(name): cls for cls, name in classes.items()}
    found = {}
    for name, known_as in sorted(known.items()):
        cls = by_function.get(known_as.__name__, known_as)
        if cls in classes and name == name.lower():
            found[name] = _own_name(cls, public)
    return found


def _first_sentence(text: str) -> str:
    paragraph = " ".join(text.split("\n\n")[0].split()).replace("`", "")
    return re.split(r"(?<=[.:])\s", paragraph, maxsplit=1)[0].rstrip(":")[:160]


def _argument_sentences(cls: type) -> dict[str, str]:
    """Return the first sentence on each argument, from the `Args:` part of Keras's docstring."""
    text = inspect.getdoc(cls) or ""
    match = re.search(r"^Args:\n((?:[ \t]+.*\n|\n)*)", text + "\n", re.MULTILINE)
    if match is None:
        return {}
    found = {}
    pattern = r"^ {4}`?\*{0,2}(\w+(?:, \w+)*)`?: (.*(?:\n {5,}.*)*)"
    for names, said in re.findall(pattern, match[1], re.MULTILINE):
        for name in names.split(", "):
            found[name] = _first_sentence(said)
    known = _parameters(cls)
    return {name: said for name, said in found.items() if name in known}


def write(folder: Path) -> None:
    """Write both files into `folder`, one class a line, the same bytes for the same Keras."""
    for name, content in (("catalog", catalog()), ("descriptions", descriptions())):
        (folder / f"{name}.json").write_text(_text(content), encoding="utf-8")


def _text(content: Mapping[str, Any]) -> str:
    """Return JSON that a person can compare line by line."""
    return _nested(content, 3) + "\n"


def _nested(content: Any, levels: int) -> str:
    if levels == 0 or not isinstance(content, Mapping) or not content:
        return json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    lines = [f"{json.dumps(key)}:{_nested(value, levels - 1)}" for key, value in content.items()]
    return "{\n" + ",\n".join(lines) + "\n}"


if __name__ == "__main__":
    write(Path(cnncli.spec.__file__).parent)
