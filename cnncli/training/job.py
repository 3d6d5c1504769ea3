"""A run from its directory to its end: new or resumed, the same way."""

from __future__ import annotations

import contextlib
import errno
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cnncli import spec as language
from cnncli.data.order import order
from cnncli.errors import CnncliError, DataError, ModelError, Terminated
from cnncli.network.build import build
from cnncli.network.pointwise import spare_strides
from cnncli.runs import model_file, record
from cnncli.runs.directory import FINISHED, STOPPED_EARLY, RunDirectory, is_run, lock
from cnncli.runs.trained import Meaning
from cnncli.spec.model import Spec
from cnncli.training import finish, recipe, state
from cnncli.training.adapt import check_outputs
from cnncli.training.begin import spec_digest_of, target_of
from cnncli.training.devices import Devices, devices, refuse_several_machines
from cnncli.training.hooks import Hooks
from cnncli.training.images import Images, reload
from cnncli.training.initial import start_from
from cnncli.training.loop import Examples, Loop
from cnncli.training.reporter import Reporter
from cnncli.training.signals import Stopped, StopRequest
from cnncli.words import counted


@dataclass(frozen=True)
class Outcome:
    """What a run came to: `state` is "finished" or "stopped early"."""

    run: RunDirectory
    state: str
    metrics: Mapping[str, Any]
    already: bool = False


@dataclass(frozen=True)
class Wishes:
    """What a resumed run may be asked for."""

    epochs: int | None = None
    data: str | None = None
    save_every: float = 60.0
    tensorboard: bool = False
    cache: bool = True


def carry_on(
    run: RunDirectory, hooks: Hooks, wishes: Wishes, images: Images | None = None
) -> Outcome:
    """Train a run to its last epoch, evaluate its best model, and write all of its files.

    `images` are those of a run that has just begun; otherwise they are read again and must be
    the same. Raises Stopped after a signal, CnncliError for what a user can mend; the last
    whole state stays where it is in any case.
    """
    if not is_run(run.path):
        raise ModelError(f"{run.path}: no run; it holds no {run.record.name}")
    with lock(run):
        about = run.read_record()
        about["tensorboard"] = about.get("tensorboard", False) or wishes.tensorboard
        if wishes.epochs is not None:
            about["epochs"] = _raised(run, about, wishes.epochs)
        if about["state"] in (FINISHED, STOPPED_EARLY) and not _more_to_do(run, about):
            return Outcome(run, about["state"], run.read_metrics(), already=True)
        with _kept(run, about):
            return _train(run, about, hooks, wishes, images)


def _train(
    run: RunDirectory,
    about: dict[str, Any],
    hooks: Hooks,
    wishes: Wishes,
    images: Images | None,
) -> Outcome:
    refuse_several_machines()
    network = _spec(run, about)
    _same_surroundings(about, hooks)
    if images is None:
        images = _own_images(run, about, network, wishes, hooks)
    began = time.monotonic()
    used = _devices(about, hooks)
    with used.scope():
        model = build(network, preprocessing=True)
        spare_strides(model)
        check_outputs(model.output_shape, len(images.classes))
        made = recipe.compile_model(model, network, validates=images.has("validation"))
    saved = state.read(run.state)
    if about["init"] and saved is None:
        hooks.note(start_from(model, about["init"]))
    meaning = _meaning(network, about, made.loss)
    best = _uncompiled(model)
    train, validation = _parts(images, network, made.loss, model.output_shape[-1])
    with hooks.display() as display:
        reporter = Reporter(run, about["epochs"], display, hooks, tensorboard=about["tensorboard"])
        if saved is not None:
            before = saved.facts["position"]
            reporter.catch_up(before["history"], before["best_epoch"])
        loop = Loop(
            model=model,
            train=train,
            validation=validation,
            batch_size=about["batch_size"],
            epochs=about["epochs"],
            seed=about["seed"],
            callbacks=made.callbacks,
            augmentation=made.augmentation,
            state_file=run.state,
            save_best=lambda: model_file.save(run.model, best, meaning),
            observer=reporter,
            order=order,
            devices=used,
            save_every=wishes.save_every,
        )
        run.write_record({**about, "state": "training"})
        with StopRequest(display.stopping) as stop:
            position = loop.run(saved, stop)
    about["state"] = STOPPED_EARLY if position.stopped_early else FINISHED
    about["timings"] = {
        "training": round(position.seconds, 3),
        "this_process": round(time.monotonic() - began, 3),
    }
    about["best_epoch"] = position.best_epoch
    metrics = finish.finish(run, images, position, hooks)
    run.write_record(about)
    run.add_to_log(about["state"])
    return Outcome(run, about["state"], metrics)


