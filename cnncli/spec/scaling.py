"""Whether anything brings pixels of 0..255 to a scale on which a network learns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import Any

from cnncli.spec import catalog, outside
from cnncli.spec.expansion import expand
from cnncli.spec.graph import Graph, Input, Node
from cnncli.spec.model import Preprocess, Spec
from cnncli.spec.ordering import names_in
from cnncli.spec.problems import Problems
from cnncli.spec.scaling_layers import FOR_PIXELS, NORMALIZING, ON_THE_WAY, SCALING

# What leaves these, with such an activation, is in proportion to what enters: where a layer
# behind them normalizes, the scale of the pixels is of no matter while a network is trained.
_PROPORTIONAL = frozenset(
    ("Conv2D", "DepthwiseConv2D", "SeparableConv2D", "Dense", "ReLU", "LeakyReLU", "Activation")
)
_BENT_AT_ZERO = (None, "linear", "relu", "leaky_relu", "ReLU", "LeakyReLU")
UNSCALED = "nothing scales the pixels: the network gets values from 0 to 255"


class _Scale(IntEnum):
    """What has become of pixels; of several inputs of a layer, the worst counts."""

    DONE = 0
    PROPORTIONAL = 1
    PIXELS = 2
    NEVER = 3  # they have come to a layer that learns from them as they are


def warn(spec: Spec, graph: Graph, problems: Problems, *, said: bool) -> None:
    """Warn of pixels that reach a network as 0..255, unless its file has `said` what it wants,
    and of those that are scaled twice.
    """
    if problems.errors:
        return
    _refuse_twice(spec, graph, problems)
    entry, node = unscaled(graph, spec.preprocess), _scaled_twice(graph, spec.preprocess)
    if entry is not None and not said:
        hint = "add the line preprocess: rescale (0..1) or preprocess: standardize"
        problems.warn(entry.where, UNSCALED, f"{hint}; if 0..255 is meant, preprocess: none")
    if node is not None:
        message = f"the pixels are scaled twice: preprocess: {spec.preprocess} has done it already"
        problems.warn(node.where, message, "leave one of the two out")


def _refuse_twice(spec: Spec, graph: Graph, problems: Problems) -> None:
    """Report a `preprocess` beside a network that prepares pixels of 0..255 itself."""
    if spec.preprocess == "none":
        return
    for node in outside.nodes(graph):
        if outside.prepares(node):
            _report_twice(spec, node, f"{node.class_name} prepares its pixels itself", problems)
        elif (scales := outside.scales_itself(node)) is not None and scales.from_pixels:
            _report_twice(spec, node, outside.said_of_scaling(node, scales), problems)
        elif scales is not None:
            problems.warn(
                node.where,
                f"{outside.said_of_scaling(node, scales)}, and preprocess: {spec.preprocess} comes "
                "before it",
                "if the network was trained on pixels of 0..255, leave preprocess out",
            )


def _report_twice(spec: Spec, node: Node, said: str, problems: Problems) -> None:
    problems.error(
        node.where,
        f"{said}, and takes 0..255: preprocess: {spec.preprocess} would do it twice",
        "leave preprocess out",
    )


def reach(spec: Spec) -> bool:
    """Whether pixels reach the network of a spec as 0..255."""
    return unscaled(expand(spec), spec.preprocess) is not None


def unscaled(graph: Graph, preprocess: Preprocess) -> Input | None:
    """Return the first image input whose values reach the network as 0..255, if there is one."""
    if preprocess != "none":
        return None
    for entry in _images(graph):
        if _follow(graph, {entry.name: _Scale.PIXELS}) is not _Scale.DONE:
            return entry
    return None


def _scaled_twice(graph: Graph, preprocess: Preprocess) -> Node | None:
    """Return the layer that scales pixels as if `preprocess` had not done so, if there is one."""
    if preprocess == "none":
        return None
    images = {each.name for each in _images(graph)}
    for node in graph.nodes:
        takes = node.class_name == "Rescaling" and images & set(names_in(node.inputs))
        scale = node.arguments.get("scale")
        if takes and isinstance(scale, int | float) and abs(scale) < FOR_PIXELS:
            return node
    return None


def _images(graph: Graph) -> Iterator[Input]:
    """Yield the inputs that are grey or colour images."""
    for each in graph.inputs:
        shape: tuple[Any, ...] = each.arguments.get("shape", ())
        if len(shape) == 3 and shape[-1] in (1, 3):
            yield each


def _follow(graph: Graph, entered: Mapping[str, _Scale]) -> _Scale:
    """Return what has become of pixels where they leave a graph; `entered` is by input."""
    scales = dict(entered)
    layers = {node.name: node for node in graph.nodes}
    for node in graph.nodes:
        scale = _worst(scales, node.inputs)
        layer = layers[node.class_name] if node.kind == "use" else node
        if scale is _Scale.DONE:
            continue
        if layer.graph is not None:
            scales[node.name] = _within(layer.graph, node, scales)
        else:
            scales[node.name] = _behind(layer, scale)
        if scales[node.name] is _Scale.NEVER:
            return _Scale.NEVER
    return _worst(scales, graph.outputs)


def _worst(scales: Mapping[str, _Scale], inputs: Any) -> _Scale:
    return max((scales.get(name, _Scale.DONE) for name in names_in(inputs)), default=_Scale.DONE)


def _within(graph: Graph, node: Node, scales: Mapping[str, _Scale]) -> _Scale:
    """Return what has become of pixels behind a nested network."""
    given = node.inputs if isinstance(node.inputs, tuple | Mapping) else (node.inputs,)
    if not isinstance(given, Mapping):
        given = dict(zip((each.name for each in graph.inputs), given, strict=False))
    return _follow(graph, {name: _worst(scales, refs) for name, refs in given.items()})


def _behind(layer: Node, entered: _Scale) -> _Scale:
    if outside.is_outside(layer.class_name):  # it prepares its pixels itself, or has its own scale
        return _Scale.DONE
    kind, activation = _class(layer), layer.arguments.get("activation")
    activation = getattr(activation, "class_name", activation)
    if kind in (SCALING if entered is _Scale.PIXELS else NORMALIZING):
        return _Scale.DONE
    if kind in ON_THE_WAY:
        return entered
    if kind in _PROPORTIONAL and activation in _BENT_AT_ZERO:
        return _Scale.PROPORTIONAL
    return _Scale.NEVER


def _class(node: Node) -> str:
    """Return the class of a layer by its own name, or that of a function of keras.ops."""
    if node.kind == "op":
        return node.class_name.title().replace("_", "")
    entry = catalog.find("layer", node.class_name)
    return entry.name if entry is not None else node.class_name
