"""What the files of a run, and the member `cnncli.json` of a model, hold: every field's kind."""

from __future__ import annotations

import re
from typing import Any

from cnncli.runs.kinds import (
    ANY_NUMBER,
    NUMBER,
    TEXT,
    YES_OR_NO,
    Kind,
    either,
    every,
    fields,
    listed,
    mapping,
    one_of,
    optional,
    plain,
    whole,
)

MOST_CLASSES = 100_000
_LONGEST_NAME = 1_000  # characters of the name of a class

_CLASS = plain(
    f"a name of 1 to {_LONGEST_NAME} characters",
    str,
    where=lambda value: 0 < len(value) <= _LONGEST_NAME,
)
_CLASSES = every(
    listed(_CLASS, least=2, most=MOST_CLASSES),
    plain("a list of different names", list, where=lambda value: len(set(value)) == len(value)),
)
_RANGE = every(
    listed(NUMBER, least=2, most=2),
    plain("two numbers, the lower one first", list, where=lambda value: value[0] < value[1]),
)

_SHARE = plain("a number from 0 to 1", int, float, where=lambda value: 0 <= value <= 1)
_COLOUR = listed(whole(most=255), least=3, most=3)


def _positive(value: Any, place: str) -> str | None:
    """Say so where the positive class is none of the classes."""
    positive = value.get("positive")
    if positive is None or positive in value["classes"]:
        return None
    return f"{place}positive should be one of the classes, and is {positive!r}"


def _loss(value: Any, place: str) -> str | None:
    """Say what is wrong with a loss as Keras serializes it: one of its classes, with arguments.

    Keras itself would make and call whatever is named there.
    """
    fault = fields({"class_name": TEXT}, {"config": plain("a mapping", dict)})(value, place)
    if fault is not None:
        return fault
    from cnncli.spec import catalog

    entry = catalog.find("loss", value["class_name"])
    if entry is None:
        return f"{place}.class_name should be a loss of Keras, and is {value['class_name']!r}"
    config = value.get("config") or {}
    unknown = [name for name in config if name not in entry.arguments]
    if unknown:
        return f"{place}.config: {entry.name} has no argument {unknown[0]!r}"
    return fields({}, {name: _ARGUMENTS.get(code, TEXT) for name, code in entry.arguments.items()})(
        config, f"{place}.config"
    )


# The types of the catalog that arguments of losses have; the others are texts.
_ARGUMENTS: dict[str, Kind] = {
    "bool": YES_OR_NO,
    "integer": whole(least=-(2**31), most=2**31),
    "number": NUMBER,
    "numbers": either(NUMBER, listed(NUMBER, most=MOST_CLASSES)),
    "any": optional(either(NUMBER, listed(NUMBER, most=100))),
    "text": optional(TEXT),
}


def _digits(number: int) -> Kind:
    pattern = re.compile(f"[0-9a-f]{{{number}}}")
    wanted = f"{number} hexadecimal digits"
    return plain(wanted, str, where=lambda value: pattern.fullmatch(value) is not None)


_MOST_DIGESTS = 100_000
_TRAINED_ON = fields(
    {
        "images": whole(),
        "digests": listed(_digits(16), most=_MOST_DIGESTS),
        "near": listed(_digits(64), most=_MOST_DIGESTS),
    }
)

# The member `cnncli.json`.
MEANING: Kind = every(
    fields(
        {"classes": _CLASSES},
        {
            "positive": optional(TEXT),
            "resize": optional(one_of("stretch", "pad", "crop")),
            "value_range": optional(_RANGE),
            "background": optional(_COLOUR),
            "name": TEXT,
            "loss": optional(_loss),
            "trained_on": optional(_TRAINED_ON),
            "threshold": optional(_SHARE),
        },
    ),
    _positive,
)

# The file of a table of labels, and its columns: of the image, the label, perhaps the group.
_LABELS = every(
    listed(optional(TEXT), least=3, most=4),
    plain("a list that begins with a file", list, where=lambda value: value[0] is not None),
)

