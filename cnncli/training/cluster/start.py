"""The start of a run on several workers, as the chief makes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnncli.runs import record
from cnncli.runs.record import SplitRow
from cnncli.training.cluster.workers import Files, Workers
from cnncli.training.hooks import Hooks


def bring(
    workers: Workers, about: dict[str, Any], spec: str, rows: Sequence[SplitRow], hooks: Hooks
) -> None:
    """Give the other workers what a run begins with, and let TensorFlow join them.

    All compute with the threads of the chief. Raises, the same on all, what a worker finds to be
    different on its side: its images, above all.
    """
    about["threads"] = about["threads"] or record.threads()
    workers.bring(Files(about, spec, record.split_csv(rows)))
    hooks.load_keras()
    workers.join(about["threads"])
