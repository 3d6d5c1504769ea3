"""The `training` section of a spec as what Keras trains with, and the targets that go with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnncli.errors import UsageError
from cnncli.network.faults import Fault
from cnncli.network.numbering import own_names
from cnncli.network.objects import make_thing
from cnncli.spec.graph import Position, Thing
from cnncli.spec.model import Spec, Training
from cnncli.training.augmentation import Augmentation, augmentation
from cnncli.training.schedules import in_steps

if TYPE_CHECKING:
    import numpy as np

WATCHING = ("EarlyStopping", "ReduceLROnPlateau")  # callbacks with an argument `monitor`


@dataclass(frozen=True)
class Recipe:
    """A compiled model's companions."""

    callbacks: Sequence[Any]
    augmentation: Augmentation
    loss: Any


def compile_model(model: Any, spec: Spec, *, steps: int, validates: bool = True) -> Recipe:
    """Compile the model, and return callbacks, augmentation and loss.

    There are so many `steps` in an epoch, by which schedules in epochs become Keras's in steps.
    Callbacks that watch the validation part are left out unless it `validates` (see `idle`).
    Raises SpecError for what Keras refuses.
    """
    training = spec.training
    optimizer = training.optimizer or _named("Adam")
    left_out = idle(training, validates=validates)
    changes = augmentation(spec, model.input_shape[1:])
    try:
        loss = make_loss(training, model.output_shape[-1], one_hot=changes.blends)
        with own_names():  # which the history keeps: they must be the same when resumed
            metrics = [make_thing(metric, "metric") for metric in training.metrics]
        model.compile(
            optimizer=make_thing(in_steps(optimizer, steps), "optimizer"),
            loss=loss,
            metrics=["accuracy", *metrics],
            jit_compile=False,  # slower than TensorFlow's own kernels on processors
        )
        return Recipe(
            callbacks=[_callback(each) for each in training.callbacks if each not in left_out],
            augmentation=changes,
            loss=loss,
        )
    except Fault as fault:
        raise fault.in_source(spec.source) from fault.__cause__


def make_loss(training: Training, units: int, *, one_hot: bool = False) -> Any:
    """Return the loss of the section, or the one that fits a last layer of so many units.

    With `one_hot`, targets are mixtures of classes. Raises Fault for a loss that cannot be meant.
    """
    said = training.loss
    if said is None:
        # Of Keras's metrics only those called Sparse... take class numbers.
        one_hot = one_hot or any(not m.class_name.startswith("Sparse") for m in training.metrics)
        several = "CategoricalCrossentropy" if one_hot else "SparseCategoricalCrossentropy"
        return make_thing(_named("BinaryCrossentropy" if units == 1 else several), "loss")
    if units == 1 and "Categorical" in said.class_name:
        message = f"{said.class_name} compares several outputs; the network has one"
        raise Fault(message, said.where, "use BinaryCrossentropy")
    if one_hot and said.class_name.startswith("Sparse"):
        message = f"{said.class_name} takes class numbers; CutMix and MixUp make mixtures"
        raise Fault(message, said.where, "use CategoricalCrossentropy")
    return make_thing(said, "loss")


def saved_loss(loss: Any) -> dict[str, Any]:
    """Return a loss as a model's record names it."""
    import keras

    return dict(keras.losses.serialize(loss))


def loss_of_probabilities(saved: Mapping[str, Any]) -> Any:
    """Return a loss as a model's record names it, for outputs that are probabilities by now."""
    arguments = {k: v for k, v in (saved.get("config") or {}).items() if k != "from_logits"}
    return make_thing(Thing(saved["class_name"], arguments, Position(0, 0)), "loss")


def idle(training: Training, *, validates: bool) -> list[Thing]:
    """Return the callbacks that have nothing to watch when there is no validation part."""
    if validates:
        return []
    return [each for each in training.callbacks if watched(each).startswith("val_")]


def watched(callback: Thing) -> str:
    """Return the figure that a callback watches, "" when it watches none."""
    if callback.class_name not in WATCHING:
        return ""
    return str(callback.arguments.get("monitor", "val_loss"))


def build_metrics(model: Any, targets: np.ndarray) -> list[str]:
    """Make the variables of a compiled model's metrics, and return the names of its figures.

    Keras makes them with the first batch. `targets` are some images', of the shape that trains.
    """
    import numpy as np

    predicted = np.full((len(targets), *model.output_shape[1:]), 0.5, np.float32)
    model.compute_loss(y=targets, y_pred=predicted)
    model.compute_metrics(None, targets, predicted)
    names = list(model.get_metrics_result())
    model.reset_metrics()
    return names


def _named(class_name: str) -> Thing:
    return Thing(class_name, {}, Position(0, 0))


def targets(labels: np.ndarray, loss: Any, units: int, positive: int | None) -> np.ndarray:
    """Return what the loss compares with: 0 or 1 (N x 1), class numbers (N), or one-hot (N x U).

    `labels` are class numbers. One unit stands for the positive class.
    """
    import numpy as np

    if units == 1:
        place = 1 if positive is None else positive
        return (labels == place).astype(np.float32)[:, None]
    if type(loss).__name__.startswith("Sparse"):
        return labels.astype(np.int32)
    return np.eye(units, dtype=np.float32)[labels]


def weights(
    labels: np.ndarray,
    classes: Sequence[str],
    class_weight: str | Mapping[str, float] | None,
) -> np.ndarray | None:
    """Return a weight for each image (N, float32), or None when all count the same.

    `balanced` gives each class the same total weight, as scikit-learn does.
    """
    import numpy as np

    if class_weight is None:
        return None
    if isinstance(class_weight, str):
        if class_weight != "balanced":
            raise UsageError(
                f"class_weight: {class_weight}", hint="It is balanced, or CLASS: WEIGHT pairs."
            )
        counts = np.bincount(labels, minlength=len(classes))
        of_class = len(labels) / (len(classes) * np.maximum(counts, 1))
    else:
        unknown = [str(name) for name in class_weight if str(name) not in classes]
        if unknown:
            raise UsageError(
                f"class_weight: no class {', '.join(unknown)}",
                hint=f"The classes are {', '.join(classes)}.",
            )
        said = {str(name): weight for name, weight in class_weight.items()}
        of_class = np.array([float(said.get(name, 1.0)) for name in classes])
    return of_class[labels].astype(np.float32)


def _callback(thing: Thing) -> Any:
    callback = make_thing(thing, "callback")
    if hasattr(callback, "restore_best_weights"):
        callback.restore_best_weights = False  # the run keeps its best model itself, on disk
    if hasattr(callback, "verbose"):
        callback.verbose = 0  # it would print to stdout, where the result stands
    return callback
