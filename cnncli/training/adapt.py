"""The last layer must fit the classes: a spec's last Dense is adapted, and that is said."""

from __future__ import annotations

from dataclasses import replace

from cnncli.errors import ModelError, Problem, SpecError
from cnncli.spec.graph import Thing
from cnncli.spec.model import LayerUse, Phase, Spec

BINARY = "BinaryCrossentropy"
CATEGORICAL = ("CategoricalCrossentropy", "SparseCategoricalCrossentropy")
CROSSENTROPIES = (BINARY, *CATEGORICAL)


def adapt(spec: Spec, classes: int, *, allowed: bool = True) -> tuple[Spec, list[str]]:
    """Return the spec with a last layer for so many classes, and what was changed, in words.

    Two classes: one sigmoid unit or two softmax units. More: a softmax unit for each. Only a
    Dense (perhaps with an Activation or Softmax behind it) that ends the file's own `layers` is
    changed; what ends otherwise is checked when it is built. With `allowed` False a Dense that
    does not fit is a SpecError.
    """
    layers = list(spec.body.layers)
    if spec.body.output is not None or not layers:
        return spec, []
    behind = _is_activation(layers[-1]) and len(layers) > 1
    place = len(layers) - (2 if behind else 1)
    dense = layers[place]
    if dense.word != "Dense" or dense.repeat is not None:
        return spec, []
    activation = _activation(layers[-1])
    units = dense.arguments.get("units")
    if _fits(units, activation, classes):
        return spec, []
    new_units, new_activation = _wanted(activation, classes)
    message = (
        f"the last layer gives {units} {activation or 'linear'} "
        f"output{'' if units == 1 else 's'}; {classes} classes need {new_units} "
        f"{new_activation} output{'' if new_units == 1 else 's'}"
    )
    if not allowed:
        raise SpecError([_problem(spec, dense, message)])
    layers[place] = _with(dense, units=new_units)
    if layers[-1].word == "Dense":
        layers[-1] = _with(layers[-1], activation=new_activation)
    elif activation != new_activation:
        layers[-1] = replace(
            layers[-1], word="Activation", arguments={"activation": new_activation}
        )
    said = [f"Adapted: {message}."]
    training = replace(
        spec.training,
        loss=_loss(spec.training.loss, new_units),
        phases=tuple(_adapted(phase, new_units) for phase in spec.training.phases),
    )
    if training.loss is not None and training.loss != spec.training.loss:
        said.append(f"Adapted: the loss is {training.loss.class_name} of probabilities.")
    return replace(spec, body=replace(spec.body, layers=tuple(layers)), training=training), said


def _adapted(phase: Phase, units: int) -> Phase:
    if "loss" not in phase.said:
        return phase
    return replace(phase, said={**phase.said, "loss": _loss(phase.said["loss"], units)})


def _loss(loss: Thing | None, units: int) -> Thing | None:
    """Return the crossentropy for probabilities of so many units; other losses as they are."""
    if loss is None or loss.class_name not in CROSSENTROPIES:
        return loss
    arguments = {name: value for name, value in loss.arguments.items() if name != "from_logits"}
    fitting = (BINARY,) if units == 1 else CATEGORICAL
    name = loss.class_name if loss.class_name in fitting else fitting[0]
    return replace(loss, class_name=name, arguments=arguments)


def check_outputs(shape: tuple[int | None, ...], classes: int) -> None:
    """Raise ModelError when a network's outputs are not those of so many classes."""
    if len(shape) == 2 and (shape[1] == classes or (shape[1] == 1 and classes == 2)):
        return
    wanted = "1 or 2 outputs" if classes == 2 else f"{classes} outputs"
    hint = "Let the spec end with a Dense layer: it is then adapted to the classes."
    if len(shape) > 2:
        hint = (
            "That is a map, not a vector: put GlobalAveragePooling2D or Flatten before the first "
            "Dense layer."
        )
    raise ModelError(
        f"the network's output has the shape {list(shape)}; {classes} classes need {wanted} "
        "for each image",
        hint=hint,
    )


def _is_activation(layer: LayerUse) -> bool:
    return layer.word in ("Activation", "Softmax")


def _activation(layer: LayerUse) -> str | None:
    if layer.word == "Softmax":
        return "softmax"
    said = layer.arguments.get("activation")
    return said if isinstance(said, str) else getattr(said, "class_name", None)


def _fits(units: object, activation: str | None, classes: int) -> bool:
    return (units, activation) == (classes, "softmax") or (
        classes == 2 and (units, activation) == (1, "sigmoid")
    )


def _wanted(activation: str | None, classes: int) -> tuple[int, str]:
    if classes == 2 and activation != "softmax":
        return 1, "sigmoid"
    return classes, "softmax"


def _with(layer: LayerUse, **arguments: object) -> LayerUse:
    return replace(layer, arguments={**layer.arguments, **arguments})


def _problem(spec: Spec, layer: LayerUse, message: str) -> Problem:
    return spec.source.problem(layer.where, message, "without --no-adapt it is adapted")
