"""What the bits of a run depend on beside its recipe: threads, versions, devices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cnncli.errors import ModelError
from cnncli.runs import record
from cnncli.training.cluster.workers import Workers
from cnncli.training.devices import Devices, devices
from cnncli.training.hooks import Hooks
from cnncli.words import devices_in_words


def keep(about: dict[str, Any], hooks: Hooks) -> None:
    """Fix what the bits depend on; say what is not as it was when the run began."""
    hooks.load_keras()
    import keras

    threads = record.set_threads(about["threads"])
    if about["threads"] not in (None, threads):
        hooks.warn(
            f"this process uses {threads} threads, the run began with {about['threads']}: "
            "the last bits will differ"
        )
    about["threads"] = about["threads"] or threads
    changes = record.version_changes(about["versions"], record.versions())
    if changes:
        hooks.warn(f"other versions than the run began with: {', '.join(changes)}")
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(about["seed"])


def refuse_other_weights(about: Mapping[str, Any], found: Sequence[Mapping[str, str]]) -> None:
    """Raise ModelError where a run that begins anew would begin with other weights than before."""
    before = {each["layer"]: each["sha256"] for each in about.get("weights", ())}
    for each in found:
        if before.get(each["layer"], each["sha256"]) != each["sha256"]:
            raise ModelError(
                f"{each.get('path', each['file'])}: its weights were changed since the run began",
                hint="Put the file back, or begin a new run with it.",
            )


def devices_of(about: dict[str, Any], hooks: Hooks, workers: Workers | None) -> Devices:
    """Return what there is to train on; say so when it is not what the run began with."""
    used = devices() if workers is None else workers.devices
    if used.count > 1:
        hooks.note(f"Training on {used.words}, which share each batch.")
    if about.get("devices") not in (None, str(used)):
        hooks.warn(
            f"this process trains on {used.words}, the run began on "
            f"{devices_in_words(about['devices'])}: the last bits will differ"
        )
    about["devices"] = about.get("devices") or str(used)
    return used
