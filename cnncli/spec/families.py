"""The families of Keras that a spec may name, and the classes that are refused, with reasons."""

from __future__ import annotations

from collections.abc import Mapping

# Family -> the module of Keras that holds its public classes.
FAMILIES: Mapping[str, str] = {
    "layer": "keras.layers",
    "optimizer": "keras.optimizers",
    "schedule": "keras.optimizers.schedules",
    "loss": "keras.losses",
    "metric": "keras.metrics",
    "initializer": "keras.initializers",
    "regularizer": "keras.regularizers",
    "constraint": "keras.constraints",
    "callback": "keras.callbacks",
}

_CODE = "it runs code, and a spec is data"
_FILE = "it reads or writes files"
_TRAIN = "`cnncli train` does this itself"
_BASE = "it is a base class, without behaviour of its own"

# Family -> class -> why it is refused.
REFUSED: Mapping[str, Mapping[str, str]] = {
    "layer": {
        "Lambda": _CODE,
        "TFSMLayer": "it loads a file that may hold any code",
        "TorchModuleWrapper": _CODE,
        "JaxLayer": _CODE,
        "FlaxLayer": _CODE,
        "Layer": _BASE,
        "Wrapper": _BASE,
        "InputSpec": "it is no layer",
        "InputLayer": 'an input is written at the top, as "input:"',
    },
    "optimizer": {
        "Optimizer": _BASE,
        "MultiOptimizer": "it is made of Python objects",
        "OptimizerMap": "it is made of Python objects",
    },
    "schedule": {"LearningRateSchedule": _BASE},
    "loss": {"Loss": _BASE},
    "metric": {"Metric": _BASE, "MeanMetricWrapper": _CODE},
    "initializer": {"Initializer": _BASE},
    "regularizer": {"Regularizer": _BASE},
    "constraint": {"Constraint": _BASE},
    "callback": {
        "Callback": _BASE,
        "CallbackList": _BASE,
        "CSVLogger": f"{_FILE}; {_TRAIN} (history.csv)",
        "ModelCheckpoint": f"{_FILE}; {_TRAIN} (the best model is kept)",
        "BackupAndRestore": f"{_FILE}; {_TRAIN} (--resume)",
        "OrbaxCheckpoint": f"{_FILE}; {_TRAIN} (--resume)",
        "TensorBoard": _FILE,
        "RemoteMonitor": "it opens a connection, and nothing is sent anywhere",
        "LambdaCallback": _CODE,
        "LearningRateScheduler": f"{_CODE}; give the optimizer a schedule as its learning_rate",
        "History": _TRAIN,
        "ProgbarLogger": _TRAIN,
    },
}

# Arguments whose object is a layer.
LAYER_ARGUMENTS = frozenset(("layer", "cell", "cells", "layers", "backward_layer"))


def refusal(family: str, class_name: str) -> str | None:
    """Say why a class is refused; None when it is not."""
    return REFUSED[family].get(class_name)


def family_of_argument(name: str) -> str | None:
    """Say which family an object given for the argument `name` is of; None for no object.

    Activations are a family of their own: the name of a function, or a layer.
    """
    for family in ("initializer", "regularizer", "constraint", "activation"):
        if name.endswith(family):
            return family
    if name in LAYER_ARGUMENTS:
        return "layer"
    if name == "learning_rate":
        return "schedule"
    return "optimizer" if name in ("optimizer", "inner_optimizer") else None