def _spec(run: RunDirectory, about: Mapping[str, Any]) -> Spec:
    try:
        text = run.spec.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ModelError(f"{run.path}: holds no {run.spec.name}") from error
    if spec_digest_of(text) != about["spec_digest"]:
        raise ModelError(
            f"{run.spec}: was changed since the run began, so it cannot be resumed",
            hint=f"Begin a new run with it: cnncli train DATA --arch {run.spec}",
        )
    return language.load_file(run.spec)


def _same_surroundings(about: dict[str, Any], hooks: Hooks) -> None:
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


def _devices(about: dict[str, Any], hooks: Hooks) -> Devices:
    """Return what there is to train on; say so when it is not what the run began with."""
    used = devices()
    if used.count > 1:
        hooks.note(f"Training on {used}s, which share each batch.")
    if about.get("devices") not in (None, str(used)):
        hooks.warn(
            f"this process trains on {used}, the run began on {about['devices']}: "
            "the last bits will differ"
        )
    about["devices"] = about.get("devices") or str(used)
    return used


def _parts(
    images: Images, network: Spec, loss: Any, units: int
) -> tuple[Examples, Examples | None]:
    """Return the images to train on and those to validate with, which there may be none of."""
    positive = images.positive_index
    made: dict[str, Examples] = {}
    for part in ("train", "validation"):
        rows = images.of_part(part)
        labels = images.labels[rows]
        weights = (
            recipe.weights(labels, images.classes, network.training.class_weight)
            if part == "train"
            else None
        )
        targets = recipe.targets(labels, loss, units, positive)
        if len(rows):
            made[part] = Examples(images.pixels, images.places[rows], targets, weights)
    if "train" not in made:
        raise DataError("no image is left to train on")
    return made["train"], made.get("validation")


def _own_images(
    run: RunDirectory, about: Mapping[str, Any], network: Spec, wishes: Wishes, hooks: Hooks
) -> Images:
    taken = about["data"]["options"]
    target = target_of(network, taken["value_range"], taken.get("background"))
    rows = record.read_split(run.split, about["classes"])
    return reload(about, rows, target, wishes.data, hooks, cache=wishes.cache)


def _meaning(network: Spec, about: Mapping[str, Any], loss: Any) -> Meaning:
    taken = about["data"]["options"]
    value_range: Sequence[float] | None = taken["value_range"]
    background: Sequence[int] | None = taken.get("background")
    return Meaning(
        classes=tuple(about["classes"]),
        positive=about["positive"],
        resize=network.resize,
        value_range=(value_range[0], value_range[1]) if value_range else None,
        background=(background[0], background[1], background[2]) if background else None,
        name=about["name"],
        loss=recipe.saved_loss(loss),
    )


def _uncompiled(model: Any) -> Any:
    """Return the same network without optimizer and metrics, which a saved one does not need."""
    import keras

    return keras.Model(model.inputs, model.outputs, name=model.name)


def _raised(run: RunDirectory, about: Mapping[str, Any], epochs: int) -> int:
    saved = state.read(run.state)
    done = saved.facts["position"]["epoch"] - 1 if saved is not None else 0
    if epochs < done:
        raise ModelError(
            f"{run.path}: {counted(done, 'epoch')} done already, so --epochs {epochs} cannot be",
            hint="--epochs is the number of all epochs, those that are done included.",
        )
    return epochs


def _more_to_do(run: RunDirectory, about: Mapping[str, Any]) -> bool:
    saved = state.read(run.state)
    if saved is None:
        return True
    position = saved.facts["position"]
    return not position["stopped_early"] and position["epoch"] <= about["epochs"]


@contextlib.contextmanager
def _kept(run: RunDirectory, about: dict[str, Any]) -> Iterator[None]:
    """Write down how a run was left, and turn the machine's faults into what a user can do."""
    resume = f"cnncli train --resume {run.path}"
    try:
        yield
    except (Stopped, KeyboardInterrupt, Terminated):  # within the loop, or outside of it
        _leave(run, about, "stopped")
        raise
    except CnncliError as error:
        _leave(run, about, "failed", error.message)
        raise
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise CnncliError(
                f"{run.path}: the disk is full; the last state there is whole",
                hint=f"Make room, then go on with: {resume}",
            ) from error
        raise
    except Exception as error:
        if type(error).__name__ == "ResourceExhaustedError" or isinstance(error, MemoryError):
            _leave(run, about, "failed", "out of memory")
            raise ModelError(
                f"out of memory with batches of {counted(about['batch_size'], 'image')}",
                hint="Begin again with smaller batches (--batch-size) or smaller images.",
            ) from error
        raise


def _leave(run: RunDirectory, about: dict[str, Any], how: str, why: str = "") -> None:
    with contextlib.suppress(OSError):  # the fault itself is what must be told
        run.write_record({**about, "state": how})
        run.add_to_log(f"{how} {why}".strip())
