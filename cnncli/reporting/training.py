"""How a network of a report was trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cnncli.reporting.material import Material
from cnncli.reporting.parts import Curves, Facts, Line, Part, Section, Text
from cnncli.reporting.words import decimal, devices
from cnncli.runs.keep import keep
from cnncli.spec import expand, reference
from cnncli.spec.graph import Thing
from cnncli.spec.model import Training
from cnncli.words import counted

SHOWN = ("loss", "accuracy")
# Arguments of optimizers that change no step unless they are set, and say nothing at a default.
UNSAID = frozenset(
    ("name", "loss_scale_factor", "gradient_accumulation_steps", "ema_overwrite_frequency")
)


def section(of: Material) -> Section:
    """Return the curves, what they say, and the recipe."""
    there = of.history[-1] if of.history else ()
    parts: list[Part] = [_curves(of, name) for name in SHOWN if name in there]
    if (said := of.metrics.get("curves")) is not None:
        parts.append(Text(f"What the curves say: {said['text']}."))
    if of.metrics.get("difference"):
        parts.append(Text(f"{of.metrics['difference']}.".replace("epoch", "Epoch", 1)))
    parts.append(Facts(recipe(of)))
    return Section("training", "Training", parts)


def kept_epoch(of: Material) -> int | None:
    """Return the epoch whose weights are the model."""
    said: int | None = of.metrics.get("best_epoch")
    return said


def why_kept(of: Material) -> str:
    """Return why that epoch: "lowest val_loss"."""
    validates = bool(of.history) and "val_loss" in of.history[-1]
    return keep(of.record.get("keep"), validates=validates).because


def recipe(of: Material) -> list[tuple[str, str]]:
    """Return the recipe, name by name."""
    training, record = of.spec.training, of.record
    epochs = counted(len(of.history), "epoch")
    rows = [
        ("Epochs", f"{epochs} of at most {record['epochs']:,}"),
        ("Epoch kept", f"{kept_epoch(of)} ({why_kept(of)})"),
        ("Batch", counted(record["batch_size"], "image")),
        ("Optimizer", optimizer(training.optimizer)),
        ("Loss", loss(of)),
        ("Class weights", class_weights(training.class_weight)),
        ("Augmentation", things(training.augmentation)),
        ("Callbacks", things(training.callbacks)),
        ("Frozen layers", _frozen(of)),
        *phases(training),
        ("Initial weights", record["init"] or "drawn at random"),
        ("Seed", str(record["seed"])),
    ]
    seconds = record["timings"].get("training")
    if seconds is not None:
        rows.append(("Time", f"{seconds:,.0f} s on {devices(record)}"))
    return rows


def _frozen(of: Material) -> str:
    """Return the layers that are frozen by themselves or by the recipe, before any phase."""
    training = of.spec.training
    own = [node.name for node in expand(of.spec).nodes if node.arguments.get("trainable") is False]
    names = list(dict.fromkeys([*own, *map(str, training.freeze)]))
    opened = any("unfreeze" in phase.said for phase in training.phases)
    return (", ".join(names) + ", but for what a phase unfreezes" * opened) if names else "none"


def phases(training: Training) -> list[tuple[str, str]]:
    """Return what each phase says itself; nothing of a recipe without phases."""
    return [
        (f"Phase {number}", "; ".join(_said(key, value) for key, value in phase.said.items()))
        for number, phase in enumerate(training.phases, start=1)
    ]


def _said(key: str, value: Any) -> str:
    if key == "optimizer":
        return optimizer(value)
    listed = isinstance(value, tuple) and all(isinstance(each, Thing) for each in value)
    text = things(value) if listed else _plain(value)
    return f"{key.replace('_', ' ')} {text}"


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else written(value)


def optimizer(thing: Thing | None) -> str:
    """Return an optimizer with all values that it works with, Keras's own where none is set."""
    named = thing or Thing("Adam", {}, where=None)  # type: ignore[arg-type]
    entries = [each for each in reference.find(named.class_name) if each.kind == "optimizer"]
    if not entries:
        return written(named)
    values = {
        each.name: each.default
        for each in reference.arguments(entries[0])
        if each.default not in (None, False, "") and each.name not in UNSAID
    }
    if "use_ema" not in named.arguments:
        values.pop("ema_momentum", None)
    return _call(entries[0].name, {**values, **named.arguments})


def loss(of: Material) -> str:
    """Return the loss, by name: as the spec says it, or the one that the model was given."""
    said = of.spec.training.loss
    if said is not None:
        return written(said)
    kept = of.meaning.loss if of.meaning is not None else None
    return str(kept["class_name"]) if kept is not None else "not recorded"


def class_weights(said: str | Mapping[str, float] | None) -> str:
    """Return how much each class counts."""
    if said is None:
        return "none: every image counts the same"
    if isinstance(said, str):
        return "balanced: every class counts the same"
    return ", ".join(f"{name} {weight:g}" for name, weight in said.items())


def things(found: Sequence[Thing]) -> str:
    """Return layers or callbacks with their arguments; "none" of none."""
    return "; ".join(written(each) for each in found) or "none"


def written(value: Any) -> str:
    """Return a value of a spec as a line: `SGD(momentum 0.9)`."""
    if isinstance(value, Thing):
        return _call(value.class_name, value.arguments)
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(written, value))}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{name} {written(each)}' for name, each in value.items())}}}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _call(name: str, arguments: Mapping[str, Any]) -> str:
    said = ", ".join(f"{key} {written(value)}" for key, value in arguments.items())
    return f"{name} ({said})" if said else name


def _curves(of: Material, name: str) -> Curves:
    lines = [
        Line(title, [(epoch, row[column]) for epoch, row in enumerate(of.history, start=1)])
        for title, column in (("training", name), ("validation", f"val_{name}"))
        if column in of.history[-1]
    ]
    ends = "; ".join(
        f"{line.name} from {decimal(line.points[0][1])} to {decimal(line.points[-1][1])}"
        for line in lines
    )
    kept = kept_epoch(of)
    text = f"{name.capitalize()} over {counted(len(of.history), 'epoch')}: {ends}."
    if kept is not None:
        text += f" Epoch {kept} is kept ({why_kept(of)})."
    return Curves(name.capitalize(), lines, kept, text)
