"""A run from the side of a worker that is not the chief: it trains along, and leaves no files."""

from __future__ import annotations

from cnncli import files
from cnncli import spec as language
from cnncli.data.labels import Labels
from cnncli.errors import CnncliError
from cnncli.runs.directory import RunDirectory
from cnncli.training.cluster.workers import Workers
from cnncli.training.hooks import Hooks
from cnncli.training.images import Images, listed
from cnncli.training.job import Wishes, carry_on
from cnncli.training.ready import own_images


def follow(
    workers: Workers, data: str | None, labels: Labels | None, hooks: Hooks, wishes: Wishes
) -> None:
    """Train along with the chief, on the images as this worker has them.

    `data` and `labels` are where they are here, None for where the chief has them. Raises what
    `carry_on` does, and what any worker finds to be different from what the chief has.
    """
    taken = workers.take()
    if taken is None:
        return
    run, about = RunDirectory(workers.folder), dict(taken.record)
    files.write_text(run.spec, taken.spec)
    files.write_text(run.split, taken.split)
    if labels is not None:
        about["data"]["labels"] = labels.record()
    run.write_record(about)
    images: Images | None = None
    fault: str | None = None
    try:
        found, network = listed(about, data), language.load_file(run.spec)
        images = own_images(run, about, network, found, hooks, cache=wishes.cache)
    except CnncliError as error:
        fault = error.message
    workers.answer(fault)
    hooks.load_keras()
    workers.join(about["threads"])
    carry_on(run, hooks, wishes, images, workers)
