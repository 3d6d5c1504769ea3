"""Weights from the net are brought here before anything else of a run takes its time."""

from __future__ import annotations

from cnncli.network.build import build
from cnncli.network.sources import missing
from cnncli.runs import record
from cnncli.spec import expand, outside
from cnncli.spec.model import Spec
from cnncli.training.hooks import Hooks


def fetch_missing(network: Spec, hooks: Hooks, threads: int | None = None) -> None:
    """Fetch the weights that a network needs from the net and that are not here yet.

    `threads` are those that a run computes with, where that is settled. Raises ModelError where
    the weights cannot be had, SpecError where Keras cannot build the network.
    """
    if not any(map(outside.is_fetched, outside.nodes(expand(network)))):
        return
    hooks.load_keras()
    record.set_threads(threads)  # before anything is computed, or the number cannot be set any more
    if missing(build(network, weights=False)):
        build(network)
