"""What differs between runs: their recipes, images, settings and figures, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import zip_longest
from typing import Any

from cnncli.runs.directory import RunDirectory
from cnncli.runs.kinds import check, fields, optional, plain
from cnncli.runs.listing import facts, natural

# What a run was asked for; the rest came of it, or of the machine.
ASKED = ("spec", "data", "settings")
# What may follow from something else that differs, or tells little of a run.
FOLLOWS = (
    *("data.fingerprint", "data.images", "data.unreadable", "data.options.cache"),
    *("settings.threads", "settings.devices", "spec.name", "spec.description"),
)
MOST_IN_A_LABEL = 3
_SPEC = fields(
    {"layers": plain("a list", list, tuple)}, {"training": optional(plain("a mapping", dict))}
)


@dataclass(frozen=True)
class Difference:
    """Something that is not the same in some runs; None where a run has it not."""

    section: str
    name: str
    values: tuple[Any, ...]

    @property
    def follows(self) -> bool:
        """Whether it may follow from something else that differs, or says little of a run."""
        return f"{self.section}.{self.name}".startswith(FOLLOWS)


def compare(runs: Sequence[RunDirectory]) -> list[Difference]:
    """Return what differs between runs: spec, data, settings, versions, figures.

    Layers that are of other kinds, or more, are one difference: `compare` lays them side by side.
    """
    sections = [_sections(run, spec) for run, spec in zip(runs, _specs(runs), strict=True)]
    found = []
    for section in sections[0]:
        parts = [each[section] for each in sections]
        for name in sorted({name for part in parts for name in part}, key=natural):
            values = tuple(part.get(name) for part in parts)
            if any(value != values[0] for value in values):
                found.append(Difference(section, name, values))
    return found


def labels(runs: Sequence[RunDirectory]) -> list[str]:
    """Return a short name for each run, by what was asked of it and of no other one.

    "rate 0.2" where the rate alone differs; the names of the folders where a few words would not
    tell them apart.
    """
    folders = _folders(runs)
    asked = [each for each in compare(runs) if each.section in ASKED]
    telling = [each for each in asked if not each.follows] or asked
    named = _short_names(telling)
    if not 0 < len(named) <= MOST_IN_A_LABEL or any(each.name == "layers" for each in telling):
        names = [str(run.read_record()["name"]) for run in runs]
        return names if len(set(names)) == len(names) > 1 else folders
    found = [
        ", ".join(f"{name} {_text(each.values[place])}" for name, each in named)
        for place in range(len(runs))
    ]
    if len(set(found)) == len(found):
        return found
    return [f"{one} ({folder})" for one, folder in zip(found, folders, strict=True)]


def _folders(runs: Sequence[RunDirectory]) -> list[str]:
    """Return the names of the folders, with what stands before them where two are the same."""
    names = [run.path.resolve().name for run in runs]
    return names if len(set(names)) == len(names) else [str(run.path) for run in runs]


def _short_names(found: Sequence[Difference]) -> list[tuple[str, Difference]]:
    """Name each difference by the last word of its path, by all of it where two have the same.

    What has the same values as one before it says nothing more: `$rate` and where it stands.
    """
    kept: list[Difference] = []
    for each in found:
        if all(each.values != other.values for other in kept):
            kept.append(each)
    last = [each.name.rpartition(".")[2] for each in kept]
    return [
        (word if last.count(word) == 1 else each.name, each)
        for word, each in zip(last, kept, strict=True)
    ]


def _text(value: Any) -> str:
    return "-" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _specs(runs: Sequence[RunDirectory]) -> list[dict[str, Any]]:
    """Return the specs of runs as plain values, without what settings say of them."""
    specs = [_spec(run) for run in runs]
    for spec in specs:
        spec.pop("seed", None)
        training = dict(spec.get("training") or {})
        spec["training"] = {k: v for k, v in training.items() if k not in ("epochs", "batch_size")}
    words = [[_word(layer) for layer in spec["layers"]] for spec in specs]
    if any(own != words[0] for own in words):
        places = list(zip_longest(*words, fillvalue="end"))
        place = next(place for place, each in enumerate(places) if len(set(each)) > 1)
        for spec, own, first in zip(specs, words, places[place], strict=True):
            spec["layers"] = f"{len(own)}, layers[{place}] is {first}"
    return specs


def _spec(run: RunDirectory) -> dict[str, Any]:
    from cnncli.spec.reader import decode, read, read_file
    from cnncli.spec.tree import to_value

    tree = read(decode(read_file(run.spec), str(run.spec)))
    said: Any = to_value(tree) if tree is not None else None
    check(run.spec, said, _SPEC)
    return dict(said)


def _word(layer: Any) -> str:
    """Return what stands for a layer in a spec: `Conv2D` of `Conv2D: {filters: 8}`."""
    return str(next(iter(layer), "") if isinstance(layer, Mapping) else layer)


def _sections(run: RunDirectory, spec: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    about = run.read_record()
    settings = {
        name: about.get(name)
        for name in ("seed", "epochs", "batch_size", "init", "positive", "threads", "devices")
    }
    line = asdict(facts(run))
    kept = ("best_epoch", "val_loss", "accuracy", "accuracy_interval", "auc", "auc_interval")
    return {
        "spec": _flat(spec),
        "data": _flat(about["data"]),
        "settings": settings,
        "versions": dict(about["versions"]),
        "figures": {name: line[name] for name in (*kept, "seconds", "state")},
    }


def _flat(value: Any, path: str = "") -> dict[str, Any]:
    """Return nested values by path: `layers[0].Conv2D.filters`."""
    if isinstance(value, Mapping) and value:
        parts = ((f"{path}.{key}" if path else str(key), item) for key, item in value.items())
    elif isinstance(value, list | tuple) and any(isinstance(v, Mapping | list) for v in value):
        parts = ((f"{path}[{index}]", item) for index, item in enumerate(value))
    else:
        return {path: value}
    flat: dict[str, Any] = {}
    for name, item in parts:
        flat.update(_flat(item, name))
    return flat
