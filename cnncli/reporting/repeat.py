"""How a run or a cross-validation is repeated."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Sequence
from pathlib import Path

from cnncli.reporting.folds import FoldsMaterial, Subject
from cnncli.reporting.material import Material
from cnncli.reporting.parts import Commands, Facts, Part, Section, Text
from cnncli.reporting.words import devices

SAME = (
    "The same commands with the same images, versions, threads and kind of processor give the same "
    "weights, bit for bit (where a folder of this name is there, go elsewhere). "
)
UNKNOWN_MACHINE = (
    "Which system and processor it was computed on is not recorded, so that bit for bit cannot be "
    "promised: another processor may give other last digits. "
)


def section(of: Subject) -> Section:
    """Return what is needed to do it again."""
    parts: list[Part] = [Commands(_lines(of)), Text(_how_sure(of)), *_checked(of)]
    return Section("repeat", "How to repeat it", [*parts, Facts(_facts(of)), _spec(of)])


def _how_sure(of: Subject) -> str:
    about = (
        f"The text of {_name(of)}/about.md is that under Intended use."
        if of.about is not None
        else ""
    )
    known = "machine" in of.record
    return (
        f"{SAME if known else SAME.replace(', bit for bit', '') + UNKNOWN_MACHINE}{about}".strip()
    )


def _checked(of: Subject) -> list[Part]:
    """Return how to see whether it came to the same: by what run.json and predictions.csv hold."""
    name, record = _name(of), of.record
    run = name if isinstance(of, Material) else f"{name}/fold-1"
    rows = [(f"fingerprint of data, in {run}/run.json", record["data"].get("fingerprint"))]
    rows.append((f"spec_digest, in {run}/run.json", record["spec_digest"]))
    rows.append((f"SHA-256 of {name}/predictions.csv", _digest(of.path / "predictions.csv")))
    text = (
        "Whether it is the same: compare these digests. fingerprint stands for the images, their "
        "classes and parts, spec_digest for the network and its recipe, and that of "
        "predictions.csv (sha256sum prints it; shasum -a 256 on macOS) for every probability, with "
        "nine digits."
    )
    return [Text(text), Facts([(what, value or "not recorded") for what, value in rows])]


def _digest(file: Path) -> str | None:
    if not file.is_file():
        return None
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _facts(of: Subject) -> list[tuple[str, str]]:
    record, machine = of.record, of.record.get("machine", {})
    split = record["data"]["split"].get("seed", 0)
    return [
        ("Begun", record["created"]),
        ("Seed", f"{record['seed']} (weights, order, dropout), split {split}"),
        ("Computed on", devices(record, threads=True)),
        ("System", machine.get("system", "not recorded")),
        ("Processor", machine.get("processor", "not recorded")),
        *((name, version) for name, version in record["versions"].items()),
    ]


def _spec(of: Subject) -> Commands:
    """Return the network and its recipe as a file, for whoever has not the one it was made of."""
    run = of.run if isinstance(of, Material) else of.folds[0].run
    text = run.read_text(run.spec)
    return Commands(text.splitlines(), "spec.yaml, as it was trained: --arch spec.yaml takes it")


def _name(of: Subject) -> str:
    """Return the name of the folder, which all lines go by, whatever it was called before."""
    return of.path.resolve().name


def _lines(of: Subject) -> list[str]:
    """Return the commands as they were typed: training, threshold, and this report."""
    name = _name(of)
    last = [
        shlex.join(["cnncli", "evaluate", name, *_threshold(of)]),
        shlex.join(["cnncli", "report", name, *(of.strata or {}).get("options", ())]),
    ]
    if isinstance(of, FoldsMaterial):
        return [shlex.join(["cd", of.plan.folder]), shlex.join(crossval(of)), *last]
    command = of.record.get("command")
    if not command:
        return ["# the command was not recorded", *last]
    threads = of.record["threads"]
    fixed = f"TF_NUM_INTRAOP_THREADS={threads} " if threads else ""
    return [f"{fixed}{shlex.join(into(command, name))}", *last]


def into(command: Sequence[str], name: str) -> list[str]:
    """Return a command of `train` that writes the folder `name`, wherever it wrote before."""
    words = list(command)
    if next((word for word in words[1:] if not word.startswith("-")), None) != "train":
        return words
    end = words.index("--") if "--" in words else len(words)
    for place, word in enumerate(words[:end]):
        if word == "--out" and place + 1 < end:
            return [*words[: place + 1], name, *words[place + 2 :]]
        if word.startswith("--out="):
            return [*words[:place], f"--out={name}", *words[place + 1 :]]
    return [*words[:end], "--out", name, *words[end:]]


def _threshold(of: Subject) -> list[str]:
    """Return how the threshold is said and kept, where one is."""
    if isinstance(of, Material):
        rules = {of.kept_threshold.rule} if of.kept_threshold is not None else set()
    else:
        rules = {each.threshold.rule for each in of.crossed.decisions if each is not None}
    if len(rules) != 1 or (rule := rules.pop()).startswith("of "):
        return []
    name, _, value = rule.partition(" ")
    return [f"--{name}", value, "--keep"]


def crossval(of: FoldsMaterial) -> list[str]:
    """Return the command of a cross-validation, word by word."""
    plan = of.plan
    words = ["cnncli", "crossval", plan.data, "--folds", str(plan.folds), *plan.options]
    return [*words, "--threads", str(plan.threads), "--out", _name(of)]
