"""How a run or a cross-validation is repeated."""

from __future__ import annotations

import shlex

from cnncli.reporting.folds import FoldsMaterial, Subject
from cnncli.reporting.material import Material
from cnncli.reporting.parts import Commands, Facts, Part, Section, Text


def section(of: Subject) -> Section:
    """Return what is needed to do it again."""
    record, machine = of.record, of.record.get("machine", {})
    facts = [
        ("Begun", record["created"]),
        ("Seed", f"{record['seed']} (weights, order, dropout), split "
         f"{record['data']['split'].get('seed', 0)}"),
        ("Digest of the images", record["data"].get("fingerprint", "not recorded")),
        ("Digest of the spec", record["spec_digest"]),
        ("Threads", str(record["threads"] or "not recorded")),
        ("Devices", record["devices"] or "not recorded"),
        ("System", machine.get("system", "not recorded")),
        ("Processor", machine.get("processor", "not recorded")),
        *((name, version) for name, version in record["versions"].items()),
    ]  # fmt: skip
    text = (
        "The same command with the same images, versions, threads and kind of processor gives "
        "the same weights, bit for bit (where the folder of --out is still there, choose another). "
        "Images that are not the same are found by their digest."
    )
    parts: list[Part] = [Commands(_lines(of)), Text(text), Facts(facts), _spec(of)]
    return Section("repeat", "How to repeat it", parts)


def _spec(of: Subject) -> Commands:
    """Return the network and its recipe as a file, for whoever has not the one it was made of."""
    run = of.run if isinstance(of, Material) else of.folds[0].run
    text = run.spec.read_text(encoding="utf-8")
    return Commands(text.splitlines(), "spec.yaml, as it was trained: --arch spec.yaml takes it")


def _lines(of: Subject) -> list[str]:
    """Return the commands: into the folder they were begun in, then as they were typed."""
    measure = shlex.join(["cnncli", "evaluate", str(of.path), *_options(of)])
    if isinstance(of, FoldsMaterial):
        return [shlex.join(["cd", of.plan.folder]), shlex.join(crossval(of)), measure]
    command = of.record.get("command")
    if not command:
        return ["# the command was not recorded", measure]
    threads = of.record["threads"]
    fixed = f"TF_NUM_INTRAOP_THREADS={threads} " if threads else ""
    return [f"{fixed}{shlex.join(command)}", measure]


def _options(of: Subject) -> list[str]:
    """Return how the threshold is said, where one was chosen."""
    kept = of.kept_threshold if isinstance(of, Material) else None
    if kept is None or kept.rule.startswith("of "):
        return []
    name, _, value = kept.rule.partition(" ")
    return [f"--{name}", value]


def crossval(of: FoldsMaterial) -> list[str]:
    """Return the command of a cross-validation, word by word."""
    plan = of.plan
    words = ["cnncli", "crossval", plan.data, "--folds", str(plan.folds), *plan.options]
    return [*words, "--threads", str(plan.threads), "--out", of.path.name]
