"""Layers that are networks from outside: made, prepared for pixels of 0..255, and filled."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from cnncli.errors import CnncliError
from cnncli.network import applications, keras_file, other_weights, sources
from cnncli.network.backend import load_keras
from cnncli.network.faults import Fault, describe
from cnncli.network.parameters import is_unfilled, once_initialized
from cnncli.network.preparation import Preparation
from cnncli.network.preparing import prepared
from cnncli.network.walk import calls, functional
from cnncli.spec import catalog, network_files, outside
from cnncli.spec.application_families import FAMILIES, family_of
from cnncli.spec.graph import Node, Position

# Arguments of ours, which Keras's constructors do not take.
OURS = ("include_top", "trainable", "weights")
_COLOURS = ("torch", "caffe")  # the ways of preparing pixels that know red, green and blue


def outside_layer(node: Node, entering: Any) -> Any:
    """Make the network that stands as one layer behind `entering`; raises Fault.

    Its weights come from where the node says, once there is memory for them.
    """
    shape = getattr(entering, "shape", None)
    if shape is None or len(shape) != 4:
        raise Fault(f"{node.class_name} takes one image, height x width x channels", node.where)
    make = _of_file if node.class_name == outside.PRETRAINED else _application
    try:
        model = make(node, tuple(shape)[1:])
    except (Fault, MemoryError):
        raise
    except CnncliError as error:
        raise Fault(error.message, node.where, error.hint) from error
    except Exception as error:
        raise Fault(f"{node.class_name}: {describe(error)}", node.where) from error
    model.name = node.name
    if node.arguments.get("trainable") is False:
        model.trainable = False
    return model


def _application(node: Node, shape: Sequence[int | None]) -> Any:
    name = node.class_name.removeprefix(outside.APPLICATIONS)
    family = str(catalog.applications()[name]["module"])
    weights = node.arguments.get("weights", outside.IMAGENET)
    imagenet = weights == outside.IMAGENET
    _refuse_colours(node, shape, needed=imagenet or FAMILIES[family] in _COLOURS)
    given = {key: value for key, value in node.arguments.items() if key not in OURS}
    model, asked = applications.backbone(name, given, shape, imagenet=imagenet)
    whole = prepared(model, preparation_of(node.class_name, None))
    if asked is not None:
        sources.ask(whole, asked)
        once_initialized(lambda: sources.note(whole, other_weights.fetched(model, asked), asked))
    elif weights is not None and not is_unfilled():
        where = node.argument_where.get("weights", node.where)
        with _faults_at(where):
            other_weights.refuse_misfit(model, Path(weights))
        once_initialized(lambda: _from_file(whole, model, Path(weights), where))
    return whole


def _from_file(whole: Any, model: Any, path: Path, where: Position) -> None:
    with _faults_at(where):
        sources.note(whole, other_weights.from_file(model, path))


@contextlib.contextmanager
def _faults_at(where: Position) -> Iterator[None]:
    """Let what is wrong with a file be told at the place that names it."""
    try:
        yield
    except CnncliError as error:
        raise Fault(error.message, where, error.hint) from error


def _of_file(node: Node, shape: Sequence[int | None]) -> Any:
    path = network_files.of_model(Path(node.arguments["file"]))
    model, fill = keras_file.begun(keras_file.read(path))
    graph = functional(model)
    sizes = tuple(graph.inputs[0].shape)[1:] if len(graph.inputs) == 1 else ()
    if len(sizes) != 3 or any(
        None not in pair and len(set(pair)) > 1 for pair in zip(shape, sizes, strict=True)
    ):
        met = ", ".join(str(list(each.shape[1:])) for each in graph.inputs)
        raise Fault(f"{path} takes {met}, and is given {list(shape)}", node.where)
    preparation = preparation_of(node.class_name, node.arguments.get("prepare"))
    if preparation.family is not None:
        _refuse_colours(node, sizes, needed=FAMILIES[preparation.family] in _COLOURS)
    whole = _cut(prepared(model, preparation), node, path)

    def filled() -> None:
        with _faults_at(node.argument_where.get("file", node.where)):
            fill()
        sources.note(whole, path)

    once_initialized(filled)
    return whole


def _refuse_colours(node: Node, shape: Sequence[int | None], *, needed: bool) -> None:
    if needed and shape[-1] != 3:
        raise Fault(
            f"{node.class_name} takes 3 channels, and is given {shape[-1]}",
            node.where,
            "write input: [height, width, 3]; a grey image then has three equal channels",
        )


def preparation_of(word: str, said: Any) -> Preparation:
    """Return what happens to pixels of 0..255 before a network, of which `prepare` says `said`."""
    if word != outside.PRETRAINED:
        return Preparation(family=family_of(word.removeprefix(outside.APPLICATIONS)))
    if isinstance(said, tuple):
        return Preparation(input_range=(float(said[0]), float(said[1])))
    if said == outside.RESCALE:
        return Preparation(input_range=(0.0, 1.0))
    if said == outside.STANDARDIZE:
        return Preparation(standardize=True)
    return Preparation(family=family_of(said) if said is not None else None)


def _cut(model: Any, node: Node, path: Path) -> Any:
    """Return the network as far as the layer that `until` names, that one with it."""
    until = node.arguments.get("until")
    graph = functional(model)
    if until is None:
        return model
    made = {call.operation.name: call for call in calls(graph)}
    if until not in made:
        where = node.argument_where.get("until", node.where)
        raise Fault(f'{path} has no layer "{until}"', where, network_files.meant_layer(until, made))
    outputs = made[until].outputs
    if len(outputs) > 1:
        raise Fault(f'"{until}" of {path} has {len(outputs)} results', node.where)
    return load_keras().Model(graph.inputs, outputs[0], name=model.name)
