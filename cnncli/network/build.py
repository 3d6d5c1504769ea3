"""Spec -> Keras model."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from cnncli.network.backend import load_keras
from cnncli.network.faults import Fault
from cnncli.network.graphs import functional_model
from cnncli.network.parameters import DEFAULT_BOUND, deferred_weights
from cnncli.network.preprocessing import with_preprocessing
from cnncli.spec.graph import Graph
from cnncli.spec.model import Source, Spec


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

    Raises SpecError, with the line and column in the spec, for what Keras refuses and for more
    than `max_params` parameters, which is found before memory is taken.
    """
    graph = import_module("cnncli.spec").expand(spec)
    if preprocessing:
        graph = with_preprocessing(graph, spec.preprocess)
    return build_graph(
        graph,
        source=spec.source,
        seed=spec.seed,
        dtype=spec.dtype,
        max_params=max_params,
        weights=weights,
    )


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
    keras = load_keras()
    keras.utils.set_random_seed(seed)
    try:
        with _dtype_policy(dtype), deferred_weights(max_params, initialize=weights) as bound:
            return functional_model(graph, bound)
    except Fault as fault:
        raise fault.in_source(source) from fault.__cause__


@contextlib.contextmanager
def _dtype_policy(dtype: str | None) -> Iterator[None]:
    config = load_keras().config
    before = config.dtype_policy()
    if dtype is not None:
        config.set_dtype_policy(dtype)
    try:
        yield
    finally:
        config.set_dtype_policy(before)
