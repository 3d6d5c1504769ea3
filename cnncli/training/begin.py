"""A new run: its images and classes, its spec as it will be trained, its directory."""

from __future__ import annotations

import datetime
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cnncli import files
from cnncli import spec as language
from cnncli.data import classing
from cnncli.data.labels import Labels
from cnncli.errors import ModelError, Terminated
from cnncli.facts.memory import require_memory
from cnncli.images.prepare import Target
from cnncli.network import memory
from cnncli.network.build import build
from cnncli.network.classifier import classifier
from cnncli.network.sources import sources
from cnncli.runs import descent, directory, life, record
from cnncli.runs.directory import RunDirectory
from cnncli.runs.keep import keep
from cnncli.spec import outside, outside_files
from cnncli.spec.model import Spec, Training
from cnncli.spec.phases import Stage, judged_anew, spec_of, stages
from cnncli.training import (
    adapt,
    augmentation,
    devices,
    doubts,
    fetching,
    initial,
    precision,
    recipe,
    trial,
    untrained,
)
from cnncli.training import (
    images as pictures,
)
from cnncli.training.cluster.start import bring
from cnncli.training.cluster.workers import Workers
from cnncli.training.freezing import Freezer
from cnncli.training.hooks import Hooks
from cnncli.training.images import Images, Options
from cnncli.training.parts import split
from cnncli.training.recipe import Recipe
from cnncli.words import counted

VERSION = 1  # of run.json


@dataclass(frozen=True)
class Request:
    """What a user asks of `train`."""

    spec: Spec
    arch: str
    data: str
    labels: Labels | None = None
    options: Options = field(default_factory=Options)
    out: Path | None = None
    force: bool = False
    adapt: bool = True
    init: str | None = None
    test: bool = True  # whether the test part is looked at in the end
    command: Sequence[str] = ()


def begin(
    request: Request, hooks: Hooks, workers: Workers | None = None
) -> tuple[RunDirectory, Images]:
    """Make the directory of a new run, with everything that training starts from.

    Nothing is made when spec and images do not fit each other, or other `workers` have others.
    Returns the images as well, so that they are not read twice.
    """
    directory.refuse_taken(request.out, force=request.force)
    if workers is None:
        devices.refuse_several_machines()
    precision.refuse_slower(request.spec.dtype)
    if request.init is not None:
        initial.check(request.init)
    options = request.options
    target = target_of(request.spec, options.value_range, options.background)
    memory.require(
        target.height * target.width * target.channels * 4, f"{request.spec.name}: one image"
    )
    found = classing.find(request.data, request.labels, options.classing)
    decided = pictures.check(found, options)
    if workers is None:  # else TensorFlow has to join them before it computes anything
        fetching.fetch_missing(request.spec, hooks)
    images = pictures.load(found, decided, target, options, hooks)
    trained, said = adapt.adapt(request.spec, len(images.classes), allowed=request.adapt)
    trained = outside_files.anchored(trained)
    for line in said:
        hooks.note(line)
    if images.positive is not None:
        hooks.note(
            f"Positive class: {images.positive}"
            + ("" if request.options.positive else " (another by --positive CLASS).")
        )
    phases = [spec_of(trained, stage) for stage in stages(trained.training)]
    for line in dict.fromkeys(line for each in phases for line in augmentation.notes(each)):
        hooks.note(line)
    for line in doubts.of_pixels(trained):
        hooks.warn(line)
    validates = images.has("validation")
    idle = (name for each in phases for name in recipe.idle(each.training, validates=validates))
    for thing in dict.fromkeys((each.class_name, recipe.watched(each)) for each in idle):
        hooks.warn(
            f"{thing[0]} watches {thing[1]}, and there are no images to validate with: it is "
            "left out"
        )
    about = _record(request, trained, images)
    if workers is not None:
        bring(workers, about, language.dump(trained), images.rows, hooks)
    weights = _try(trained, images, request.init, hooks)
    if request.init is not None:
        for doubt in doubts.of_init(request.init, images.rows):
            hooks.warn(doubt)
    for each in weights:
        hooks.note(
            f'"{each["layer"]}" begins with the weights of {each.get("path", each["file"])}.'
        )
    if weights:
        about["weights"] = weights
    return _written(request, trained, images, about), images


def _written(
    request: Request, trained: Spec, images: Images, about: dict[str, Any]
) -> RunDirectory:
    """Make the directory of a run, with what it begins with."""
    run = directory.claim(trained.name or "run", request.out, force=request.force)
    try:
        files.write_text(run.spec, language.dump(trained))
        record.write_split(run.split, images.rows)
        life.add(run, about, "begun", command=list(request.command))
        run.write_record(about)
    except (Exception, KeyboardInterrupt, Terminated):
        shutil.rmtree(run.path, ignore_errors=True)  # half a run is none, and in the way
        raise
    return run