_CORRECTIONS = fields(
    {
        "path": TEXT,
        "digest": _digits(32),
        "dropped": listed(TEXT),
        "relabelled": mapping(_CLASS),
        "kept": listed(TEXT),
        "undecided": whole(),
    }
)

_DATA = fields(
    {
        "path": TEXT,
        "images": mapping(whole()),
        "labels": optional(_LABELS),
        "options": fields(
            {"value_range": optional(_RANGE), "cache": YES_OR_NO},
            {
                "background": optional(_COLOUR),
                "depth": whole(least=1),
                "merge": mapping(TEXT),
            },
        ),
        "split": fields(
            {"group_by": optional(TEXT)},
            {
                "seed": whole(),
                "shares": optional(listed(NUMBER, least=3, most=3)),
                "folds": optional(whole(least=2)),
                "fold": optional(whole(least=1)),
                "source": optional(TEXT),
            },
        ),
    },
    {
        "unreadable": listed(listed(TEXT, least=2, most=2)),
        "fingerprint": TEXT,
        "corrections": optional(_CORRECTIONS),
    },
)

_PHASE = fields({"epochs": whole(least=1), "keep": TEXT, "anew": YES_OR_NO})

# run.json
RECORD: Kind = every(
    fields(
        {
            "name": TEXT,
            "state": TEXT,
            "created": TEXT,
            "seed": whole(most=2**32 - 1),
            "epochs": whole(least=1),
            "batch_size": whole(least=1),
            "init": optional(TEXT),
            "classes": _CLASSES,
            "positive": optional(TEXT),
            "data": _DATA,
            "spec_digest": TEXT,
            "threads": optional(whole(least=1, most=100_000)),
            "devices": optional(TEXT),
            "versions": mapping(TEXT),
            "timings": mapping(NUMBER),
        },
        {
            "version": whole(least=1),
            "arch": TEXT,
            "machine": mapping(TEXT),
            "command": listed(TEXT),
            "tensorboard": YES_OR_NO,
            "test_held_back": YES_OR_NO,
            "best_epoch": optional(whole(least=1)),
            "spec_digest_before": TEXT,
            "keep": TEXT,
            "phases": listed(_PHASE),
            "parent": TEXT,
            "nondeterministic": listed(TEXT),
            "init_digest": TEXT,
            "temperature": NUMBER,
            "weights": listed(fields({"layer": TEXT, "file": TEXT, "sha256": _digits(64)})),
            "life": listed(fields({"event": TEXT, "time": TEXT})),
        },
    ),
    _positive,
)

_INTERVAL = optional(listed(optional(NUMBER), least=2, most=2))
_FIGURES = fields(
    {},
    {
        "accuracy": optional(NUMBER),
        "accuracy_interval": _INTERVAL,
        "auc": optional(NUMBER),
        "auc_interval": _INTERVAL,
        "loss": optional(NUMBER),
    },
)

# metrics.json
METRICS: Kind = fields(
    {},
    {
        "test": _FIGURES,
        "validation": _FIGURES,
        "epochs": whole(),
        "best_epoch": optional(whole(least=1)),
        "test_looks": whole(),
        "keep": TEXT,
        "kept": mapping(optional(ANY_NUMBER)),
        "last": mapping(optional(ANY_NUMBER)),
        "difference": optional(TEXT),
        "curves": fields({"kind": TEXT, "text": TEXT}),
        "classes": _CLASSES,
        "positive": optional(TEXT),
    },
)

# threshold.json
THRESHOLD: Kind = fields({"threshold": _SHARE, "rule": TEXT, "positive": TEXT})

# What stands in last/state.npz beside the arrays.
STATE: Kind = fields(
    {
        "version": whole(),
        "variables": mapping(listed(TEXT)),
        "callbacks": listed(plain("a mapping", dict)),
        "position": fields(
            {
                "epoch": whole(least=1),
                "step": whole(),
                "history": listed(mapping(ANY_NUMBER)),
                "best_epoch": optional(whole(least=1)),
                "best_value": optional(ANY_NUMBER),
                "stopped_early": YES_OR_NO,
                "seconds": NUMBER,
            },
            {"phase": whole(least=1), "phase_began": whole(least=1)},
        ),
    }
)
