"""`--metric NAME`: by which figure trials are judged, known before any of them is trained."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cnncli.errors import UsageError
from cnncli.runs import keep
from cnncli.spec import catalog
from cnncli.spec.graph import Thing
from cnncli.spec.model import Spec
from cnncli.spec.names import snake_case
from cnncli.spec.problems import near

_OF_VALIDATION = "val_"
# What Keras calls the figures of these classes, where that is not their name in small letters.
_NAMES = {"FBetaScore": "fbeta_score", "LogCoshError": "logcosh"}


def refuse(metric: str, spec: Spec, varied: Sequence[str]) -> None:
    """Raise UsageError for a figure that trials cannot be judged by.

    That is one of the training part, one that they do not have, and one of which it is not known
    whether more is better. Keras numbers several of one class: val_auc, val_auc_1.
    """
    said = f"--metric {metric}"
    known = figures(spec)
    if f"{_OF_VALIDATION}{metric}" in known:
        raise UsageError(
            f"{said}: is a figure of the training part, which is no judge of values",
            hint=f"Say --metric {_OF_VALIDATION}{metric}.",
        )
    varies = any(each.startswith("training.metrics") for each in varied)
    if metric not in known and re.sub(r"_\d+$", "", metric) not in known and not varies:
        hint = _measured(metric) or near(metric, known)
        raise UsageError(
            f"{said}: is no figure of the validation part",
            hint=f"{hint} " * bool(hint) + f"There are {', '.join(known)}.",
        )
    if keep.direction(metric) is None:
        judges = [each for each in known if keep.direction(each) is not None]
        raise UsageError(
            f"{said}: whether more or less of it is better is not known",
            hint=f"There are {', '.join(judges)}.",
        )


def _measured(metric: str) -> str | None:
    """Say how a figure that Keras knows comes to be measured."""
    name = catalog.identifiers("metric").get(metric.removeprefix(_OF_VALIDATION))
    return f"Have it measured: --set 'training.metrics=[{name}]'." if name else None


def figures(spec: Spec) -> list[str]:
    """Return the figures of the validation part, the loss first."""
    names = ["loss", "accuracy", *(_name(each) for each in spec.training.metrics)]
    return [f"{_OF_VALIDATION}{name}" for name in dict.fromkeys(names)]


def _name(metric: Thing) -> str:
    said = metric.arguments.get("name")
    default = _NAMES.get(metric.class_name) or snake_case(metric.class_name)
    return default if said is None else str(said)
