"""The layer that does what `preprocess` says, in front of an architecture's own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cnncli.spec import expand
from cnncli.spec.graph import EMPTY, Graph, Input, Node, Ref
from cnncli.spec.model import Preprocess, Spec

# Layers of Keras's own without weights, so that a saved network loads without cnncli.
# LayerNormalization over a whole image is the lesson's standardisation: mean 0, variance 1;
# the epsilon keeps an image of one colour from becoming NaN.
_LAYERS: dict[str, tuple[str, dict[str, Any]]] = {
    "standardize": (
        "LayerNormalization",
        {"axis": (1, 2, 3), "epsilon": 1e-3, "center": False, "scale": False},
    ),
    "rescale": ("Rescaling", {"scale": 1 / 255}),
}


def with_preprocessing(graph: Graph, preprocess: Preprocess) -> Graph:
    """Return `graph` with a layer `preprocess` behind each input that is an image."""
    if preprocess == "none":
        return graph
    taken = {node.name for node in graph.nodes} | {entry.name for entry in graph.inputs}
    images = [entry for entry in graph.inputs if len(entry.arguments.get("shape", ())) == 3]
    names: dict[str, str] = {}
    for entry in images:
        names[entry.name] = _free(
            "preprocess" if len(images) == 1 else f"preprocess_{entry.name}", taken
        )
    nodes = tuple(_node(entry, names[entry.name], preprocess) for entry in images)
    behind = tuple(replace(n, inputs=_redirected(n.inputs, names)) for n in graph.nodes)
    return replace(graph, nodes=nodes + behind, outputs=_redirected(graph.outputs, names))


def layer_names(spec: Spec) -> list[str]:
    """Return the names of inputs and layers that the Keras model of a spec will have."""
    graph = with_preprocessing(expand(spec), spec.preprocess)
    return [*(entry.name for entry in graph.inputs), *(node.name for node in graph.nodes)]


def arguments_of(preprocess: Preprocess) -> dict[str, Any]:
    """Return the arguments of the layer that does what a word of a spec says."""
    return dict(_LAYERS[preprocess][1])


def what_it_does(name: str, class_name: str) -> str | None:
    """Return the word of a spec that put a layer there: "standardize"; None for any other."""
    if name.partition("_")[0] != "preprocess":
        return None
    words = {made: word for word, (made, _) in _LAYERS.items()}
    return words.get(class_name)


def _node(entry: Input, name: str, preprocess: Preprocess) -> Node:
    class_name, arguments = _LAYERS[preprocess]
    return Node(
        name=name,
        kind="layer",
        class_name=class_name,
        arguments=arguments,
        inputs=Ref(entry.name, None, entry.where),
        where=entry.where,
        call=EMPTY,
        argument_where=EMPTY,
    )


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def _redirected(inputs: Any, names: dict[str, str]) -> Any:
    if isinstance(inputs, Ref):
        return replace(inputs, name=names.get(inputs.name, inputs.name))
    if isinstance(inputs, tuple):
        return tuple(_redirected(item, names) for item in inputs)
    if inputs is None:
        return None
    return {key: _redirected(item, names) for key, item in inputs.items()}