def _try(network: Spec, images: Images, init: str | None, hooks: Hooks) -> list[dict[str, str]]:
    """Build and compile the network once: its faults are the user's, and nothing is made yet.

    Returns where its weights from outside came from, which are fetched here.
    """
    hooks.load_keras()
    record.set_threads()  # before anything is computed, or the number cannot be set any more
    filled = init is not None or any(outside.nodes(language.expand(network)))
    model = build(network, preprocessing=True, weights=filled)
    adapt.check_outputs(model.output_shape, len(images.classes))
    for line in doubts.of_pretrained(model, network):
        hooks.warn(line)
    taken = initial.start_from(model, init) if init is not None else None
    freezer, frozen = Freezer(model), []
    for stage in stages(network.training):
        inferring = freezer.apply(stage.freezing)
        frozen.append(frozenset(freezer.frozen()))
        made = _try_phase(split(model, inferring).whole, spec_of(network, stage), images)
        # What `predict` would refuse, once it is trained.
        classifier(model, network.name, None, recipe.saved_loss(made.loss))
    for line in untrained.doubts(freezer, frozen, taken):
        hooks.warn(line)
    require_memory(model, network.name, batch=network.training.batch_size, training=True)
    return sources(model)


def _try_phase(model: Any, network: Spec, images: Images) -> Recipe:
    """Compile what a phase trains, and try its recipe."""
    validates = images.has("validation")
    steps = images.steps(network.training.batch_size)
    made = recipe.compile_model(model, network, steps=steps, validates=validates)
    recipe.weights(images.labels, images.classes, network.training.class_weight)
    trial.try_out(model, network, made, images.positive_index, validates=validates)
    return made


def target_of(
    of: Spec, value_range: Sequence[float] | None, background: Sequence[int] | None = None
) -> Target:
    """Return what images are brought to; ModelError when the input is not one image."""
    inputs = of.body.input
    shape: tuple[Any, ...] = inputs[0].arguments.get("shape", ()) if len(inputs) == 1 else ()
    whole = all(isinstance(each, int) for each in shape)
    if not whole or len(shape) != 3:
        raise ModelError(
            f"{of.name}: its input is not one image of a fixed size",
            hint="Training needs `input: [height, width, channels]`.",
        )
    height, width, channels = shape
    if channels not in (1, 3):
        raise ModelError(
            f"{of.name}: its input has {counted(channels, 'channel')}; images have 1 (grey) or "
            "3 (colour)"
        )
    return Target(
        height,
        width,
        channels,
        of.resize,
        (value_range[0], value_range[1]) if value_range else None,
        (background[0], background[1], background[2]) if background else None,
    )


def _record(request: Request, trained: Spec, images: Images) -> dict[str, Any]:
    parts = Counter(row.part for row in images.rows)
    phases = stages(trained.training)
    return {
        "version": VERSION,
        "state": "begun",
        "created": datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
        "command": list(request.command),
        "name": trained.name,
        "arch": request.arch,
        "seed": trained.seed,
        "keep": _keep(phases[-1].training, images),
        "epochs": sum(each.training.epochs for each in phases),
        **({"phases": _phases(phases, images)} if trained.training.phases else {}),
        "batch_size": phases[0].training.batch_size,
        **_descent(request.init),
        **({} if request.test else {"test_held_back": True}),
        "classes": list(images.classes),
        "positive": images.positive,
        "data": {
            "path": images.data,
            "images": {part: parts[part] for part in record.PARTS},
            "unreadable": [list(each) for each in images.unreadable],
            "fingerprint": record.fingerprint(images.rows),
            "labels": request.labels and request.labels.record(),
            "corrections": images.corrections and images.corrections.record(),
            "options": {
                "positive": request.options.positive,
                "value_range": request.options.value_range,
                "background": request.options.background,
                **request.options.classing.record(),
                "cache": request.options.cache,
            },
            "split": {
                **vars(request.options.split),
                "source": str(request.options.split.source or "") or None,
            },
        },
        "spec_digest": spec_digest_of(language.dump(trained)),
        "threads": None,
        "devices": None,
        "versions": record.versions(),
        "machine": record.machine(),
        "timings": {},
    }


def _descent(init: str | None) -> dict[str, Any]:
    """Return what run.json says of the weights that a run begins with, and of their run."""
    if init is None:
        return {"init": None}
    parent = descent.parent_of(init)
    return {
        "init": str(Path(init).absolute()),
        "init_digest": initial.digest(init),
        **({"parent": str(parent.path.absolute())} if parent is not None else {}),
    }


def _keep(said: Training, images: Images) -> str:
    return keep(said.keep, validates=images.has("validation")).figure


def _phases(said: Sequence[Stage], images: Images) -> list[dict[str, Any]]:
    return [
        {
            "epochs": each.training.epochs,
            "batch_size": each.training.batch_size,
            "keep": _keep(each.training, images),
            "anew": judged_anew(said, number),
        }
        for number, each in enumerate(said, start=1)
    ]


def spec_digest_of(text: str) -> str:
    """Return a digest of spec.yaml, by which a changed one is found."""
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()[:32]
