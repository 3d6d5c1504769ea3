"""Make the catalog of Keras's signatures that the spec reader checks against, without Keras.

    python -m cnncli.network.catalog

writes `catalog.json`, `descriptions.json` and `reference.json` in `cnncli/spec` from the installed
Keras.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from itertools import accumulate
from pathlib import Path
from typing import Any

import cnncli.spec
from cnncli.network.backend import load_keras
from cnncli.network.bounds import constraints
from cnncli.network.objects import APPLICATION_LAYERS
from cnncli.network.reference import of_class, of_operation
from cnncli.network.signatures import argument_types, parameters
from cnncli.spec.families import FAMILIES, refusal

# The end of a sentence, which that of an abbreviation is not.
_BLANK = re.compile(r"\{\{\w+\}\}")  # what Keras fills in elsewhere
_SENTENCE = re.compile(r"(?<=[.:])(?<!e\.g\.)(?<!i\.e\.)(?<!a\.k\.a\.)(?<!etc\.)\s")
_OPS_NAMESPACES = ("", "image", "linalg", "nn", "numpy")
# Operations that take a function, for which a spec has no words.
_FUNCTION_ARGUMENTS = {"f", "fn", "body_fun", "cond", "branches", "true_fn", "pyfunc", "body"}

# The families of which Keras takes lower-case names.
_IDENTIFIED = ("optimizer", "loss", "metric", "initializer", "regularizer", "constraint")


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
        "applications": dict(_applications()),
        "ops": {name: list(_open_parameters(op)) for name, op in _operations()},
    }


def _applications() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the networks of `keras.applications`, each with its module and its arguments."""
    module = load_keras().applications
    for name in dir(module):
        made_by = getattr(module, name)
        if inspect.isfunction(made_by):
            room = made_by.__module__.rpartition(".")[2]
            yield name, {"module": room, "arguments": list(_open_parameters(made_by))}


def descriptions() -> dict[str, Any]:
    """Return Keras's first sentence on each class and on each of its arguments."""
    families: dict[str, Any] = {
        family: {
            name: {"": _first_sentence(cls.__doc__ or ""), **_argument_sentences(cls)}
            for name, cls in _classes(family).items()
        }
        for family in FAMILIES
    }
    functions = load_keras().activations
    families["activation"] = {
        name: {"": _first_sentence(inspect.getdoc(getattr(functions, name)) or "")}
        for name in sorted(_activations())
    }
    families["op"] = {
        name: {"": _first_sentence(inspect.getdoc(op) or "")} for name, op in _operations()
    }
    return families


def reference() -> dict[str, Any]:
    """Return the defaults of all arguments, and what else `cnncli layers` shows."""
    families = {
        family: {name: of_class(cls) for name, cls in _classes(family).items()}
        for family in FAMILIES
    }
    return {**families, "op": {name: of_operation(op) for name, op in _operations()}}


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
            name: getattr(import_module(where), name) for name, where in APPLICATION_LAYERS.items()
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
    types = argument_types(cls)
    entry: dict[str, Any] = {"arguments": types}
    bounds = constraints(cls, types, layer=family == "layer")
    if bounds:
        entry["bounds"] = bounds
    if family == "layer":
        entry["call"] = list(_open_parameters(cls.call))  # type: ignore[attr-defined]
    return entry


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
        if cls in classes and name == name.lower() and _is_taken(family, name):
            found[name] = _own_name(cls, public)
    return found


def _is_taken(family: str, name: str) -> bool:
    """Say whether Keras makes an object of a name alone: of `constant` it asks for the value."""
    if family not in ("initializer", "regularizer", "constraint"):
        return True
    try:
        import_module(FAMILIES[family]).get(name)
    except (KeyError, ValueError, TypeError):
        return False
    return True


def _first_sentence(text: str) -> str:
    paragraph = " ".join(_BLANK.sub("", text).split("\n\n")[0].split()).replace("`", "")
    parts = accumulate(_SENTENCE.split(paragraph), "{} {}".format)
    whole = (part for part in parts if part.count("(") <= part.count(")"))
    return next(whole, paragraph).rstrip(":")


def _argument_sentences(cls: type) -> dict[str, str]:
    """Return the first sentence on each argument, from the `Args:` part of Keras's docstring."""
    text = inspect.getdoc(cls) or ""
    match = re.search(r"^Args:\n((?:[ \t]+.*\n|\n)*)", text + "\n", re.MULTILINE)
    if match is None:
        return {}
    found = {}
    name = r"`?\*{0,2}(?:\w+(?:, \w+)*)`?: "
    # What goes on should be indented further; in some docstrings it is not.
    pattern = rf"^ {{4}}`?\*{{0,2}}(\w+(?:, \w+)*)`?: (.*(?:\n(?: {{5,}}| {{4}}(?!{name})).*)*)"
    for names, said in re.findall(pattern, match[1], re.MULTILINE):
        for name in names.split(", "):
            found[name] = _first_sentence(said)
    known = parameters(cls)
    return {name: said for name, said in found.items() if name in known}


def write(folder: Path) -> None:
    """Write the files into `folder`, one class a line, the same bytes for the same Keras."""
    for make in (catalog, descriptions, reference):
        (folder / f"{make.__name__}.json").write_text(_text(make()), encoding="utf-8")


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
