"""A study: the folder of its trials, and what was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnncli.errors import ModelError
from cnncli.network.several import STUDY
from cnncli.runs import keep
from cnncli.runs.directory import RunDirectory
from cnncli.runs.kinds import TEXT, fields, listed, optional, plain, whole
from cnncli.tuning.together import Together, options_of_train

SCHEMA = "cnncli.tune/1"
MOST_TRIALS = 10_000
# Options that a study says itself, or that would reach beyond its folder.
_OURS = ("--out", "--force", "--resume", "--data", "--no-test", "--workers", "--join-timeout")

_METRIC = plain(
    "a figure that says which way is better",
    str,
    where=lambda name: keep.direction(name) is not None,
)
_VALUES = plain("a mapping", dict)
_KIND = fields(
    {
        "trials": whole(least=1, most=MOST_TRIALS),
        "metric": _METRIC,
        "vary": listed(TEXT, least=1),
        "data": TEXT,
        "options": options_of_train(*_OURS),
        "folder": TEXT,
        "threads": whole(least=1, most=100_000),
        "seed": whole(most=2**32 - 1),
        "spec_digest": optional(TEXT),
    },
    {
        "tried": listed(fields({"run": TEXT, "state": TEXT, "values": _VALUES})),
        "best": fields({"trial": whole(least=1, most=MOST_TRIALS), "values": _VALUES}),
    },
)


@dataclass(frozen=True)
class Plan:
    """What is asked of a study: how many trials of DATA with options of `train`, what varies."""

    trials: int
    metric: str
    vary: tuple[str, ...]
    data: str
    options: tuple[str, ...]
    folder: str
    threads: int
    seed: int
    spec_digest: str | None = None  # of the spec that is kept; None where the network has none

    @property
    def largest(self) -> bool:
        """Whether more of the metric is better."""
        return keep.direction(self.metric) is True

    def best(self, values: Sequence[float]) -> float:
        """Return the best of some values of the metric."""
        return max(values) if self.largest else min(values)

    def document(self) -> dict[str, Any]:
        """Return it as study.json begins."""
        lists = {"vary": list(self.vary), "options": list(self.options)}
        return {"schema": SCHEMA, **vars(self), **lists}


class Study(Together):
    """The folder of a study, and the names in it; scripts rely on them."""

    RECORD, KIND, COMMAND, NAME = STUDY, _KIND, "tune", "trial"

    @property
    def journal(self) -> Path:
        """Optuna's own record of the trials, which Optuna's other programs read, too."""
        return self.path / "optuna.journal"

    @property
    def spec(self) -> Path:
        """The spec as it was when the study began, which every trial reads."""
        return self.path / "spec.yaml"

    @property
    def table(self) -> Path:
        return self.path / "trials.csv"

    @property
    def best(self) -> Path:
        return self.path / "best.yaml"

    @property
    def history(self) -> Path:
        return self.path / "history.png"

    @property
    def parallel(self) -> Path:
        return self.path / "parallel.png"

    def begin(self, plan: Plan, spec: str | None) -> None:
        """Make the folder, and keep the text of the spec; UsageError where something is there."""
        kept = {self.spec: spec} if spec is not None else {}
        self.make({**plan.document(), "state": "begun"}, kept)

    def require_spec(self, plan: Plan) -> None:
        """Raise ModelError where the spec that is kept is not that of the trials before."""
        if (
            plan.spec_digest is None
            or digest(RunDirectory.read_text(self.spec)) == plan.spec_digest
        ):
            return
        raise ModelError(
            f"{self.spec}: was changed since the study began, so it cannot be resumed",
            hint=f"Begin a new study with it: cnncli tune DATA --arch {self.spec}",
        )

    def options(self, plan: Plan) -> list[str]:
        """Return the options of every trial, with the spec that is kept."""
        if plan.spec_digest is None:
            return list(plan.options)
        others = [each for each in plan.options if not each.startswith("--arch=")]
        return [f"--arch={self.spec.absolute()}", *others]

    def plan(self) -> Plan:
        """Return what was asked for; ModelError where study.json is not there, or not ours."""
        said = self.read()
        names = ("trials", "metric", "data", "folder", "threads", "seed", "spec_digest")
        lists = {name: tuple(said[name]) for name in ("vary", "options")}
        return Plan(**{name: said[name] for name in names} | lists)


def digest(text: str) -> str:
    """Return a digest of the spec of a study, by which a changed one is found."""
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()[:32]


def is_study(path: Path) -> bool:
    """Whether a folder holds a study."""
    return (path / STUDY).is_file()
