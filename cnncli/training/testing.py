"""The test part of a run that was held back, looked at when the choice of the run is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnncli.runs.directory import RunDirectory, lock
from cnncli.spec import load_file
from cnncli.training import finish
from cnncli.training.hooks import Hooks
from cnncli.training.images import listed
from cnncli.training.ready import own_images
from cnncli.training.surroundings import keep


def test_once(run: RunDirectory, hooks: Hooks) -> Mapping[str, Any]:
    """Evaluate a finished run on its test part, unless that was done; return its metrics.

    Afterwards its directory is as if the test part had not been held back. Raises CnncliError
    where the images are not there any more, or are not the same.
    """
    with lock(run):
        about = run.read_record()
        if not finish.held_back(about):
            return run.read_metrics()
        keep(about, hooks)
        found, network = listed(about, None), load_file(run.spec)
        cache = about["data"]["options"]["cache"]
        images = own_images(run, about, network, found, hooks, cache=cache)
        metrics = finish.test(run, about, images, hooks)
        del about["test_held_back"]
        run.write_record(about)
        return metrics
