"""The lines of Python that make a network from outside: its preparation and it, as one model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from cnncli.errors import ModelError
from cnncli.exporters.python_text import Call, Named, literal, quoted
from cnncli.exporters.python_values import Imports
from cnncli.network.outside_layers import OURS, preparation_of
from cnncli.network.preparation import layer_arguments
from cnncli.spec import network_files, outside
from cnncli.spec.model import LayerUse, Param

Write = Callable[[str, str], None]  # a variable, and the expression that it gets


def write_network(
    use: LayerUse,
    entering: str,
    write: Write,
    used: Imports,
    names: Callable[[str], str],
    of: Callable[[str, Any], str],
    name: str | None,
) -> str:
    """Write a network behind the tensor `entering`; return the variable that holds it.

    `names` makes free variables, `of` writes values. Raises ModelError for weights that plain
    Keras reads in no one line.
    """
    label = use.name or outside.label(use.word)
    base, inputs, x = names(f"{label}_network"), names(f"{label}_inputs"), names("z")
    used.layers.add("Input")
    used.models.add("Model")
    write(inputs, Call("Input", [f"{entering}.shape[1:]"]))
    before = inputs
    for prepare in _preparation(use, used):
        write(x, prepare(before))
        before = x
    if use.word == outside.PRETRAINED:
        _from_file(use, base, write, used, of)
    else:
        write(base, _application(use, inputs, used, of))
    called = [Named("name", quoted(name))] if name is not None else []
    write(base, Call("Model", [inputs, f"{base}({before})", *called]))
    if use.arguments.get("trainable") is False:
        write(f"{base}.trainable", "False")
    return base


def _preparation(use: LayerUse, used: Imports) -> Iterator[Callable[[str], str]]:
    """Yield what prepares pixels of 0..255: functions from a tensor to an expression."""
    for word, arguments in layer_arguments(preparation_of(use.word, use.arguments.get("prepare"))):
        if word == "flip":
            used.modules.add("ops")
            yield lambda before: Call("ops.flip", [before, "axis=-1"])
        else:
            used.layers.add(word)
            given = [Named(key, literal(value)) for key, value in arguments.items()]
            yield partial(_of_layer, word, given)


def _of_layer(word: str, arguments: list[Named], before: str) -> str:
    return Call(word, arguments, [before])


def _application(use: LayerUse, inputs: str, used: Imports, of: Callable[[str, Any], str]) -> str:
    used.modules.add("applications")
    weights = use.arguments.get("weights", outside.IMAGENET)
    if isinstance(weights, str) and weights != outside.IMAGENET and not weights.endswith(".h5"):
        raise ModelError(
            f"{use.word}: plain Keras does not take its weights from {weights}",
            hint="Save them alone, as .weights.h5, and name that file in the spec.",
        )
    own = {key: value for key, value in use.arguments.items() if key not in OURS}
    given = {"include_top": False, "weights": weights, **own}
    arguments = [Named(key, of(key, value)) for key, value in given.items()]
    return Call(use.word, [*arguments, Named("input_shape", f"{inputs}.shape[1:]")])


def _from_file(
    use: LayerUse, base: str, write: Write, used: Imports, of: Callable[[str, Any], str]
) -> None:
    used.models.add("load_model")
    file = use.arguments["file"]
    said = (
        of("file", file)
        if isinstance(file, Param)
        else quoted(str(network_files.of_model(Path(file))))
    )
    write(base, Call("load_model", [said]))
    if use.arguments.get("until") is not None:
        until = Call(f"{base}.get_layer", [of("until", use.arguments["until"])])
        write(base, Call("Model", [f"{base}.inputs", f"{until}.output"]))
