"""A run from its directory to its end: new or resumed, the same way."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cnncli import files
from cnncli import spec as language
from cnncli.data.index import Index
from cnncli.data.order import order
from cnncli.errors import ModelError
from cnncli.network import several
from cnncli.network.build import build
from cnncli.network.parameters import unfilled
from cnncli.network.pointwise import spare_strides
from cnncli.network.sources import sources
from cnncli.runs import life, record, threshold
from cnncli.runs.directory import FINISHED, STOPPED_EARLY, RunDirectory, is_run, lock
from cnncli.spec.model import Spec
from cnncli.training import (
    determinism,
    doubts,
    finish,
    leaving,
    length,
    normalization,
    state,
    surroundings,
)
from cnncli.training.adapt import check_outputs
from cnncli.training.begin import spec_digest_of
from cnncli.training.best import BestModel, meaning_of
from cnncli.training.cluster.workers import Workers, awaiting_the_guard
from cnncli.training.course import Course
from cnncli.training.devices import Devices
from cnncli.training.hooks import Hooks
from cnncli.training.images import Images, listed
from cnncli.training.initial import require_same, start_from
from cnncli.training.loop import Loop
from cnncli.training.position import Position
from cnncli.training.ready import ready
from cnncli.training.reporter import Reporter
from cnncli.training.signals import StopRequest


@dataclass(frozen=True)
class Outcome:
    """What a run came to: `state` is "finished" or "stopped early"."""

    run: RunDirectory
    state: str
    metrics: Mapping[str, Any]
    already: bool = False
    phases: int = 0  # of a run that has them
    holds_test_back: bool = False


@dataclass(frozen=True)
class Wishes:
    """What a resumed run may be asked for."""

    epochs: int | None = None
    data: str | None = None
    save_every: float = 60.0
    tensorboard: bool = False
    cache: bool = True
    command: Sequence[str] = ()


def carry_on(
    run: RunDirectory,
    hooks: Hooks,
    wishes: Wishes,
    images: Images | None = None,
    workers: Workers | None = None,
) -> Outcome:
    """Train a run to its last epoch, evaluate its best model, and write all of its files.

    `images` are those of a run that has just begun; otherwise they are read again and must be
    the same. With `workers` this process trains together with others. Raises Stopped after a
    signal, CnncliError for what a user can mend; the last whole state stays where it is in any
    case.
    """
    if not is_run(run.path):
        if (together := several.told(run.path, run.MODEL)) is not None:
            hint = f"Go on with it: {several.resume(run.path)}"
            raise ModelError(f"{run.path}: {together[0]}", hint=hint)
        raise ModelError(f"{run.path}: no run; it holds no {run.record.name}")
    with lock(run):
        about = run.read_record()
        if "temperature" in about:
            raise ModelError(
                f"{run.path}: is {about['parent']} with a temperature, and cannot be trained on",
                hint="Train that one on, and calibrate it again; or begin with these weights: "
                f"cnncli train DATA --init {run.path}",
            )
        about["tensorboard"] = about.get("tensorboard", False) or wishes.tensorboard
        if wishes.epochs is not None:
            about["epochs"] = length.raised(run, about, wishes.epochs)
        if about["state"] in (FINISHED, STOPPED_EARLY) and not length.left(run, about):
            if workers is not None:
                workers.dismiss()
            metrics, number = run.read_metrics(), len(about.get("phases", ()))
            held = finish.held_back(about)
            return Outcome(run, about["state"], metrics, True, number, held)
        if images is None and about["state"] in leaving.UNDER_WAY:
            about["state"] = "killed"  # what is refused now leaves it so
        with leaving.noted(run, about), awaiting_the_guard(workers):
            given = listed(about, wishes.data) if images is None else images
            return _train(run, about, hooks, wishes, given, workers)


def _train(
    run: RunDirectory,
    about: dict[str, Any],
    hooks: Hooks,
    wishes: Wishes,
    images: Images | Index,
    workers: Workers | None,
) -> Outcome:
    """Train on images, which are read first where they are only listed yet."""
    network, resumed = _spec(run, about), isinstance(images, Index)
    images = ready(run, about, network, images, workers, hooks, cache=wishes.cache)
    began = time.monotonic()
    used = surroundings.devices_of(about, hooks, workers)
    saved = used.shared(run.state)
    model = _begun(network, about, images, used, hooks, fresh=saved is None)
    course = Course(
        network=network,
        model=model,
        images=images,
        devices=used,
        seed=about["seed"],
        hooks=hooks,
        best=BestModel(run, model),
        meaning=lambda loss: meaning_of(network, about, loss, images.rows),
        cache=wishes.cache and about["data"]["options"]["cache"],
    )
    with hooks.display() as display:
        reporter = Reporter(run, display, hooks, tensorboard=about["tensorboard"])
        loop = Loop(
            stages=course.stage,
            phases=record.phases(about),
            seed=about["seed"],
            state_file=run.state,
            observer=reporter,
            order=order,
            devices=used,
            settle=lambda graph: _settle(run, about, graph, hooks),
            save_every=wishes.save_every,
        )
        loop.prepare(saved)
        reporter.catch_up(loop.position.history, loop.position.best_epoch)
        reporter.doubt = doubts.of_first_epoch(
            loop.model, network, len(images.classes), loop.stage.train.weights
        )
        if resumed:
            _resumed(run, about, network, saved, wishes)
        about["state"] = "training"
        run.write_record(about)
        threshold.drop(run, hooks.warn)
        with StopRequest(display.stopping) as stop, reporter:
            position = loop.run(stop)
    if not used.writes:
        return Outcome(run, FINISHED, {})
    return _ended(run, about, images, position, hooks, time.monotonic() - began)


def _settle(run: RunDirectory, about: dict[str, Any], graph: Any, hooks: Hooks) -> None:
    """Leave determinism off where a step needs what a card refuses with it, and write it down."""
    found = {*about.get("nondeterministic", ()), *determinism.settle(graph, hooks.warn)}
    about["nondeterministic"] = sorted(found)
    run.write_record(about)


def _begun(
    network: Spec,
    about: Mapping[str, Any],
    images: Images,
    used: Devices,
    hooks: Hooks,
    *,
    fresh: bool,
) -> Any:
    """Return the network with the weights that it begins with, the same on all workers."""
    with used.scope():
        model = _built(network, about, images, used, fresh=fresh and used.writes)
    if fresh:
        if about["init"] and used.writes:
            require_same(about)
            hooks.note(start_from(model, about["init"]).note())
        used.spread(model.variables)
    return model


def _built(
    network: Spec, about: Mapping[str, Any], images: Images, used: Devices, *, fresh: bool
) -> Any:
    """Return the network as it is trained.

    One that is not `fresh` gets all of its weights from a state.
    """
    with unfilled(not fresh):
        model = build(network, preprocessing=True)
    if fresh:
        surroundings.refuse_other_weights(about, sources(model))
    spare_strides(model)
    if used.count > 1:
        normalization.synchronize(model)
    check_outputs(model.output_shape, len(images.classes))
    return model


def _ended(
    run: RunDirectory,
    about: dict[str, Any],
    images: Images,
    position: Position,
    hooks: Hooks,
    seconds: float,
) -> Outcome:
    """Evaluate a run that has come to its end, and write down that it has."""
    about["timings"] = {
        "training": round(position.seconds, 3),
        "this_process": round(seconds, 3),
    }
    about["best_epoch"] = position.best_epoch
    metrics = finish.finish(run, about, images, position, hooks)
    about["state"] = STOPPED_EARLY if position.stopped_early else FINISHED
    life.add(
        run,
        about,
        about["state"],
        epochs=len(position.history),
        best=position.best_epoch,
        curves=metrics["curves"]["text"],
    )
    run.write_record(about)
    number, held = len(about.get("phases", ())), finish.held_back(about)
    return Outcome(run, about["state"], metrics, phases=number, holds_test_back=held)


def _resumed(
    run: RunDirectory,
    about: dict[str, Any],
    network: Spec,
    saved: state.State | None,
    wishes: Wishes,
) -> None:
    """Write down that a run goes on, and what it has become: its epochs, its spec, its command."""
    at = saved.facts["position"] if saved is not None else {"epoch": 1, "step": 0}
    life.add(
        run,
        about,
        "resumed",
        command=list(wishes.command),
        phase=at.get("phase") if about.get("phases") else None,
        epoch=at["epoch"],
        step=at["step"],
        epochs=about["epochs"],
    )
    epochs = about["epochs"]
    if network.training.epochs == epochs or about.get("phases"):
        return
    text = language.dump(replace(network, training=replace(network.training, epochs=epochs)))
    # Killed in between, the next resume finds the spec of before, and knows it as well.
    about["spec_digest_before"], about["spec_digest"] = about["spec_digest"], spec_digest_of(text)
    about["command"] = life.command_with_epochs(about.get("command", ()), epochs)
    run.write_record(about)
    files.write_text(run.spec, text)


def _spec(run: RunDirectory, about: Mapping[str, Any]) -> Spec:
    text = run.read_text(run.spec)
    if spec_digest_of(text) not in (about["spec_digest"], about.get("spec_digest_before")):
        raise ModelError(
            f"{run.spec}: was changed since the run began, so it cannot be resumed",
            hint=f"Begin a new run with it: cnncli train DATA --arch {run.spec}",
        )
    return language.load_file(run.spec)
