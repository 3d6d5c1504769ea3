"""What a run that begins or goes on stands on: threads, its images, the other workers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnncli.data.index import Index
from cnncli.runs import record
from cnncli.runs.directory import RunDirectory
from cnncli.spec.model import Spec
from cnncli.training import surroundings
from cnncli.training.begin import target_of
from cnncli.training.cluster.start import bring
from cnncli.training.cluster.workers import Workers
from cnncli.training.devices import refuse_several_machines
from cnncli.training.fetching import fetch_missing
from cnncli.training.hooks import Hooks
from cnncli.training.images import Images, reload


def ready(
    run: RunDirectory,
    about: dict[str, Any],
    network: Spec,
    images: Images | Index,
    workers: Workers | None,
    hooks: Hooks,
    *,
    cache: bool,
) -> Images:
    """Make ready what training stands on: threads, images, the other workers."""
    if workers is None:
        refuse_several_machines()
    else:
        workers.tell_guard(run.path)
    surroundings.keep(about, hooks)
    if not isinstance(images, Index):
        return images
    if workers is None and not run.state.exists():  # it begins anew, with the weights of its spec
        fetch_missing(network, hooks, about["threads"])
    read = own_images(run, about, network, images, hooks, cache=cache)
    if workers is not None:
        bring(workers, about, run.read_text(run.spec), read.rows, hooks)
    return read


def own_images(
    run: RunDirectory,
    about: Mapping[str, Any],
    network: Spec,
    found: Index,
    hooks: Hooks,
    *,
    cache: bool,
) -> Images:
    """Read the images of a run again, as this process has them."""
    taken = about["data"]["options"]
    target = target_of(network, taken["value_range"], taken.get("background"))
    rows = record.read_split(run.split, about["classes"])
    return reload(about, rows, target, found, hooks, cache=cache)
