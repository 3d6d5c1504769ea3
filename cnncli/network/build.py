"""Spec -> Keras model."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from cnncli.network.backend import load_keras
from cnncli.network.faults import Fault
from cnncli.network.graphs import functional_model
from cnncli.network.leaves import refuse_patterns
from cnncli.network.numbering import own_names
from cnncli.network.objects import dtype_policy
from cnncli.network.parameters import DEFAULT_BOUND, deferred_weights
from cnncli.network.preprocessing import with_preprocessing
from cnncli.network.trainable import freeze, thaw
from cnncli.spec import expand
from cnncli.spec.graph import Graph, Node, Thing
from cnncli.spec.layers import MOST_LAYERS
from cnncli.spec.model import Source, Spec

# Keras's walk over a graph goes one call deep for each layer; some more for what it does there.
_CALLS_FOR_A_LAYER = 4


def build(
    spec: Spec,
    *,
    max_params: int = DEFAULT_BOUND,
    preprocessing: bool = False,
    weights: bool = True,
) -> Any:
    """Build the Keras model of `spec`; the same spec gives the same weights, bit for bit.

    The model takes float32 arrays of shape (batch, *input). With `preprocessing`, a layer of
    Keras's own that does what the spec's `preprocess` says stands behind each image input, so
    that the model takes pixels of 0..255. Without `weights`, the variables have shapes only:
    enough to look at a network, in a third of the time and without its memory.

    Seeds Python, NumPy and TensorFlow with `spec.seed`.

    Raises SpecError, with the line and column in the spec, for what Keras refuses, for layers
    that `freeze` names and that are not there, and for more than `max_params` parameters, which
    is found before memory is taken.
    """
    graph = expand(spec)
    if preprocessing:
        graph = with_preprocessing(graph, spec.preprocess)
    model = build_graph(
        graph,
        source=spec.source,
        seed=spec.seed,
        dtype=spec.dtype,
        max_params=max_params,
        weights=weights,
    )
    refuse_patterns(model, spec)
    return model


def build_graph(
    graph: Graph,
    *,
    source: Source | None = None,
    seed: int = 0,
    dtype: str | None = None,
    max_params: int = DEFAULT_BOUND,
    weights: bool = True,
) -> Any:
    """Build the Keras model of an expanded graph; see `build`."""
    try:
        with dtype_policy(dtype, graph.where), own_names(), deep_recursion():
            load_keras().utils.set_random_seed(seed)
            counted = _stateless(graph)
            if weights and counted != graph:
                model = _built_at_once(graph, counted, seed, max_params)
                frozen = thaw(model)
            else:
                with deferred_weights(max_params, initialize=weights) as bound:
                    model = functional_model(counted, bound)
                    frozen = thaw(model)
    except Fault as fault:
        raise fault.in_source(source) from fault.__cause__
    freeze(frozen)
    return model


def _built_at_once(graph: Graph, counted: Graph, seed: int, max_params: int) -> Any:
    """Build with memory from the start, as the states of a stateful layer need, once counted."""
    with deferred_weights(max_params, initialize=False) as bound:
        functional_model(counted, bound)
    load_keras().utils.set_random_seed(seed)
    return functional_model(graph)


def _stateless(value: Any) -> Any:
    """Return a graph or thing without `stateful`, whose states have values from the start."""
    if isinstance(value, Graph):
        return replace(value, nodes=tuple(_stateless(node) for node in value.nodes))
    if isinstance(value, Node):
        nested = _stateless(value.graph) if value.graph is not None else None
        return replace(value, arguments=_stateless(value.arguments), graph=nested)
    if isinstance(value, Thing):
        return replace(value, arguments=_stateless(value.arguments))
    if isinstance(value, Mapping):
        return {k: _stateless(v) for k, v in value.items() if (k, v) != ("stateful", True)}
    if isinstance(value, tuple | list):
        return tuple(_stateless(item) for item in value)
    return value


@contextlib.contextmanager
def deep_recursion() -> Iterator[None]:
    """Let Keras walk back along a chain as long as a spec may be: it calls itself layer by layer.

    Python's own calls take no room on the stack of the process, so that the limit may be raised.
    """
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _CALLS_FOR_A_LAYER * MOST_LAYERS))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
